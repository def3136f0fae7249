"""Turns objects of the API into events: one file and one row per kind."""

from collections.abc import Callable
from typing import NamedTuple

from wvatui.core.events import Event
from wvatui.core.kube_object import ReadObject
from wvatui.kube import paths
from wvatui.kube.paths import Kind
from wvatui.sources.objects.autoscaler import decode_autoscaler
from wvatui.sources.objects.config import decode_config
from wvatui.sources.objects.kube_event import decode_kube_event
from wvatui.sources.objects.lease import decode_lease
from wvatui.sources.objects.pod import decode_pod
from wvatui.sources.objects.scaled_object import decode_scaled_object
from wvatui.sources.objects.variant import decode_variant_autoscaling
from wvatui.sources.objects.workload import (
    decode_deployment,
    decode_leader_worker_set,
    decode_stateful_set,
)


class Decoder(NamedTuple):
    """How one kind of object becomes an event."""

    kind: Kind
    tag: str
    """The event's tag, as `Deleted` names it. Empty: its deletion gives no event."""
    decode: Callable[[ReadObject, float], Event]


DECODERS: tuple[Decoder, ...] = (
    Decoder(paths.POD, "pod", decode_pod),
    Decoder(paths.DEPLOYMENT, "workload", decode_deployment),
    Decoder(paths.STATEFUL_SET, "workload", decode_stateful_set),
    Decoder(paths.LEADER_WORKER_SET, "workload", decode_leader_worker_set),
    Decoder(paths.VARIANT_AUTOSCALING, "variant", decode_variant_autoscaling),
    Decoder(paths.AUTOSCALER, "hpa", decode_autoscaler),
    Decoder(paths.SCALED_OBJECT, "keda", decode_scaled_object),
    Decoder(paths.LEASE, "lease", decode_lease),
    Decoder(paths.CONFIG_MAP, "config", decode_config),
    Decoder(paths.EVENT, "", decode_kube_event),
)


def decoder_of(kind: Kind) -> Decoder:
    """The row for `kind`."""
    return next(row for row in DECODERS if row.kind is kind)
