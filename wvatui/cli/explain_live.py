"""Explain a live cluster: one look at its HPAs and ScaledObjects, and why each is at its size."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wvatui.core.decisions.hpa.account import HpaAccount
from wvatui.core.decisions.hpa.one_look import HpaNow, begun, notes
from wvatui.core.decisions.hpa.sentence import sentence, steps
from wvatui.core.decisions.hpa.to_json import account_data
from wvatui.core.events import Autoscaler
from wvatui.core.lines import clean
from wvatui.core.rules.hpa.hpa_versions import release_of
from wvatui.errors import DeniedError, UsageError
from wvatui.export.stamp import iso
from wvatui.host import console, signals
from wvatui.kube.auth import Access, open_access
from wvatui.kube.client import Client
from wvatui.sources.autoscaler_look import AutoscalerReader, AutoscalerSnapshot, target_ref

AGAIN_S = 5.0
"""How often a cluster is looked at that is followed; its controller looks every 15 s."""


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """What is to be explained. `namespace` empty: the context's; `name` empty: all there are."""

    namespace: str = ""
    name: str = ""
    everywhere: bool = False
    follow: bool = False
    output: str = "text"
    context: str = ""
    kubeconfig: str = ""
    request_timeout: float = 10.0


def explain_live(request: LiveRequest) -> None:
    """Print why each HPA and ScaledObject is at its size. Raises UsageError, ClusterError."""
    signals.run(explained(request))


async def explained(request: LiveRequest) -> None:
    """As `explain_live`, in a loop that runs."""
    access = await open_access(request.kubeconfig or None, request.context or None)
    namespace = "" if request.everywhere else request.namespace or access.namespace
    if not namespace and not request.everywhere:
        raise UsageError("no namespace to look at", hint="say one: wvatui explain -n NAMESPACE")
    clock = await access.open_clock(paced=True)
    client = Client(access, clock, request_timeout_s=request.request_timeout)
    try:
        reader = AutoscalerReader(client, clock, namespace)
        told: dict[str, list[str]] = {}
        while True:
            look = await _looked(reader, request, namespace)
            _print(look, request, access, namespace, told)
            if not request.follow:
                return
            await clock.sleep(AGAIN_S)
    finally:
        await client.aclose()
        await clock.aclose()


async def _looked(
    reader: AutoscalerReader, request: LiveRequest, namespace: str
) -> AutoscalerSnapshot:
    try:
        look = await reader.look(request.name)
    except DeniedError as error:
        hint = "deploy/role-explain.yaml holds the rights that this needs"
        raise DeniedError(error.message, hint=error.hint or hint) from None
    if request.name and not look.hpas and not look.scaled_objects:
        where = f"namespace {namespace}" if namespace else "the cluster"
        raise UsageError(f"no HPA or ScaledObject {request.name} in {where}")
    return look


# --- what is printed -----------------------------------------------------------------------


def _print(
    look: AutoscalerSnapshot,
    request: LiveRequest,
    access: Access,
    namespace: str,
    told: dict[str, list[str]],
) -> None:
    """All of it; of a cluster that is followed what differs from the look before."""
    rows = [_Explained.of(look, hpa) for hpa in look.hpas]
    if request.output == "json":
        console.out_json(_data(look, rows, access, namespace))
        return
    if not told:
        about = [
            f"namespace {namespace}" if namespace else "all namespaces",
            iso(look.at)[:19] + "Z",
        ]
        console.out(", ".join([*about, f"Kubernetes {look.server or 'of unknown release'}"]))
        if not rows:
            console.out("no HPA here")
    for row in rows:
        lines = list(row.lines())
        if told.get(row.title) != lines:
            stamp = [iso(look.at)[11:19] + "Z"] if told else []
            console.out(*stamp, *lines)
            told[row.title] = lines
    if not request.follow or len(told) == len(rows):
        for right in look.lacking:
            console.say(f"no right to {right.verb} {right.resource}: it would tell {right.tells}")


@dataclass(frozen=True, slots=True)
class _Explained:
    """One HPA with its account. `trouble`: why there is none."""

    now: HpaNow
    account: HpaAccount | None
    trouble: str = ""

    @classmethod
    def of(cls, look: AutoscalerSnapshot, hpa: Autoscaler) -> "_Explained":
        ref = target_ref(hpa)
        now = HpaNow(
            at=look.at,
            hpa=hpa,
            target=look.targets.get(ref),
            pods=look.pods.get(ref),
            events=look.events.get((hpa.namespace, hpa.name), ()),
            release=release_of(look.server)[0],
        )
        if ref in look.targets and look.targets[ref] is None:
            return cls(now, None, f"its target {ref.kind} {ref.name} is not there")
        if not now.was_looked_at:
            return cls(now, None, "its controller has not looked at it yet: it has no status")
        try:
            return cls(now, begun(now)[0])
        except ValueError as error:
            return cls(now, None, str(error))

    @property
    def title(self) -> str:
        """Its name, what made it, and what it scales."""
        hpa = self.now.hpa
        made = f" (ScaledObject {hpa.scaled_object})" if hpa.scaled_object else ""
        return f"HPA {hpa.namespace}/{hpa.name}{made}, {hpa.target_kind} {hpa.target_name}"

    def lines(self) -> Iterator[str]:
        """The sentence, the steps, and what else is seen."""
        yield clean(self.title)
        if self.account is None:
            yield f"  {clean(self.trouble)}"
            return
        spec = self.now.spec
        yield f"  {clean(sentence(self.account, spec, _clock))}"
        for step in (*steps(self.account, spec, _clock), *notes(self.now, self.account)):
            yield f"    {clean(step)}"

    def data(self) -> dict[str, Any]:
        """The same as plain values."""
        hpa = self.now.hpa
        account = self.account
        return {
            "kind": "HorizontalPodAutoscaler",
            "namespace": hpa.namespace,
            "name": hpa.name,
            "scaled_object": hpa.scaled_object or None,
            "target_kind": hpa.target_kind,
            "target": hpa.target_name,
            "last_scale": iso(hpa.last_scale_at) or None,
            "trouble": self.trouble,
            "notes": [] if account is None else list(notes(self.now, account)),
            "explained": None
            if account is None
            else account_data(account, self.now.spec, _clock, iso),
        }


def _clock(at: float) -> str:
    return f"{iso(at)[11:19]}Z"


def _data(
    look: AutoscalerSnapshot, rows: list[_Explained], access: Access, namespace: str
) -> Mapping[str, Any]:
    return {
        "time": iso(look.at),
        "context": access.context,
        "namespace": namespace or None,
        "server": look.server,
        "autoscalers": [row.data() for row in rows],
        "lacking": [
            {"verb": right.verb, "resource": right.resource, "tells": right.tells}
            for right in look.lacking
        ],
    }
