"""Facts from the messages of the model-based optimiser and tuner (v0.0.1 to v0.4.2, fork)."""

import re

from wvatui.core.log import facts as fc
from wvatui.core.log.catalogue.fact_map import from_texts
from wvatui.core.log.row import Facts, TextBuilder
from wvatui.core.log.values import action, integer, number, step

# Matching takes time linear in the message, also for hostile input: the length of values is
# bounded, and no unbounded repetition follows another.
_TUNED = re.compile(r"(alpha|beta|gamma|delta|NIS)[=:] {0,20}([^ ,)]{1,38})")
_VARIANT = re.compile(r"\bvariant[= ]([^\s,:|/]+)(?:/([^\s,:|]+))?")
_SLO = re.compile(r"SLO targets: TTFT=([-.\d]+)ms, ITL=([-.\d]+)ms")
_ARBITRATED = re.compile(
    r"variant(?P<name>.{1,300}?)current(?P<current>\d{1,9})"
    r"(?:capacity|[Ss]aturation)Target(?P<capacity>-?\d{1,9})"
    r"modelBasedTarget(?P<model>-?\d{1,9})action(?P<action>[a-z-]{1,20}?)"
    r"targetReplicas(?P<target>\d{1,9})reason(?P<reason>.*)",
    re.DOTALL,
)
_NAMED = re.compile(r'"?\bname"?: ')


def _solved(line: str) -> tuple[str, str, str]:
    """(server, model, the rest) of `[s=server; ]c=class; m=model; …`; all empty for other lines."""
    server = ""
    if line.startswith("s="):
        server, _, line = line[2:].partition("; ")
    if not line.startswith("c="):
        return "", "", ""
    _, _, line = line.partition("; ")
    model, semicolon, body = line.partition("; ")
    if not model.startswith("m=") or not semicolon:
        return "", "", ""
    return server, model[2:], body


def _values(body: str) -> dict[str, str]:
    """The `key=value` items inside `alloc={…}` and around it."""
    before, _, after = body.partition("alloc={")
    inner, _, rest = after.partition("}")
    return _items(f"{before}, {rest}, {inner}")


def _items(text: str) -> dict[str, str]:
    parts = text.replace("; ", ", ").split(", ")
    return dict([part.split("=", 1) for part in parts if "=" in part])


_PREDICTION = from_texts(
    fc.Prediction,
    variant="variant",
    namespace="namespace",
    model="model",
    replicas=("numRep", "num"),
    itl_ms=("itl", "servTime"),
    ttft_ms=("ttft", "waitTime"),
    slo_itl_ms="slo-itl",
    slo_ttft_ms=("slo-ttft", "slo-ttw"),
    rate_per_min="rate",
    accelerator="acc",
    cost="cost",
    input_tokens="inTk",
    output_tokens="outTk",
    batch="maxBatch",
    max_per_min="maxRPM",
)


def predictions(message: str) -> Facts:
    """`Optimization solution - system: …`: one prediction per feasible variant.

    `alloc={acc=…; numRep=…; …, itl=…, ttft=…, …}` (v0.0.1 to v0.4.2, WVA v0.4.2
    pkg/core/system.go:327); the build before v0.0.1 writes `num=`, `servTime=` and `waitTime=`,
    and names no server. Latencies are ms, the rate is per minute. A variant without a feasible
    allocation has no `alloc`, hence no prediction.
    """
    facts: list[fc.Fact] = []
    for line in message.split("\n"):
        server, model, body = _solved(line)
        if not model or "alloc={" not in body:
            continue
        values = _values(body)
        name, _, namespace = (server or model).rpartition(":")
        if not name:
            name, namespace = namespace, ""
        values["variant"], values["namespace"], values["model"] = name, namespace, model
        facts += _PREDICTION(values)
    return tuple(facts)


_SERVER = from_texts(
    fc.VariantMetrics,
    variant="variant",
    replicas="numReplicas",
    accelerator="accelerator",
    ttft_ms=("ttftAverage", "waitAverage"),
    itl_ms="itlAverage",
    cost="cost",
    arrival_per_min="arrivalRate",
    input_tokens="avgInTokens",
    output_tokens=("avgOutTokens", "avgLength"),
)


def servers(message: str) -> Facts:
    """`System data prepared for optimization: - { servers: […`: measured load per server (v0.0.x).

    The text is JSON without quotes and newlines (WVA v0.0.4 internal/utils/utils.go). Load is in
    requests per minute.
    """
    facts: list[fc.Fact] = []
    for server in _NAMED.split(message)[1:]:
        before, mark, after = server.partition("currentAlloc")
        _, brace, inner = after.partition("{")
        alloc, _, load = inner.partition("{")
        if not mark or not brace or "}" in alloc or "class" not in before:
            continue
        name = before.partition(",")[0].strip(' "').partition(":")[0]
        values = {**_loose(load.partition("}")[0]), **_loose(alloc), "variant": name}
        facts += _SERVER(values)
    return tuple(facts)


def _loose(text: str) -> dict[str, str]:
    """The items of `key: value, key: value`, with or without quotes."""
    values: dict[str, str] = {}
    for part in text.split(","):
        key, colon, value = part.partition(":")
        if colon:
            values[key.strip().strip('"')] = value.strip().strip('"')
    return values


def allocation_entry(message: str) -> Facts:
    """`Optimized allocation entry - key: X, value: {<time> A100 2}` (v0.0.x)."""
    name, mark, value = message.partition("key: ")[2].rpartition(", value: {")
    words = value.rstrip("} ").rsplit(" ", 2)
    if not mark or len(words) < 2:
        return ()
    return (fc.LoggedTarget(variant=name, target=integer(words[-1]), reason="model-based"),)


def old_slo(message: str) -> Facts:
    """`Found SLO for model - model: X, class: Y, slo-tpot: 10, slo-ttft: 1000` (v0.0.x)."""
    model, _, rest = message.partition("model: ")[2].partition(", class: ")
    itl, mark, ttft = rest.rpartition(", slo-tpot: ")[2].partition(", slo-ttft: ")
    if not mark:
        return ()
    return (fc.Slo(model=model, itl_ms=number(itl), ttft_ms=number(ttft)),)


def _tuner(message: str, accepted: bool | None) -> Facts:
    """The tuner's parameters, each the number behind its last `name=`, `name= ` or `name: `."""
    named, texts = _VARIANT.search(message), dict(_TUNED.findall(message))
    values = {name: number(text) for name, text in texts.items()}
    if named is None or (values.get("alpha") is None and values.get("NIS") is None):
        return ()
    return (
        fc.Tuner(
            variant=named[1],
            namespace=named[2] or "",
            alpha=values.get("alpha"),
            beta=values.get("beta"),
            gamma=values.get("gamma"),
            delta=values.get("delta"),
            nis=values.get("NIS"),
            accepted=accepted,
        ),
    )


def tuner(accepted: bool | None) -> TextBuilder:
    """The tuner's parameters, as in `decision_maps.tuner`: of `Tuner validation succeeded for
    variant X/ns, server … - New NIS: 0.035341`, of `Tuner NIS validation failed for variant X/ns,
    …` (the two lines after it repeat it), or of those in use, wherever they come from."""
    return lambda message: _tuner(message, accepted)


def tuner_config(message: str) -> Facts:
    """`[Tuner Config] variant=X/ns | Initial state: … | SLO targets: TTFT=…ms, ITL=…ms | …`."""
    tuned = _tuner(message, None)
    named, goal = _VARIANT.search(message), _SLO.search(message)
    if named is None or goal is None:
        return tuned
    return (*tuned, fc.Slo(variant=named[1], ttft_ms=number(goal[1]), itl_ms=number(goal[2])))


def arbitrated(message: str) -> Facts:
    """`Variant decision arbitrated…`; Go's Sprint puts no space between names and values."""
    match = _ARBITRATED.match(message, 27)
    if match is None:
        return ()
    current, target = integer(match["current"]), integer(match["target"])
    return (
        fc.LoggedTarget(
            variant=match["name"],
            target=target,
            current=current,
            action=action(match["action"]) or step(current, target) or "",
            reason=match["reason"],
        ),
    )
