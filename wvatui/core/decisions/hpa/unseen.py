"""What a status leaves open: totals that were rounded to a pod's share, pods without a sample.

Every function returns the possibilities, the most plausible first.
"""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import chain, product, repeat
from math import prod
from typing import Any

import msgspec

from wvatui.core.decisions.hpa.sight import HpaSight
from wvatui.core.rules.hpa.hpa import HpaContext, tolerances, winning
from wvatui.core.rules.hpa.hpa_metrics import MetricAnswer, MetricProposal, TargetPods, proposal
from wvatui.core.rules.hpa.hpa_pods import CPU_INITIALIZATION_S, HpaPod, PodSample, Tolerances
from wvatui.core.rules.hpa.hpa_spec import PLACES, MetricSpec
from wvatui.core.rules.quantities import MOST_MILLI, milli
from wvatui.core.structs import replace

MOST_WAYS = 48
"""Most combinations of the metrics' possible values that are tried for one look."""


_Shown = Mapping[str, Any]
"""The value of one metric, as `status.currentMetrics` has it; empty: none."""
_Read = Sequence[tuple[MetricSpec, _Shown]]
"""The metrics, each with its value."""


class Way(msgspec.Struct, frozen=True, gc=False):
    """One possibility of what the metrics asked for.

    `place`: its index in the list of possibilities; 0 is the most plausible.
    """

    place: int
    asked: tuple[MetricProposal, ...]

    def proposals(self) -> tuple[MetricProposal, ...]:
        """The metrics' proposals, as the rule asks for them."""
        return self.asked


def ways(sight: HpaSight, context: HpaContext) -> list[Way]:
    """The most plausible way to each of the different proposals."""
    read, phases, alike = _read(sight), [sight.pods], 1
    if sight.shown:
        phases, alike = _phases(sight, read)
        pods = phases[0]
        choices = [_answers(metric, current, sight, pods) for metric, current in read]
    else:
        choices = [[MetricAnswer()] for _ in read]
    near = tolerances(sight.spec, context.flags, context.release)
    size, exist = sight.spec_replicas, sight.status_replicas
    left_open = [answers for answers in choices if answers[0] is not answers[-1]]
    if len(phases) == 1 and not left_open:  # the usual case
        counted, delays = TargetPods(size, exist, phases[0], alike), context.flags.delays
        only = [
            proposal(metric, answers[0], counted, near, delays, context.namespace)
            for (metric, _), answers in zip(read, choices, strict=True)
        ]
        return [Way(0, tuple(only))]
    made: list[Way] = []
    place = 0
    for pods in phases:
        counted = TargetPods(size, exist, pods, alike)
        asked = [
            _asked(metric, answers, counted, near, context)
            for (metric, _), answers in zip(read, choices, strict=True)
        ]
        made += _together(asked, list(map(len, choices)), place)
        place += min(MOST_WAYS, prod(map(len, choices)))
    return list({_counts(way.asked): way for way in reversed(made)}.values())[::-1]


def _counts(asked: tuple[MetricProposal, ...]) -> Hashable:
    """All parts of the proposals that the controller's decision depends on: the highest one, and
    all of them where a metric could not be read."""
    best, winner = winning(asked)
    if winner is None or any(each.replicas is None for each in asked):
        return tuple(map(_key, asked))
    return best, winner.metric.title


def _key(asked: MetricProposal) -> tuple[object, ...]:
    """All parts of a proposal that the controller's decision depends on."""
    return asked.replicas, asked.reason, asked.event, asked.error


def _asked(
    metric: MetricSpec,
    answers: Sequence[MetricAnswer],
    counted: TargetPods,
    near: Tolerances,
    context: HpaContext,
) -> list[tuple[int, MetricProposal]]:
    """The different proposals of the answers, each with the place of its first answer."""
    delays, namespace = context.flags.delays, context.namespace
    made: dict[Hashable, tuple[int, MetricProposal]] = {}
    last: MetricAnswer | None = None
    for place, answer in enumerate(answers):
        if answer is not last:
            each = proposal(metric, answer, counted, near, delays, namespace)
            made.setdefault(_key(each), (place, each))
            last = answer
    return list(made.values())


def _together(
    asked: Sequence[Sequence[tuple[int, MetricProposal]]],
    counts: Sequence[int],
    first: int,
) -> Iterator[Way]:
    """Every combination of one proposal per metric, among the first answers only: `counts` of each
    metric, so that there are at most `MOST_WAYS`."""
    for each in product(*asked):
        place = 0
        for count, (at, _) in zip(counts, each, strict=True):
            place = place * count + at
        if place < MOST_WAYS:
            yield Way(first + place, tuple(made for _, made in each))


def _phases(sight: HpaSight, read: _Read) -> tuple[list[tuple[HpaPod, ...]], int]:
    """Possible phases of the pods that are not ready: running, or waiting for a node; and for how
    many pods each pod stands. They only matter to metrics of pods."""
    if sight.spec.reads_no_pods:
        return [sight.pods], 1
    requests = _requests(read)
    if sight.settled and sight.pods:
        return [(replace(sight.pods[0], requests=requests),)], len(sight.pods)
    running = tuple([replace(pod, requests=requests) for pod in sight.pods])
    if all(pod.ready == "True" for pod in running):
        return [running], 1
    pending = tuple(p if p.ready == "True" else replace(p, phase="Pending") for p in running)
    return [running] if pending == running else [running, pending], 1


def _requests(read: _Read) -> tuple[tuple[str, Mapping[str, int]], ...]:
    """Possible requests of a pod: the roundest amount that makes its usage the shown percentage."""
    requests: dict[str, dict[str, int]] = {}
    for metric, current in read:
        percent = current.get("averageUtilization")
        if percent is None or percent < 0:
            continue
        average = milli(current.get("averageValue")) or 0
        low, high = average * 100 // (percent + 1) + 1, average * 100 // max(percent, 1)
        amount = _roundest(low, max(low, high)) if percent else max(low, 1000)
        requests.setdefault(metric.container or "all", {})[metric.name] = amount
    return tuple(requests.items())


def _read(sight: HpaSight) -> _Read:
    """The metrics with the values that `status.currentMetrics` shows."""
    nothing: _Shown = {}
    entries = chain(sight.shown, repeat(nothing))
    return [
        (metric, _current(metric, entry))
        for metric, entry in zip(sight.spec.metrics, entries, strict=False)
    ]


def _current(metric: MetricSpec, entry: Mapping[str, Any]) -> _Shown:
    inside: Mapping[str, Any] | None = entry.get(metric.place)
    if inside is None:
        inside = next((entry[place] for place in PLACES.values() if place in entry), {})
    return inside.get("current") or {}


def _answers(
    metric: MetricSpec, current: _Shown, sight: HpaSight, pods: Sequence[HpaPod]
) -> list[MetricAnswer]:
    if not current or metric.target is None:
        return [MetricAnswer(error=_error(metric, sight))]
    if not metric.external:
        return _of_pods(metric, current, pods, is_settled=sight.settled)
    if "value" in current:
        return [MetricAnswer((milli(current["value"]) or 0,))]
    average = milli(current.get("averageValue")) or 0
    return [MetricAnswer((total,)) for total in _totals(average, metric.target, sight)]


def _error(metric: MetricSpec, sight: HpaSight) -> str:
    """Why the metric could not be read, as an event of the look or the condition says."""
    reason = f"FailedGet{metric.type}Metric"
    texts = [event.message for event in sight.events if event.reason == reason]
    active = sight.condition("ScalingActive")
    if active is not None and active.reason == reason:
        texts.append(active.message)
    return next((cause(text) for text in texts if metric.name in text), "not known")


_CAUSE = re.compile(
    r"(?:unable to fetch|no metrics returned|no metrics for|did not receive|missing request for)"
    r" .*",
    re.S,
)


def cause(text: str) -> str:
    """The metrics client's own error, without what kube-controller-manager puts before it.

    Source: Kubernetes metrics/client.go, replica_calculator.go.
    """
    match = _CAUSE.search(text)
    return text if match is None else match[0]


def _totals(average: int, target: int, sight: HpaSight) -> list[int]:
    """Totals whose share per pod, rounded up to a thousandth, is the average that is shown.

    The roundest is first, since counted things mostly are whole. Then come the ends of the range,
    and both sides of every change of replicas in between.
    """
    pods = sight.status_replicas
    if pods <= 0:  # then the shown value is no share
        wanted = max(sight.after, 0)
        return list(dict.fromkeys((target * wanted, target * sight.spec.max, 0, MOST_MILLI)))
    if average >= MOST_MILLI:
        return [MOST_MILLI]
    low, high = (average - 1) * pods + 1, average * pods
    if _alike(low, high, target, sight):
        return [high]
    found = [_roundest(low, high), high, low]
    first = -(-low // max(target, 1))
    for replicas in range(first, min(first + 8, high // max(target, 1) + 1)):
        found += [
            each for each in (replicas * target, replicas * target + 1) if low <= each <= high
        ]
    return list(dict.fromkeys(found))


def likely_total(average: int, pods: int) -> int:
    """The roundest total whose share of each of `pods`, rounded up, is `average`; thousandths."""
    if average >= MOST_MILLI:
        return MOST_MILLI
    return _roundest((average - 1) * pods + 1, average * pods)


def _alike(low: int, high: int, target: int, sight: HpaSight) -> bool:
    """Whether all totals from `low` to `high` ask for the same replicas: they are on one side of
    the target, outside every tolerance, and need the same number of replicas."""
    if low <= 0 or target <= 0 or -(-low // target) != -(-high // target):
        return False
    # Near the edges of a tolerance that may apply, totals count as different.
    here = target * sight.status_replicas
    (most_down, least_down), (least_up, most_up) = sight.spec.tolerated
    if low > here * most_up + 1 or high < here * most_down - 1:
        return True
    return here * least_down + 1 < low and high < here * least_up - 1


def _roundest(low: int, high: int) -> int:
    """The number between both with the most zeros at its end."""
    step = 1
    while high // (step * 10) * (step * 10) >= low and step < 10**6:
        step *= 10
    half = step * 5
    return high // half * half if high // half * half >= low else high // step * step


_SAMPLED_AT_S = (30.0, 0.0, 15.0, 45.0, 60.0)
"""Age from which a pod has a sample, seconds: metrics-server needs two of its rounds of 15 s."""
_OLDEST_S = max(_SAMPLED_AT_S)
_SAMPLES = ((10.0, 30.0), (0.0, 0.0), (0.0, 60.0))
"""Age and window of a sample, seconds; they only matter to the CPU of young pods."""
_OLD_READY_S = max(age_s + window_s for age_s, window_s in _SAMPLES)
"""Every such sample counts for a pod that has been Ready this long, seconds
(replica_calculator.go)."""


def _of_pods(
    metric: MetricSpec, current: _Shown, pods: Sequence[HpaPod], *, is_settled: bool
) -> list[MetricAnswer]:
    """Possible answers: every counted pod at the shown average; young pods with a sample or
    without. `is_settled`: of `HpaSight`."""
    average = milli(current.get("averageValue")) or 0
    samples = _SAMPLES if metric.type != "Pods" else _SAMPLES[:1]
    if is_settled and pods and pods[0].start_age_s is not None:  # the usual case
        sample = PodSample(average, *samples[0])
        return [MetricAnswer(pods={pod.name: sample for pod in pods})] * len(samples)
    answers: list[MetricAnswer] = []
    young = any(map(_is_young, pods))
    for names in dict.fromkeys(_sampled(pods)):
        if young:
            answers += [
                MetricAnswer(pods=dict.fromkeys(names, PodSample(average, age_s, window_s)))
                for age_s, window_s in samples
            ]
        else:  # how old a sample is does not matter
            answer = MetricAnswer(pods=dict.fromkeys(names, PodSample(average, *samples[0])))
            answers += [answer] * len(samples)
    return answers


def _sampled(pods: Sequence[HpaPod]) -> list[tuple[str, ...]]:
    """Names of the pods that may have had a sample."""
    old = [p.name for p in pods if p.ready == "True" and (p.start_age_s or 0.0) >= _OLDEST_S]
    if len(old) == len(pods):
        return [tuple(old)]
    listed = [
        tuple(pod.name for pod in pods if (pod.start_age_s or 0.0) >= age_s)
        for age_s in _SAMPLED_AT_S
    ]
    return [*listed, tuple(pod.name for pod in pods if pod.ready == "True")]


def _is_young(pod: HpaPod) -> bool:
    """Whether the pod's sample decides whether its CPU counts."""
    if pod.start_age_s is None or pod.start_age_s >= CPU_INITIALIZATION_S:
        return False
    return pod.ready != "False" and pod.ready_age_s < _OLD_READY_S


def is_settled(pod: HpaPod) -> bool:
    """Whether the pod counts with any sample from now on, if nothing but its age changes."""
    if pod.ready != "True" or pod.phase != "Running" or pod.deleted:
        return False
    return (pod.start_age_s or 0.0) >= _OLDEST_S and not _is_young(pod)
