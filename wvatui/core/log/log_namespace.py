"""Which namespace a line of the controller's log is about.

A controller that works for the whole cluster writes about every namespace, and not every line names
one: lines about a pod follow the line of its model, a later line of a decision names only the
variant, and v0.4 decides after it has processed all models.
"""

import re
from collections.abc import Mapping

import msgspec

from wvatui.core.log import facts as fc
from wvatui.core.log.parsed_line import Content
from wvatui.core.structs import replace

_GENERAL = (fc.Mode, fc.CycleStart, fc.CycleEnd, fc.Configured, fc.Leader, fc.Started)
"""Facts about the controller itself, whatever namespace their line names."""
_OF_MODEL = re.compile(r"\bmodelID=[^,]+, namespace=([a-z0-9][-a-z0-9]*)\b")
"""Where messages of v0.0.5 to v0.4.2 name the namespace of a model."""


class LogNamespace(msgspec.Struct, frozen=True, gc=False):
    """What the lines so far imply for the next one; empty texts: not known.

    `processing`: namespace of the model that is being processed. `decided`: variant and namespace
    of the newest line that named both. `homes`: namespaces of each variant, by its bare name.
    """

    processing: str = ""
    decided: tuple[str, str] = ("", "")
    homes: Mapping[str, tuple[str, ...]] = {}
    seen: tuple[str, ...] = ()
    """All namespaces that any line was about."""

    def after(self, content: Content) -> tuple[str, "LogNamespace"]:
        """(namespace of this line, the LogNamespace after it); an empty namespace: not known."""
        where, known = self._after(content)
        if where and where not in known.seen:
            known = replace(known, seen=(*known.seen, where))
        return where, known

    def _after(self, content: Content) -> tuple[str, "LogNamespace"]:
        facts = content.facts
        if not facts:
            match = _OF_MODEL.search(content.message) if "modelID=" in content.message else None
            if match:
                return match[1], self._at(match[1])
            if content.of_model and not content.namespace:
                return self.processing, self
            # The controller's own objects have a namespace, too, which is not that of a model.
            spoken = content.of_model or content.namespace in self.seen
            return (content.namespace if spoken else ""), self
        first = facts[0]
        if isinstance(first, (fc.CycleStart, fc.CycleEnd)):
            return "", self._at("") if self.processing or self.decided[0] else self
        if isinstance(first, _GENERAL):
            return "", self
        named = next((n for f in facts if (n := getattr(f, "namespace", ""))), "")
        if isinstance(first, fc.ModelStart):
            return named, self._at(named)
        variants = {v for f in facts if (v := getattr(f, "variant", ""))}
        bare = {variant.rpartition("/")[2] for variant in variants}
        decides = isinstance(first, fc.LoggedDecision)
        where = named or self._inferred(bare, decides=decides)
        if not where:
            return "", self
        known = self if self.processing == where or not named else self._at(where)
        return where, known._with_homes(bare, where, decides=decides and bool(named))

    def _inferred(self, variants: set[str], *, decides: bool) -> str:
        """The namespace of these variants, of which the line gives only the names."""
        if len(variants) != 1:
            return "" if decides else self.processing
        (variant,) = variants
        if self.decided[0] == variant:
            return self.decided[1]
        homes = self.homes.get(variant, ())
        if len(homes) == 1:
            return homes[0]
        return "" if decides else self.processing

    def _at(self, namespace: str) -> "LogNamespace":
        return replace(self, processing=namespace, decided=("", ""))

    def _with_homes(self, variants: set[str], where: str, *, decides: bool) -> "LogNamespace":
        new = {v for v in variants if where not in self.homes.get(v, ())}
        homes = {**self.homes, **{v: (*self.homes.get(v, ()), where) for v in new}} if new else None
        decided = (next(iter(variants)), where) if decides and len(variants) == 1 else self.decided
        if homes is None and decided == self.decided:
            return self
        return replace(self, decided=decided, homes=self.homes if homes is None else homes)
