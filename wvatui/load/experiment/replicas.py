"""Replicas before and after a run: scaled to 0 and up again, and whether they have settled."""

from collections.abc import Callable
from typing import Any

from wvatui.clock import Clock
from wvatui.core.lines import many, verb
from wvatui.core.state.state import Rungs, State
from wvatui.errors import CheckFailed
from wvatui.kube.client import Client
from wvatui.kube.paths import DEPLOYMENT, POD
from wvatui.load.experiment.plan import Reset

REST_S = 120.0
"""Seconds without a change after which replicas count as settled."""
LOOK_S = 2.0
DOWN_S = 3600.0
"""Most seconds to wait until the replicas are back at their earlier number."""


async def reset_deployment(
    client: Client, clock: Clock, namespace: str, name: str, wanted: Reset
) -> None:
    """Restart a Deployment: returns when all pods are new and `wanted.replicas` are ready.

    Raises CheckFailed when that takes too long. An autoscaler may scale the Deployment up before it
    is seen at 0, so this waits until the old pods are gone.
    """
    path = f"{DEPLOYMENT.path(namespace)}/{name}"
    end = clock.now() + wanted.timeout_s
    selector = _selector(await client.get_json(path))
    old = await _pods(client, namespace, selector)
    await client.patch_json(f"{path}/scale", {"spec": {"replicas": 0}})
    while left := old & await _pods(client, namespace, selector):
        if clock.now() >= end:
            raise _late(
                f"{many(len(left), 'old pod')} of {name} {verb(len(left), 'were')} still there",
                wanted,
            )
        await clock.sleep(LOOK_S)
    await client.patch_json(f"{path}/scale", {"spec": {"replicas": wanted.replicas}})
    while True:
        deployment = await client.get_json(path)
        ready = int((deployment.get("status") or {}).get("readyReplicas") or 0)
        # An autoscaler may want fewer by now: then no more will come.
        asked = int((deployment.get("spec") or {}).get("replicas") or 0)
        if ready >= max(1, min(asked, wanted.replicas)):
            break
        if clock.now() >= end:
            replicas = f"{many(wanted.replicas, 'replica')} of {name}"
            raise _late(f"{ready} of {replicas} {verb(ready, 'were')} ready", wanted)
        await clock.sleep(LOOK_S)
    await clock.sleep(wanted.pause_s)


async def replicas_of(client: Client, namespace: str, name: str) -> tuple[int, int]:
    """Desired replicas of a Deployment, and the number of its pods. Raises ClusterError."""
    deployment = await client.get_json(f"{DEPLOYMENT.path(namespace)}/{name}")
    wanted = (deployment.get("spec") or {}).get("replicas")
    there = (deployment.get("status") or {}).get("replicas") or 0
    return 1 if wanted is None else int(wanted), int(there)


async def scaled_down(
    client: Client,
    clock: Clock,
    namespace: str,
    name: str,
    least: int,
    *,
    limit_s: float = DOWN_S,
    say: Callable[[str], None] = lambda words: None,
) -> None:
    """Return when a Deployment has at most `least` replicas, and no further pods.

    `say` is called with the number of replicas whenever it changes. Raises CheckFailed when it
    takes longer than `limit_s`, ClusterError.
    """
    end, before = clock.now() + limit_s, -1
    while (count := max(await replicas_of(client, namespace, name))) > least:
        if clock.now() >= end:
            raise CheckFailed(
                f"{name} still has {many(count, 'replica')} after {limit_s:.0f} s,"
                f" and had {least} before",
                hint="scale it down; the same command then goes on",
            )
        if count != before:
            say(f"waiting until {name} has {many(least, 'replica')} again: it has {count}")
            before = count
        await clock.sleep(LOOK_S)


def _late(words: str, wanted: Reset) -> CheckFailed:
    return CheckFailed(f"reset: {words} after {wanted.timeout_s:.0f} s")


def _selector(obj: dict[str, Any]) -> str:
    labels = ((obj.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in labels.items())


async def _pods(client: Client, namespace: str, selector: str) -> set[str]:
    """UIDs of the existing pods."""
    answer = await client.get_json(POD.path(namespace), {"labelSelector": selector})
    return {str((pod.get("metadata") or {}).get("uid")) for pod in answer.get("items") or ()}


def settled(state: State) -> bool:
    """Whether every variant has had the wanted number of replicas for a while."""
    newest = [ring[-1] for ring in state.ladder.values() if ring]
    return all(_rests(step, state.now) for step in newest)


def _rests(step: Rungs, now: float) -> bool:
    wanted = next((n for n in (step.desired, step.target, step.spec) if n is not None), None)
    agreed = {n for n in (wanted, step.spec, step.ready) if n is not None}
    return len(agreed) <= 1 and now - step.at >= REST_S
