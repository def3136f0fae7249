"""A fake fetcher of metrics pages, which takes them from memory."""

from collections.abc import Callable

from wvatui.clock import Clock
from wvatui.sources.pods.endpoints import PageEndpoint
from wvatui.sources.pods.page_fetch import Fetched

REFUSED = Fetched("refused", text="connection refused")
Page = bytes | Fetched


def vllm_page(running: int = 1, waiting: int = 0, kv: float = 0.5, model: str = "org/m") -> bytes:
    labels = f'{{engine="0",model_name="{model}"}}'
    return (
        f"# TYPE vllm:num_requests_running gauge\n"
        f"vllm:num_requests_running{labels} {running}\n"
        f"vllm:num_requests_waiting{labels} {waiting}\n"
        f"vllm:kv_cache_usage_perc{labels} {kv}\n"
        f'vllm:time_to_first_token_seconds_bucket{{engine="0",le="0.1"}} {running}\n'
        f'vllm:time_to_first_token_seconds_bucket{{engine="0",le="+Inf"}} {running}\n'
        f"vllm:time_to_first_token_seconds_count{labels} {running}\n"
        f"vllm:time_to_first_token_seconds_sum{labels} {running / 20}\n"
    ).encode()


def epp_page(queue: int = 0, saturation: float = 0.5) -> bytes:
    return (
        f"llm_d_epp_flow_control_queue_size {queue}\n"
        f"llm_d_epp_flow_control_pool_saturation {saturation}\n"
        f"llm_d_epp_ready_endpoints 2\n"
    ).encode()


class FakePods:
    """A `Fetch`. Pods that are not set up refuse; `delays` are the seconds of each pod's answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.pages: dict[tuple[str, int], Page | Callable[[], Page]] = {}
        self.elsewhere: dict[tuple[str, PageEndpoint], Page] = {}
        self.delays: dict[str, float] = {}
        self.timeout_s = 5.0
        self.asked: list[tuple[float, str, int]] = []
        self.closed = False

    async def __call__(self, namespace: str, pod: str, ip: str, endpoint: PageEndpoint) -> Fetched:
        self.asked.append((self._clock.now(), pod, endpoint.port))
        delay_s = self.delays.get(pod, 0.0)
        await self._clock.sleep(min(delay_s, self.timeout_s))
        if delay_s >= self.timeout_s:
            return Fetched("timeout", text=f"no answer within {self.timeout_s:g} s")
        page = self.elsewhere.get((pod, endpoint)) or self.pages.get((pod, endpoint.port), REFUSED)
        if callable(page):
            page = page()
        return Fetched("", page) if isinstance(page, bytes) else page

    async def aclose(self) -> None:
        self.closed = True

    def ports(self, pod: str) -> list[int]:
        """The ports of the requests to `pod`, in order."""
        return [port for _, name, port in self.asked if name == pod]
