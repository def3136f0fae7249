"""Facts out of the model-based optimiser's and the tuner's messages (v0.0.1 to v0.4.2, fork)."""

import re

from wvatui.core import facts as fc
from wvatui.core.dialects.values import action, integer, number, pairs, step

Facts = tuple[fc.Fact, ...]

_SOLUTION = re.compile(
    r"(?:s=(?P<server>[^;\n]+); )?c=(?P<cls>[^;\n]*); m=(?P<model>[^;\n]*); (?P<body>[^\n]*)"
)
_GREEK = re.compile(r"\b(alpha|beta|gamma|delta)[=:] ?([-+.\deE]+)")
_NIS = re.compile(r"\bNIS[=:] ?([-+.\deE]+)")
_VARIANT = re.compile(r"\bvariant[= ]([^\s,:|/]+)(?:/([^\s,:|]+))?")
_SLO = re.compile(r"SLO targets: TTFT=([-.\d]+)ms, ITL=([-.\d]+)ms")
_OLD_SLO = re.compile(r"model: (.*), class: .*, slo-tpot: ([-.\d]+), slo-ttft: ([-.\d]+)")
_ARBITRATED = re.compile(
    r"variant(?P<name>.+?)current(?P<current>\d+)"
    r"(?:capacity|[Ss]aturation)Target(?P<capacity>-?\d+)"
    r"modelBasedTarget(?P<model>-?\d+)action(?P<action>[a-z-]+?)"
    r"targetReplicas(?P<target>\d+)reason(?P<reason>.*)",
    re.DOTALL,
)
_SERVER = re.compile(
    r'"?name"?: "?(?P<name>[^,"]+)"?,\s+"?class"?:.*?"?currentAlloc"?: \{(?P<alloc>[^{}]*)'
    r'"?load"?: \{(?P<load>[^{}]*)\}'
)
_ENTRY = re.compile(r"key: (?P<name>.*), value: \{.* (?P<accelerator>\S+) (?P<count>\d+)\}")


def _alloc(body: str) -> dict[str, str]:
    inner = body.partition("alloc={")[2].partition("}")[0]
    found: dict[str, str] = {}
    for part in re.split(r"[;,] ", inner):
        key, _, value = part.partition("=")
        found[key] = value
    return found


def _tail(body: str) -> dict[str, str]:
    before, _, after = body.partition("alloc={")
    rest = before.replace("; ", ", ") + ", " + after.partition("}; ")[2]
    return pairs(rest)


def predictions(message: str) -> Facts:
    """`Optimization solution - system: …`: one prediction a feasible variant.

    `alloc={acc=…; numRep=…; …, itl=…, ttft=…, …}` (v0.0.1 to v0.4.2, WVA v0.4.2
    pkg/core/system.go:327); the build before v0.0.1 writes `num=`, `servTime=` and `waitTime=`,
    and names no server. Latencies are ms, the rate is per minute. A variant without a feasible
    allocation has no `alloc`, hence no prediction.
    """
    found: list[fc.Fact] = []
    for match in _SOLUTION.finditer(message):
        body = match["body"]
        if "alloc={" not in body:
            continue
        alloc, outer = _alloc(body), _tail(body)
        name, _, namespace = (match["server"] or match["model"]).rpartition(":")
        if not name:
            name, namespace = namespace, ""
        replicas = integer(alloc.get("numRep", alloc.get("num", "")))
        found.append(
            fc.Prediction(
                variant=name,
                namespace=namespace,
                model=match["model"],
                replicas=replicas,
                itl_ms=number(alloc.get("itl", alloc.get("servTime", ""))),
                ttft_ms=number(alloc.get("ttft", alloc.get("waitTime", ""))),
                slo_itl_ms=number(outer.get("slo-itl", "").strip()),
                slo_ttft_ms=number(outer.get("slo-ttft", outer.get("slo-ttw", "")).strip()),
                rate_per_min=number(outer.get("rate", "")),
                accelerator=alloc.get("acc", ""),
                cost=number(alloc.get("cost", "")),
            )
        )
    return tuple(found)


def servers(message: str) -> Facts:
    """`System data prepared for optimization: - { servers: […` : what was measured (v0.0.x).

    JSON with its quotes and newlines taken out (WVA v0.0.4 internal/utils/utils.go). Load is
    requests per minute.
    """
    found: list[fc.Fact] = []
    for match in _SERVER.finditer(message[:200_000]):
        alloc = _loose(match["alloc"])
        load = _loose(match["load"])
        name = match["name"].strip().partition(":")[0]
        found.append(
            fc.VariantMetrics(
                variant=name,
                replicas=integer(alloc.get("numReplicas", "")),
                accelerator=alloc.get("accelerator", ""),
                ttft_ms=number(alloc.get("ttftAverage", alloc.get("waitAverage", ""))),
                itl_ms=number(alloc.get("itlAverage", "")),
                cost=number(alloc.get("cost", "")),
                arrival_per_min=number(load.get("arrivalRate", "")),
                input_tokens=number(load.get("avgInTokens", "")),
                output_tokens=number(load.get("avgOutTokens", load.get("avgLength", ""))),
            )
        )
    return tuple(found)


def _loose(text: str) -> dict[str, str]:
    """`key: value, key: value` with or without quotes."""
    found: dict[str, str] = {}
    for part in text.split(","):
        key, colon, value = part.partition(":")
        if colon:
            found[key.strip().strip('"')] = value.strip().strip('"')
    return found


def allocation_entry(message: str) -> Facts:
    """`Optimized allocation entry - key: X, value: {<time> A100 2}` (v0.0.x)."""
    match = _ENTRY.search(message)
    if match is None:
        return ()
    return (fc.Target(variant=match["name"], target=integer(match["count"]), reason="model-based"),)


def old_slo(message: str) -> Facts:
    """`Found SLO for model - model: X, class: Y, slo-tpot: 10, slo-ttft: 1000` (v0.0.x)."""
    match = _OLD_SLO.search(message)
    if match is None:
        return ()
    return (fc.Slo(model=match[1], itl_ms=number(match[2]), ttft_ms=number(match[3])),)


def slo(message: str) -> Facts:
    """`Found SLO for model: model=X, class=Y, slo-tpot=10, slo-ttft=1000` (ms)."""
    values = pairs(message.partition(": ")[2])
    return (
        fc.Slo(
            model=values.get("model", ""),
            itl_ms=number(values.get("slo-tpot", "")),
            ttft_ms=number(values.get("slo-ttft", "")),
        ),
    )


def _tuner(message: str, accepted: bool | None) -> Facts:
    named = _VARIANT.search(message)
    greek = {key: number(value) for key, value in _GREEK.findall(message)}
    nis = _NIS.search(message)
    if named is None or not (greek or nis):
        return ()
    return (
        fc.Tuner(
            variant=named[1],
            namespace=named[2] or "",
            alpha=greek.get("alpha"),
            beta=greek.get("beta"),
            gamma=greek.get("gamma"),
            delta=greek.get("delta"),
            nis=number(nis[1]) if nis else None,
            accepted=accepted,
        ),
    )


def tuner_state(message: str) -> Facts:
    """Parameters that are in use, whatever brought them."""
    return _tuner(message, None)


def tuner_accepted(message: str) -> Facts:
    """`Tuner validation succeeded for variant X/ns, server … - New NIS: 0.035341`."""
    return _tuner(message, True)


def tuner_rejected(message: str) -> Facts:
    """`Tuner NIS validation failed for variant X/ns, …`: the one line that stands for a
    rejection; two more lines tell of the same one."""
    return _tuner(message, False)


def tuner_config(message: str) -> Facts:
    """`[Tuner Config] variant=X/ns | Initial state: … | SLO targets: TTFT=…ms, ITL=…ms | …`."""
    found = _tuner(message, None)
    named, goal = _VARIANT.search(message), _SLO.search(message)
    if named is None or goal is None:
        return found
    return (*found, fc.Slo(variant=named[1], ttft_ms=number(goal[1]), itl_ms=number(goal[2])))


def arbitrated(message: str) -> Facts:
    """`Variant decision arbitrated…`: Go's Sprint puts nothing between names and values."""
    match = _ARBITRATED.search(message[26:])
    if match is None:
        return ()
    current, target = integer(match["current"]), integer(match["target"])
    return (
        fc.Target(
            variant=match["name"],
            target=target,
            current=current,
            action=action(match["action"]) or step(current, target) or "",
            reason=match["reason"],
        ),
    )
