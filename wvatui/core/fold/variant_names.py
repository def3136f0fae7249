"""One name for each variant, whichever of its objects the controller calls it by.

A VariantAutoscaling and an annotated HPA or ScaledObject that name one scale target declare one
variant. They may be called differently (KServe does so), and a controller decides under the name
of the object that it reads.
"""

from collections.abc import Mapping

from msgspec import structs

from wvatui.core.kube_object import NamespacedName
from wvatui.core.log import facts as fc
from wvatui.core.structs import replace

Names = Mapping[NamespacedName, str]


def with_known_names(facts: tuple[fc.Fact, ...], names: Names) -> tuple[fc.Fact, ...]:
    """The facts of a line with the names under which the variants are kept.

    `names`: by (namespace, other name). A fact without a namespace is matched by its name alone,
    where only one variant has that name.
    """
    if not names:
        return facts
    return tuple(_known(fact, names) for fact in facts)


def _known(fact: fc.Fact, names: Names) -> fc.Fact:
    namespace = getattr(fact, "namespace", "") or ""
    if isinstance(fact, fc.AnalyzerResult):
        variants = tuple(
            replace(item, name=_name(item.name, namespace, names)) for item in fact.variants
        )
        return fact if variants == fact.variants else replace(fact, variants=variants)
    called = getattr(fact, "variant", "")
    name = _name(called, namespace, names) if called else called
    return fact if name == called else structs.replace(fact, variant=name)


def _name(called: str, namespace: str, names: Names) -> str:
    front, slash, bare = called.rpartition("/")
    where = namespace or front
    known = {
        name for key, name in names.items() if key[1] == bare and (not where or key[0] == where)
    }
    return f"{front}{slash}{known.pop()}" if len(known) == 1 else called
