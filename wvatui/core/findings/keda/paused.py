"""A paused ScaledObject: KEDA deletes its HPA, and nothing scales the target."""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext

_HELD = {
    ("scale-in",): "no replica is taken away",
    ("scale-out",): "no replica is added",
    ("scale-in", "scale-out"): "no decision is carried out",
}


def _find(look: FindingContext) -> Iterator[Finding]:
    for (namespace, name), scaled in sorted(look.state.scaled_objects.items()):
        told = condition_of(scaled.conditions, "Paused")
        if told is not None and told.status != "True":
            told = None
        if not scaled.paused and not scaled.held and told is None:
            continue
        link = look.link_of(scaled)
        title, fact, keys = _words(scaled, told)
        yield Finding(
            rule=RULE.id,
            severity="warning" if scaled.held == ("scale-in",) and not scaled.paused else "blocked",
            title=title,
            about=f"ScaledObject/{namespace}/{name}",
            evidence=(
                Evidence(*fact, look.age(told.since if told is not None else None)),
                *look.wishes(link),
            ),
            advice=(
                f"remove the annotations: kubectl -n {namespace} annotate scaledobject {name} "
                + " ".join(f"autoscaling.keda.sh/{key}-" for key in keys)
            ),
            variant=link.name if link is not None else "",
        )


def _words(
    scaled: ev.ScaledObject, told: ev.Condition | None
) -> tuple[str, tuple[str, str, str], tuple[str, ...]]:
    """The title, the evidence (text, object, source), and the annotations to remove."""
    name, about = scaled.name, f"ScaledObject/{scaled.name}"
    both = ("paused", "paused-replicas")
    if scaled.paused:
        title = f"ScaledObject {name} is {scaled.paused}: no decision is carried out"
        return title, (scaled.paused, about, "annotation"), both
    if scaled.held:
        directions = " and ".join(scaled.held)
        title = f"ScaledObject {name}: {directions} paused, {_HELD[scaled.held]}"
        keys = tuple(f"paused-{direction}" for direction in scaled.held)
        return title, (f"{directions} paused", about, "annotation"), keys
    words = f"Paused=True: {told.message or told.reason}" if told is not None else ""
    title = f"ScaledObject {name} says Paused=True: no decision is carried out"
    return title, (words, about, "status"), both


RULE = FindingRule("paused-scaled-object", "ScaledObject is paused", "blocker", _find, rank=10)
