"""An HPA or ScaledObject whose annotations fail to declare the intended variant.

Annotations: WVA v0.8.0 internal/annotations/annotations.go. `managed` has to be the text "true";
the model's id has to be the name under which its engines serve it.
"""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.findings.finding import Evidence, Finding, FindingRule, Severity
from wvatui.core.findings.look import FindingContext
from wvatui.core.state.links import decision_metrics, declared_by_target, target_of

MANAGED = "llm-d.ai/managed"
MODEL = "llm-d.ai/model-id"
DeclaringObject = ev.Autoscaler | ev.ScaledObject
_MEANT = ("true", "yes", "1", "on")
"""Lower-case texts that people write for yes."""


def _find(look: FindingContext) -> Iterator[Finding]:
    declared = {
        target
        for target, group in declared_by_target(look.state.variants.values())
        if any(variant.source == "VariantAutoscaling" for variant in group)
    }
    variants = look.state.sources.get("variants")
    if variants is None or variants.status not in ("ok", "absent"):
        return  # the declaring object may not be visible
    made = {scaled.hpa for scaled in look.state.scaled_objects.values() if scaled.hpa}
    people = [hpa for hpa in look.state.hpas.values() if not hpa.scaled_object]
    scalers: list[DeclaringObject] = [hpa for hpa in people if hpa.name not in made]
    for scaler in (*scalers, *look.state.scaled_objects.values()):
        if not (decision_metrics(scaler) or _has_controller(look)):
            continue  # nothing reads the annotations
        if target_of(scaler) not in declared:  # else the VariantAutoscaling declares the variant
            yield from _mistakes(look, scaler)


def _has_controller(look: FindingContext) -> bool:
    return any(pod.role == "controller" for pod in look.state.pods.values())


def _mistakes(look: FindingContext, scaler: DeclaringObject) -> Iterator[Finding]:
    managed, reads = scaler.notes.get(MANAGED, ""), decision_metrics(scaler)
    kind, name = _kind(scaler), scaler.name
    if scaler.managed:
        model = scaler.notes.get(MODEL, "")
        served = _served(look, scaler)
        if scaler.notes and not model:
            model = served[0] if len(served) == 1 else "MODEL"
            title = f"{kind} {name} lacks {MODEL}: the controller does not know its model"
            yield _finding(look, scaler, title, MODEL, model)
        elif model and served and model not in served:
            title = f"{kind} {name} names model {model}, and its pods serve {', '.join(served)}"
            yield _finding(look, scaler, title, MODEL, served[0])
    elif managed.strip().lower() in _MEANT:
        title = f'{kind} {name} says {MANAGED}: "{managed}", and only "true" counts'
        yield _finding(look, scaler, title, MANAGED, "true")
    elif reads and not managed:
        title = f'{kind} {name} reads {reads[0]} and lacks {MANAGED}: "true"'
        yield _finding(look, scaler, title, MANAGED, "true")


def _finding(
    look: FindingContext,
    scaler: DeclaringObject,
    title: str,
    key: str,
    value: str,
) -> Finding:
    kind, link = _kind(scaler), look.link_of(scaler)
    notes = ", ".join(f'{name}: "{text}"' for name, text in sorted(scaler.notes.items()))
    severity: Severity = "blocked" if scaler.managed or decision_metrics(scaler) else "warning"
    return Finding(
        rule=RULE.id,
        severity=severity,
        title=title,
        about=f"{kind}/{scaler.namespace}/{scaler.name}/{key}",
        evidence=(
            Evidence(notes or "no annotation of llm-d.ai/", f"{kind}/{scaler.name}", "object"),
        ),
        advice=f"kubectl -n {scaler.namespace} annotate --overwrite"
        f" {'hpa' if kind == 'HPA' else 'scaledobject'} {scaler.name} {key}={value}",
        variant=link.name if link is not None else "",
    )


def _kind(scaler: DeclaringObject) -> str:
    return "HPA" if isinstance(scaler, ev.Autoscaler) else "ScaledObject"


def _served(look: FindingContext, scaler: DeclaringObject) -> list[str]:
    """Names under which the engines of its pods serve their models; empty: not known."""
    link = look.link_of(scaler)
    watched = (look.state.watched.get(name) for name in (link.pods if link is not None else ()))
    return sorted({w.engine.model for w in watched if w and w.engine and w.engine.model})


RULE = FindingRule(
    "declaration", "annotations that declare a variant are wrong", "blocker", _find, rank=15
)
