"""KEDA's scaling formula: what it compiles, refuses and computes.

Source: KEDA apis/keda/v1alpha1/scaledobject_webhook.go ValidateAndCompileScalingModifiers,
pkg/scaling/modifiers/formula.go calculateScalingModifiersFormula.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wvatui.core.rules.keda.expr.check import FLOAT, ExprKind, check
from wvatui.core.rules.keda.expr.kinds import FormulaValue
from wvatui.core.rules.keda.expr.parser import parse
from wvatui.core.rules.keda.expr.run import run
from wvatui.core.rules.keda.expr.tokens import FormulaError as FormulaError
from wvatui.core.rules.keda.expr.tokens import NotComputed as NotComputed
from wvatui.core.rules.keda.expr.tree import ExprNode
from wvatui.core.rules.quantities import truncated


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula over the triggers' names that KEDA accepts."""

    text: str
    tree: ExprNode

    def result(self, values: Mapping[str, float | None]) -> float | None:
        """The result; None is nil. In `values`, None marks a trigger that cannot be read.

        Raises FormulaError, worded for the user.
        """
        try:
            return _number(run(self.tree, values))
        except FormulaError as error:
            raise FormulaError(f"formula {self.text!r} cannot be computed: {error}") from None

    def milli(self, values: Mapping[str, float | None]) -> int | None:
        """The result in whole thousandths, rounded towards zero; the lowest int64 for a division by
        zero."""
        value = self.result(values)
        return None if value is None else truncated(value)


def compiled(text: str, triggers: Iterable[str]) -> Formula:
    """A formula as KEDA compiles it: wrapped in `float(…)`, and run once with every trigger at -1.
    Raises FormulaError for one that KEDA refuses.
    """
    names = set(triggers)
    around = f"float({text})"
    if "??" in text:
        result = "_kedaCompositeResult"
        around = f"let {result} = ({text}); {result} == nil ? nil : float({result})"
    try:
        tree = parse(around)
        known: dict[str, ExprKind] = dict.fromkeys(names, FLOAT)
        check(tree, known)
        _number(run(tree, dict.fromkeys(names, -1.0)))
    except NotComputed as error:
        raise NotComputed(f"formula {text!r}: {error}") from None
    except FormulaError as error:
        raise FormulaError(f"formula {text!r} is refused: {error}") from None
    return Formula(text, tree)


def _number(value: FormulaValue) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise FormulaError("gives no number")
    return None if value is None else float(value)
