"""One look at one pod: its endpoints are tried in turn until one gives the wanted page."""

import re
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from wvatui.sources.pods.endpoints import EndpointBook, PageEndpoint
from wvatui.sources.pods.page_fetch import Fetch, Fetched
from wvatui.sources.pods.poller import PollTarget

T = TypeVar("T")
_OTHERS = {
    b"tgi_": "Text Generation Inference",
    b"te_": "Text Embeddings Inference",
    b"nv_inference_": "Triton",
    b"nv_trt_llm_": "Triton",
    b"trtllm_": "TensorRT-LLM",
    b"llamacpp:": "llama.cpp",
    b"lmdeploy:": "LMDeploy",
}
"""By how the names of their metrics begin: servers of models whose pages are not read."""
_SAMPLE = re.compile(rb'(?m)^(?:[^#{}\r\n "]|\{[ \t]*"[^"\r\n]*"[ \t]*[,}])')
"""How a sample's line begins; no line of JSON does. Names in quotes stand between the braces."""
_SAYS = {"guarded": 2, "refused": 0}
"""How informative a failure is about why there is no page, by `Fetched.why`; any other: 1."""


class ProbeResult(NamedTuple, Generic[T]):
    """The result of a look. Without a `page` it failed, and `failed` is not empty."""

    page: T | None
    endpoint: PageEndpoint
    failed: Sequence[tuple[PageEndpoint, Fetched]] = ()
    """Endpoints without the wanted page, in the order of trying."""
    is_new: bool = False
    """Whether the pod never answered at this endpoint before."""
    body: bytes = b""

    @property
    def why(self) -> str:
        """`Fetched.why` of the most informative failure."""
        return self._worst.why

    @property
    def text(self) -> str:
        """Why the look failed, in words."""
        if all(fetched.why == "refused" for _, fetched in self.failed):
            ports = dict.fromkeys(str(endpoint.port) for endpoint, _ in self.failed)
            return "connection refused on port " + ", ".join(ports)
        return self._worst.text

    @property
    def _worst(self) -> Fetched:
        """The most informative failure.

        A guarded page exists, whatever the other endpoints answer, and any answer says more than a
        closed port. Of equals the last one.
        """
        fetched = [each for _, each in self.failed]
        return max(reversed(fetched), key=lambda each: _SAYS.get(each.why, 1))

    @property
    def in_vain(self) -> str:
        """The endpoints that were tried first, with the result of each."""
        return ", ".join(f"{endpoint.words} {fetched.why}" for endpoint, fetched in self.failed)


class Probe(Generic[T]):
    """Looks at pods and remembers the endpoints at which they answer."""

    def __init__(
        self,
        fetch: Fetch,
        book: EndpointBook,
        read: Callable[[bytes, PollTarget], T | None],
        wanted: str,
    ) -> None:
        """`read` returns None for a page of something else; `wanted`: a description of the wanted
        page."""
        self._fetch, self._read, self._wanted = fetch, read, wanted
        self.book = book

    async def look(self, target: PollTarget) -> ProbeResult[T]:
        """Try the endpoints in order: one that refuses, or serves something else, is skipped; any
        other failure ends the look."""
        failed: list[tuple[PageEndpoint, Fetched]] = []
        order = self.book.order(
            target.pod, target.workload, target.ports, target.path, target.scheme, target.hints
        )
        refused: set[int] = set()
        endpoint = order[0]
        for endpoint in order:
            if endpoint.port in refused:
                continue  # the port is closed, whatever the path
            asked = await self.ask(target, endpoint)
            if asked.page is not None:
                is_new = self.book.remember(target.pod, target.workload, asked.endpoint)
                return asked._replace(failed=failed, is_new=is_new)
            failed += asked.failed
            if asked.why == "refused":
                refused.add(endpoint.port)
            elif asked.why not in ("other", "guarded"):
                break
        if failed[-1][1].why == "timeout":
            self.book.suspect(target.pod, endpoint.port)
        return ProbeResult(None, endpoint, failed)

    async def ask(self, target: PollTarget, endpoint: PageEndpoint) -> ProbeResult[T]:
        """Try one endpoint; with https where it turns out to require that."""
        fetched = await self._fetch(target.namespace, target.name, target.ip, endpoint)
        if fetched.why == "tls":
            secure = endpoint._replace(scheme="https")
            by_tls = await self._fetch(target.namespace, target.name, target.ip, secure)
            if by_tls.why in ("", "other", "guarded", "starting"):  # the pod itself has answered
                endpoint, fetched = secure, by_tls
            else:
                # When a connection is closed without an answer, the cause is unknown.
                fetched = fetched._replace(why="error", text=fetched.text or by_tls.text)
        if not fetched.why:
            page = self._read(fetched.body, target)
            if page is not None:
                return ProbeResult(page, endpoint, body=fetched.body)
            fetched = _no_page(fetched.body, endpoint.port, self._wanted)
        return ProbeResult(None, endpoint, [(endpoint, fetched)])


def _no_page(page: bytes, port: int, wanted: str) -> Fetched:
    """Why a page is not the wanted one: without a single sample, its program is still starting.

    A server that is starting answers with an empty page, only comments, or a JSON error.
    """
    known = next((name for start, name in _OTHERS.items() if b"\n" + start in b"\n" + page), "")
    if known:
        return Fetched("other", text=f"what answers on port {port} is {known}, and no {wanted}")
    if _SAMPLE.search(page):
        return Fetched("other", text=f"what answers on port {port} is no {wanted}")
    return Fetched("starting", text="it answers, but is not up yet")
