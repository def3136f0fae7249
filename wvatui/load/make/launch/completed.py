"""An order with what the cluster knows: its target and its model, where nobody has said them."""

from collections.abc import Sequence
from dataclasses import replace

from wvatui.core.lines import clean
from wvatui.errors import UsageError
from wvatui.kube.client import Client
from wvatui.load.make.launch.order import NUMBERS, Order
from wvatui.load.make.launch.target import Unasked, served_models


async def completed(client: Client, order: Order, namespace: str, targets: Sequence[str]) -> Order:
    """`order` ready to be drafted. `targets`: of the cluster, the likeliest first.

    Raises UsageError, in words: nobody says where requests go, or which model is meant.
    """
    option = order.option
    if option.path is not None:
        given = [name for name in NUMBERS if getattr(order, name) is not None]
        given += [name for name in ("target", "model") if getattr(order, name)]
        if given:
            flag = given[0].removesuffix("_s").replace("_", "-")
            raise UsageError(
                f"{option.path}: a manifest is run as it was written: --{flag} cannot change it"
            )
        return order
    profile = option.profile
    target = order.target or (profile.target if profile else "") or next(iter(targets), "")
    if not target:
        raise UsageError(
            f"no target: namespace {namespace} has no service that could take requests",
            hint="say it: --target http://gateway.namespace:80",
        )
    model = order.model or (profile.model if profile else "")
    return replace(order, target=target, model=model or await _model(client, target, namespace))


async def _model(client: Client, target: str, namespace: str) -> str:
    """The one model that the target serves."""
    try:
        served = sorted(await served_models(client, target, namespace))
    except Unasked as error:
        raise UsageError(f"no model: {error}", hint="say it: --model NAME") from None
    if len(served) != 1:
        there = clean(", ".join(served)) or "none"
        raise UsageError(
            f"no model: target {clean(target)} serves {there}", hint="say it: --model NAME"
        )
    return served[0]
