"""Follows the log of a job's pod to its end, in bytes, through everything that cuts it.

A log line can be hundreds of kilobytes long and carries one time stamp at most, so it is not by
lines and times that reading goes on after a cut: it begins anew and skips what was read.
"""

from collections.abc import AsyncGenerator, Callable
from urllib.parse import quote

from wvatui.clock import Backoff, Clock
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import ApiError
from wvatui.kube.client import Client
from wvatui.load.read.log.job_log import KeptLog
from wvatui.load.read.log.progress import LogFinding, LogTrouble

IDLE_S = 330.0
"""Silence after which the stream is opened again: the connection may be dead."""
LIVELY_S = 5.0
PATIENCE = 4
"""So many failures in a row before they are told."""


async def follow_log(
    client: Client,
    clock: Clock,
    namespace: str,
    pod: str,
    container: str,
    log: KeptLog,
    *,
    is_over: Callable[[], bool],
    stamped: bool = False,
) -> AsyncGenerator[list[LogFinding], None]:
    """Feed `log` until the pod `is_over` and its log was read; what each chunk tells.

    `stamped`: with the kubelet's time stamps, for what began before anybody looked.
    """
    path = f"/api/v1/namespaces/{quote(namespace)}/pods/{quote(pod)}/log"
    backoff, failures = Backoff(), 0
    while True:
        last = is_over()
        begun, seen = clock.now(), log.size
        params = {"container": container} if container else {}
        params |= {"timestamps": "true"} if stamped else {}
        skip = log.size
        try:
            async with client.stream(path, params | {"follow": "true"}, idle_s=IDLE_S) as chunks:
                async for chunk in chunks:
                    fresh, skip = chunk[skip:], max(0, skip - len(chunk))
                    if fresh:
                        yield log.feed(fresh)
            if last:
                return
        except DeniedError as error:
            log.trouble = log.trouble or error.message
            return
        except TimeoutError:
            failures = 0  # silent for long is no failure; should the connection be dead, a new one
        except ClusterError as error:
            gone = isinstance(error, ApiError) and error.status == 404
            if gone or (last and backoff.next() > LIVELY_S):
                return
            failures += 1
            if failures == PATIENCE:
                yield [LogTrouble(f"cannot be read ({error.message}); tried again")]
        else:
            failures = 0
        if log.size > seen or clock.now() - begun >= LIVELY_S:
            backoff.reset()
        await clock.sleep(backoff.next())
