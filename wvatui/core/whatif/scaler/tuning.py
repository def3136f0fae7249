"""An autoscaler with one of its fields changed, as `--set` names it: `scaleDown.window=60s`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from wvatui.core.lines import many
from wvatui.core.metrics.promql.tokens import seconds
from wvatui.core.rules.hpa.hpa_policy import Policy, Rules
from wvatui.core.rules.quantities import milli, quantity
from wvatui.core.whatif.scaler.scaler import Scaler, WatchedMetric

_PLACE = re.compile(r"(?P<list>triggers|metrics)\[(?P<n>\d{1,3})\]\.(?:threshold|target)")
_DURATION = re.compile(r"\d{1,5}(?:\.\d+)?s?|(?:\d{1,5}[smh])+")
_POLICY = re.compile(r"(\d{1,9})/(\d{1,4})s?")


class NoTuning(ValueError):  # noqa: N818 - what is wrong with a request
    """A field that does not exist, or an invalid value; the message says which."""


def _window(rules: Rules, text: str) -> Rules:
    if not _DURATION.fullmatch(text):
        raise NoTuning(f"{text!r} is no duration such as 60s")
    span = float(text.rstrip("s")) if text.rstrip("s").replace(".", "").isdigit() else seconds(text)
    if span > 3600:
        raise NoTuning(f"{text}: a window is an hour at most")
    return replace(rules, window_s=span)


def _tolerance(rules: Rules, text: str) -> Rules:
    value = quantity(text)
    if value is None or value < 0:
        raise NoTuning(f"{text!r} is no tolerance such as 0.1 or 50m")
    return replace(rules, tolerance=value)


def _policy(kind: str) -> Callable[[Rules, str], Rules]:
    def change(rules: Rules, text: str) -> Rules:
        match = _POLICY.fullmatch(text)
        if match is None or not int(match[1]) or not 1 <= int(match[2]) <= 1800:
            raise NoTuning(f"{text!r} is no policy such as 4/60s")
        return replace(rules, policies=(Policy(kind, int(match[1]), float(match[2])),))

    return change


_RULES: Mapping[str, Callable[[Rules, str], Rules]] = {
    "window": _window,
    "tolerance": _tolerance,
    "pods": _policy("Pods"),
    "percent": _policy("Percent"),
}
FIELDS = (
    *(f"{way}.{name}" for way in ("scaleUp", "scaleDown") for name in _RULES),
    "metrics[0].target",
    "triggers[0].threshold",
)
"""The fields; the number of a metric, or of a trigger, counts from 0."""


def is_tuning(name: str) -> bool:
    """Whether this is a name by which `--set` sets a field of an autoscaler."""
    return name in FIELDS or _PLACE.fullmatch(name) is not None


def tuned(scaler: Scaler, name: str, text: str) -> Scaler:
    """`scaler` with the field `name` set to `text`. Raises NoTuning."""
    place = _PLACE.fullmatch(name)
    if place is not None:
        return _with_target(scaler, int(place["n"]), text)
    way, _, field = name.partition(".")
    change = _RULES.get(field)
    if change is None or way not in ("scaleUp", "scaleDown"):
        raise NoTuning(f"there is no field {name!r}: {', '.join(FIELDS)}")
    spec = scaler.spec
    if way == "scaleUp":
        spec = replace(spec, plain=False, up=change(spec.up, text))
    else:
        spec = replace(spec, plain=False, down=change(spec.down, text))
    return replace(scaler, spec=spec)


def _with_target(scaler: Scaler, place: int, text: str) -> Scaler:
    target = milli(text)
    if target is None or target <= 0:
        raise NoTuning(f"{text!r} is no threshold above 0")
    if scaler.keda is not None and scaler.keda.formula:
        raise NoTuning("its formula does not look at the triggers' thresholds")
    if place >= len(scaler.metrics):
        raise NoTuning(f"{scaler.name} has {many(len(scaler.metrics), 'metric')}, counted from 0")

    def changed(metrics: tuple[WatchedMetric, ...]) -> tuple[WatchedMetric, ...]:
        return tuple(_aimed(m, target) if n == place else m for n, m in enumerate(metrics))

    return replace(scaler, metrics=changed(scaler.metrics), triggers=changed(scaler.triggers))


def _aimed(metric: WatchedMetric, target: int) -> WatchedMetric:
    made = metric.made
    if made is not None:
        made = replace(made, target=replace(made.target, milli=target))
    return replace(metric, spec=replace(metric.spec, target=target), made=made)


def bounded(scaler: Scaler, low: int | None, high: int | None) -> Scaler:
    """`scaler` with other limits of replicas; None: its own limit."""
    spec = scaler.spec
    low = spec.min if low is None else low
    high = spec.max if high is None else high
    keda = scaler.keda
    if keda is not None:
        keda = replace(keda, min=low if low != spec.min else keda.min, max=high)
    return replace(scaler, spec=replace(spec, min=max(1, low), max=high), keda=keda)
