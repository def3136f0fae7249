"""Alternatives as they are asked for on a command line, in the shell and in the screen's prompt.

    --set KEY=VALUE[,VALUE]  thresholds; several values of one key: an alternative each
    --rule v1|v2|RELEASE     another rule;  own: the recording's;  hpa, keda, static: see below
    --hpa FILE               an HPA;  --scaledobject FILE: a KEDA object
    --replicas N[,N]         so many replicas, always
    --or                     what follows belongs to further alternatives

Thresholds and rules between two `--or` belong together, and so does an HPA or ScaledObject that
goes by WVA's decisions: it acts on them. Everything else is an alternative of its own.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import product
from pathlib import Path

from wvatui.core.rules.wva.releases import at_least
from wvatui.core.whatif.alternative import BOUNDS, THRESHOLDS, Alternative
from wvatui.core.whatif.course import Limit
from wvatui.core.whatif.scaler.scaler import Scaler
from wvatui.core.whatif.scaler.tuning import FIELDS, NoTuning, is_tuning, tuned
from wvatui.errors import UsageError
from wvatui.load.read import files

MOST = 32
"""Most alternatives in one call."""
KINDS = ("hpa", "keda", "static")
_RELEASE = re.compile(r"(?:(v[12])@)?(v?0\.\d+(?:\.\d+)?(?:-rc\d*)?|HEAD)", re.IGNORECASE)


FLAGS = ("set", "rule", "hpa", "scaledobject", "replicas")
OR = "--or"


@dataclass(slots=True)
class FlagGroup:
    """The flags between two `--or`: the values of each flag, in order."""

    values: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in FLAGS})

    @property
    def empty(self) -> bool:
        """Whether no alternative is given."""
        return not any(self.values.values())


def taken(arguments: Sequence[str]) -> tuple[list[str], list[FlagGroup]]:
    """The arguments that do not concern alternatives, and the groups of those that do.

    Raises UsageError for a flag without its value.
    """
    rest: list[str] = []
    groups = [FlagGroup()]
    words = iter(arguments)
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        if word == OR:
            groups.append(FlagGroup())
        elif word.startswith("--") and name in FLAGS:
            if not equals:
                value = next(words, "")
            if not value:
                raise UsageError(f"--{name} needs a value")
            groups[-1].values[name].append(value)
        else:
            rest.append(word)
    return rest, [group for group in groups if not group.empty]


def spoken(text: str) -> list[FlagGroup]:
    """Groups from a line on the screen: as on the command line, or without dashes.

    `kvSpareTrigger=0.3`, `replicas 4 or hpa hpa.yaml`. Raises UsageError.
    """
    words: list[str] = []
    for word in text.split():
        if word in FLAGS or word == "or":
            words.append(f"--{word}")
        elif "=" in word and not word.startswith("--") and (not words or words[-1] != "--set"):
            words += ["--set", word]
        else:
            words.append(word)
    rest, groups = taken(words)
    if rest:
        raise UsageError(
            f"{rest[0]!r} is no alternative",
            hint="such as kvSpareTrigger=0.3, rule v1, hpa FILE, scaledobject FILE, replicas 4",
        )
    return groups


def alternatives(groups: Sequence[FlagGroup]) -> tuple[Alternative, ...]:
    """All alternatives in the groups, in order. Raises UsageError, ConfigError."""
    found = [one for group in groups for one in _of_group(group)]
    if len(found) > MOST:
        raise UsageError(f"{len(found)} alternatives at once: at most {MOST}")
    return tuple(each for n, each in enumerate(found) if each not in found[:n])


def _of_group(group: FlagGroup) -> list[Alternative]:
    values = group.values
    given = [("HPA", path, files.hpa(Path(path))) for path in values["hpa"]]
    given += [("KEDA", path, files.scaled_object(Path(path))) for path in values["scaledobject"]]
    on_decisions: list[tuple[str, str, Scaler | None]] = []
    on_decisions += [one for one in given if one[2].controller]
    on_load = [one for one in given if not one[2].controller]
    _kinds_have_files(values)
    rules = [_rule(text) for text in values["rule"] if text.lower() not in KINDS]
    tunings, thresholds = _tunings(values["set"])
    sets = _sets(thresholds)
    found: list[Alternative] = []
    if rules or sets or on_decisions:
        for (rule, release), changes in product(rules or [("own", "")], _products(sets)):
            for kind, path, scaler in on_decisions or [("", "", None)]:
                found.append(_by_rule(rule, release, changes, kind, path, scaler))
    combined = list(product(*([(name, v) for v in texts] for name, texts in tunings)))
    if tunings and not on_load:
        # Tunes the autoscaler in the recording.
        found += [
            Alternative(" ".join(f"{n}={v}" for n, v in fields), "own", tunings=fields)
            for fields in combined
        ]
    for kind, path, scaler in on_load:
        for fields in combined:
            label = " ".join((kind, Path(path).name, *(f"{n}={v}" for n, v in fields)))
            changed = _tuned(scaler, fields)
            found.append(Alternative(label, "scaler", scaler=changed, notes=scaler.notes))
    for text in values["replicas"]:
        found += [_static(part) for part in text.split(",")]
    return found


def _tunings(texts: Sequence[str]) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """(field of an autoscaler, values), and the remaining settings."""
    fields: dict[str, list[str]] = {}
    rest = []
    for text in texts:
        name, _, values = text.partition("=")
        if is_tuning(name.strip()):
            fields.setdefault(name.strip(), []).extend(values.split(","))
        else:
            rest.append(text)
    return list(fields.items()), rest


def _tuned(scaler: Scaler, changes: Sequence[tuple[str, str]]) -> Scaler:
    for name, text in changes:
        try:
            scaler = tuned(scaler, name, text)
        except NoTuning as error:
            raise UsageError(f"--set {name}={text}: {error}") from None
    return scaler


def _by_rule(
    rule: str,
    release: str,
    changes: tuple[tuple[str, float], ...],
    kind: str,
    path: str,
    scaler: Scaler | None,
) -> Alternative:
    parts = [] if rule == "own" else [f"{rule.upper()} of {release}" if release else rule.upper()]
    parts += [f"{name}={value:g}" for name, value in changes]
    if kind:
        parts.append(f"by {kind} {Path(path).name}")
    notes = scaler.notes if scaler is not None else ()
    return Alternative(
        " ".join(parts) or "own rule", rule, release, changes, scaler=scaler, notes=notes
    )


def _kinds_have_files(values: dict[str, list[str]]) -> None:
    for text in values["rule"]:
        needs = {"hpa": "hpa", "keda": "scaledobject", "static": "replicas"}.get(text.lower())
        if needs and not values[needs]:
            what = "N" if needs == "replicas" else "FILE"
            raise UsageError(f"--rule {text} needs --{needs} {what}")


def _rule(text: str) -> tuple[str, str]:
    """(rule, release): a release alone implies the rule that it ships."""
    if text.lower() in ("own", "v1", "v2"):
        return text.lower(), ""
    found = _RELEASE.fullmatch(text)
    if found is None:
        raise UsageError(
            f"--rule {text}: there is no such rule",
            hint="v1, v2, v1@RELEASE, a release such as v0.4.2, own, hpa, keda, static",
        )
    release = found[2] if found[2].upper() != "HEAD" else "HEAD"
    if release != "HEAD" and not release.startswith("v"):
        release = f"v{release}"
    shipped = "v2" if at_least(release, "v0.9") else "v1"
    return (found[1] or shipped).lower(), release


def _sets(texts: Sequence[str]) -> dict[str, list[float]]:
    """Values by key, in the order given."""
    found: dict[str, list[float]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        if not equals or not values:
            raise UsageError(f"--set {text}: KEY=VALUE is expected")
        known = {key.lower(): key for key in (*THRESHOLDS, *BOUNDS)}
        key = known.get(name.strip().lower())
        if key is None:
            raise UsageError(
                f"--set {name or '(empty)'}: there is no such threshold or field",
                hint=_resembling(name.strip().lower(), (*known.values(), *FIELDS)),
            )
        for value in values.split(","):
            found.setdefault(key, []).append(_value(key, value))
    return found


def _resembling(word: str, known: Sequence[str]) -> str:
    """A hint: the fields that a word for none of them may mean, else all fields."""

    def is_like(name: str) -> bool:
        last = name.lower().rpartition(".")[2]
        # KEDA calls threshold what the HPA calls target.
        return last in word or word in name.lower() or {word, last} == {"target", "threshold"}

    like = [name for name in known if is_like(name)] if len(word) > 2 else []
    like = like or get_close_matches(word, known, 1, 0.6)
    return f"did you mean {' or '.join(like)}?" if like else f"there is: {', '.join(known)}"


def _value(key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise UsageError(f"--set {key}={text}: {text!r} is no number") from None
    if not math.isfinite(value) or value < 0:
        raise UsageError(f"--set {key}={text}: a number of 0 or more is expected")
    if key in BOUNDS and value != int(value):
        raise UsageError(f"--set {key}={text}: a whole number is expected")
    ratio = key not in BOUNDS and not key.startswith("queue")
    if ratio and value > 1:
        raise UsageError(f"--set {key}={text}: a ratio from 0 to 1 is expected")
    if key in ("scaleUpThreshold", "scaleDownBoundary") and value == 0:
        raise UsageError(f"--set {key}={text}: a ratio above 0 is expected")
    return value


def _products(sets: dict[str, list[float]]) -> list[tuple[tuple[str, float], ...]]:
    """Every combination of the given values."""
    return [tuple(zip(sets, values, strict=True)) for values in product(*sets.values())]


def _static(text: str) -> Alternative:
    if not text.strip().isdigit() or not text.isascii() or int(text) > 10_000:
        raise UsageError(f"--replicas {text}: a whole number of 0 or more is expected")
    count = int(text)
    return Alternative(f"{count} static", "static", replicas=count)


def limit_of(text: str) -> Limit | None:
    """A limit such as kv=0.7, waiting=3, running=100 or utilization=0.85. Raises UsageError."""
    if not text:
        return None
    name, _, value = text.partition("=")
    name = {
        "kv": "kv",
        "waiting": "waiting",
        "queue": "waiting",
        "running": "running",
        "utilization": "utilization",
    }.get(name.strip().lower(), "")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not name or not math.isfinite(number) or number < 0:
        raise UsageError(
            f"--limit {text}: kv=RATIO, waiting=N, running=N or utilization=RATIO is expected"
        )
    return Limit(name, number)
