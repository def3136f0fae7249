"""An HPA of which one status is seen, some seconds after the look that wrote it."""

import random

from tests.core.decisions.observed import METADATA, START, workload
from tests.core.decisions.watched import Line, Watched, asked, behavior, by_chance, metric
from wvatui.core.decisions.hpa.account import HpaAccount
from wvatui.core.decisions.hpa.one_look import HpaNow, begun
from wvatui.core.structs import replace
from wvatui.sources.objects.autoscaler import decode_autoscaler


def seen_once(watched: Watched, number: int, later_s: float = 5.0) -> HpaAccount:
    """The account of a look by the objects as they are `later_s` seconds after it."""
    lines = watched.lines[1 : number + 2]
    line, after = lines[-1], lines[-1]["scale_after"]
    at = START + line["t"]
    status = {
        **line["status"],
        "currentReplicas": line["scale"]["spec_replicas"],
        "desiredReplicas": after,
    }
    hpa = decode_autoscaler(
        {"metadata": METADATA, "spec": watched.lines[0]["spec"], "status": status}, at
    )
    changed = [START + each["t"] for each in lines if _changes(each)]
    hpa = replace(hpa, last_scale_at=changed[-1] if changed else None)
    ready = min(after, sum(pod["ready"] for pod in line["pods"]))
    target = replace(workload(line["t"] + 1.0, after), ready=ready)
    return begun(HpaNow(at + later_s, hpa, target))[0]


def _changes(line: Line) -> bool:
    return bool(line["scale_after"] != line["scale"]["spec_replicas"])


def brakes(account: HpaAccount) -> set[str]:
    return {held.what for held in (account.window, account.limit) if held is not None}


def test_what_one_look_tells_is_what_the_controller_did() -> None:
    count = others = 0
    for seed in range(60):
        chance = random.Random(seed)
        watched = by_chance(chance)
        for number in range(2, 80, 5):
            told = seen_once(watched, number, chance.uniform(1.0, 14.0))
            truth = watched.accounts[number]
            assert told.differences == (), (seed, number)
            assert told.desired == truth.desired
            assert brakes(told) <= brakes(truth)
            count += 1
            others += (told.wanted, told.winner) != (truth.wanted, truth.winner)
    # A reading that the status rounds may want one replica more or less.
    assert others <= count / 200


def test_a_rescale_is_explained_by_the_pods_that_it_found() -> None:
    """The status shows 31 by 12 pods; the 20 that there are afterwards did not share it."""
    watched = Watched(asked(metric("queue", "700m")), 12)
    watched.look(31.0)
    assert seen_once(watched, 0).wanted == watched.accounts[0].wanted == 45


def test_a_step_that_a_policy_just_allows_is_explained_by_the_step_before() -> None:
    """A step down within the period of a policy gives its replica to the next step up."""
    rules = behavior(up_s=30, down_s=0, up=("Pods", 2, 60))
    watched = Watched(asked(behavior=rules), 8)
    for value in (8.0, 7.0, 10.0, 10.0, 13.0):
        watched.look(value)
    found = [n for n, each in enumerate(watched.accounts) if each.desired - each.current == 3]
    assert found
    for number in found:
        told = seen_once(watched, number)
        assert (told.differences, told.desired) == ((), watched.accounts[number].desired)
