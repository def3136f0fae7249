"""Explains a live cluster: its HPAs and ScaledObjects, and why each has its present size."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import structs

from wvatui.core.decisions.hpa.account import HpaAccount
from wvatui.core.decisions.hpa.one_look import HpaNow, begun, notes
from wvatui.core.decisions.hpa.sentence import sentence, steps
from wvatui.core.decisions.hpa.to_json import account_data
from wvatui.core.events import Autoscaler, ScaledObject, Workload
from wvatui.core.findings.finding import Finding
from wvatui.core.findings.traps import TRAPS
from wvatui.core.lines import clean
from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.rules.hpa.hpa_spec import HpaSpec
from wvatui.core.rules.hpa.hpa_versions import release_of
from wvatui.errors import ClusterError, DeniedError, UsageError
from wvatui.export.finding_values import finding_values
from wvatui.export.stamp import iso
from wvatui.host import console, signals
from wvatui.kube.auth import CredentialChild
from wvatui.kube.client import Client
from wvatui.sources.autoscaler_look import AutoscalerReader, AutoscalerSnapshot, target_ref

if TYPE_CHECKING:
    from wvatui.core.decisions.keda.account import KedaAccount
    from wvatui.core.decisions.keda.part import KedaPart

AGAIN_S = 5.0
"""Seconds between two looks at a cluster that is followed; its HPA controller looks every 15 s."""


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """The objects to explain. `namespace` empty: the context's; `name` empty: all of them."""

    namespace: str = ""
    name: str = ""
    everywhere: bool = False
    follow: bool = False
    output: str = "text"
    external_metrics: bool = False
    context: str = ""
    kubeconfig: str = ""
    request_timeout: float = 10.0


def explain_live(request: LiveRequest, child: CredentialChild) -> None:
    """Print why each HPA and ScaledObject has its size. Raises UsageError, ClusterError."""
    signals.run(explained(request, child))


async def explained(request: LiveRequest, child: CredentialChild) -> None:
    """As `explain_live`, inside a running event loop."""
    access = await child.access()
    namespace = "" if request.everywhere else request.namespace or access.namespace
    if not namespace and not request.everywhere:
        raise UsageError("no namespace to look at", hint="say one: wvatui explain -n NAMESPACE")
    clock = await access.open_clock(paced=True)
    client = Client(access, clock, request_timeout_s=request.request_timeout)
    try:
        reader = AutoscalerReader(client, clock, namespace)
        teller = _Teller(request, access.context, namespace)
        teller.tell(await _looked(reader, request, namespace))
        while request.follow:
            await clock.sleep(AGAIN_S)
            try:
                teller.tell(await reader.look(request.name, external=request.external_metrics))
            except ClusterError as error:
                teller.say(error.message)
    finally:
        await client.aclose()
        await clock.aclose()


async def _looked(
    reader: AutoscalerReader, request: LiveRequest, namespace: str
) -> AutoscalerSnapshot:
    try:
        look = await reader.look(request.name, external=request.external_metrics)
    except DeniedError as error:
        hint = "deploy/role-explain.yaml holds the rights that this needs"
        raise DeniedError(error.message, hint=error.hint or hint) from None
    if request.name and not look.hpas and not look.scaled_objects:
        where = f"namespace {namespace}" if namespace else "the cluster"
        raise UsageError(f"no HPA or ScaledObject {request.name} in {where}")
    return look


# --- what is printed -----------------------------------------------------------------------


class _Teller:
    """Prints all of the first look, then only what differs in each later one."""

    def __init__(self, request: LiveRequest, context: str, namespace: str) -> None:
        self._request, self._context, self._namespace = request, context, namespace
        self._told: dict[str, tuple[str, object]] | None = None
        """The last printed facts: title and content of each row, by its identity."""
        self._said: list[str] = []
        self._held: dict[str, _Held] = {}
        """What held each HPA at the newest look, by the title of its row."""
        self._looked_at = 0.0

    def tell(self, look: AutoscalerSnapshot) -> None:
        """Print the parts of a look that are new."""
        # A look of the HPA's controller between looks further apart may have ended a hold.
        is_close = look.at - self._looked_at <= SYNC_S
        rows = _rows(look, self._held if is_close else {})
        self._looked_at = look.at
        self._held = {row.title: row.held for row in rows if row.held is not None}
        traps = _traps(look, rows)
        news: dict[str, tuple[str, object]] = {row.title: (row.title, row.seen) for row in rows}
        news |= {f"{trap.rule} {trap.about}": (trap.title, None) for trap in traps}
        if self._request.output != "json":
            self._lines(look, rows, traps, news)
        elif news != self._told:
            console.out_json(_data(look, rows, traps, self._context, self._namespace))
        self._told = news
        for right in look.lacking:
            self.say(f"no right to {right.verb} {right.resource}: it would tell {right.tells}")

    def say(self, words: str) -> None:
        """Print a line on standard error, unless it was printed before."""
        if words not in self._said:
            self._said.append(words)
            console.say(words)

    def _lines(
        self,
        look: AutoscalerSnapshot,
        rows: "list[_Explained]",
        traps: list[Finding],
        news: Mapping[str, tuple[str, object]],
    ) -> None:
        before = self._told or {}
        fresh = [row for row in rows if before.get(row.title) != news[row.title]]
        new_traps = [each for each in traps if f"{each.rule} {each.about}" not in before]
        gone = [title for key, (title, _) in before.items() if key not in news]
        if self._told is None:
            place = f"namespace {self._namespace}" if self._namespace else "all namespaces"
            server = f"Kubernetes {look.server or 'of unknown release'}"
            console.out(f"{place}, {iso(look.at)[:19]}Z, {server}")
            if not rows:
                console.out("no HPA and no ScaledObject here")
        elif fresh or new_traps or gone:
            console.out("", _clock(look.at))
        for row in fresh:
            console.out(*row.lines())
        console.out(*(line for each in new_traps for line in _trap_lines(each)))
        console.out(*(f"no more: {clean(title)}" for title in gone), flush=True)


class _Held(NamedTuple):
    """The window that holds an HPA at a size, and its first look that was seen (epoch seconds)."""

    what: str
    size: int
    since: float


def _rows(look: AutoscalerSnapshot, before: "Mapping[str, _Held]") -> "list[_Explained]":
    """A row for each HPA with its ScaledObject, and for each ScaledObject without an HPA.
    `before`: what held them at the look before."""
    scaled = {(each.namespace, each.name): each for each in look.scaled_objects}
    rows = [
        _of_hpa(look, hpa, scaled.get((hpa.namespace, hpa.scaled_object)), before)
        for hpa in look.hpas
    ]
    made = {(hpa.namespace, hpa.scaled_object) for hpa in look.hpas}
    return rows + [_of_keda(look, scaled[key]) for key in sorted(scaled.keys() - made)]


def _of_hpa(
    look: AutoscalerSnapshot,
    hpa: Autoscaler,
    scaled: ScaledObject | None,
    before: "Mapping[str, _Held]",
) -> "_Explained":
    ref = target_ref(hpa)
    made = f" (ScaledObject {hpa.scaled_object})" if hpa.scaled_object else ""
    now = HpaNow(
        at=look.at,
        hpa=hpa,
        target=look.targets.get(ref),
        pods=look.pods.get(ref),
        events=look.events.get((hpa.namespace, hpa.name), ()),
        release=release_of(look.server)[0],
    )
    row = _Explained(
        kind="HorizontalPodAutoscaler",
        scaler=hpa,
        title=f"HPA {hpa.namespace}/{hpa.name}{made}, {hpa.target_kind} {hpa.target_name}",
        now=now,
        keda=None if scaled is None else _keda(look, scaled, hpa),
    )
    if ref in look.targets and look.targets[ref] is None:
        return replace(row, trouble=f"its target {ref.kind} {ref.name} is not there")
    if not now.was_looked_at:
        return replace(row, trouble="its controller has not looked at it yet: it has no status")
    try:
        account = begun(now)[0]
        was = before.get(row.title)
        if account.window is None:
            return replace(row, account=account)
        held = _Held(account.window.what, account.desired, look.at)
        if was is not None and was[:2] == held[:2]:
            # Seen without a break, a hold still ends its window after the first look at it.
            held, account = was, begun(structs.replace(now, held_since=was.since))[0]
        return replace(row, account=account, held=held)
    except ValueError as error:
        return replace(row, trouble=str(error))


def _keda(look: AutoscalerSnapshot, scaled: ScaledObject, hpa: Autoscaler | None) -> "KedaPart":
    # KEDA's rules are half of the imports: not needed for clusters without a ScaledObject.
    from wvatui.core.decisions.keda.account import KedaNow
    from wvatui.core.decisions.keda.part import KedaPart
    from wvatui.core.rules.keda.keda_versions import keda_release

    return KedaPart(
        KedaNow(
            at=look.at,
            scaled=scaled,
            hpa=hpa,
            target=look.targets.get(target_ref(scaled)),
            readings=look.readings.get((scaled.namespace, scaled.name)),
            pages=look.pages.get((scaled.namespace, scaled.name)),
            release=keda_release(look.keda)[0],
        )
    )


def _of_keda(look: AutoscalerSnapshot, scaled: ScaledObject) -> "_Explained":
    """A row for a ScaledObject without an HPA: it is paused, or its HPA is not created yet."""
    target = look.targets.get(target_ref(scaled))
    size = "its target" if target is None or target.spec is None else f"stays at {target.spec}"
    why = "paused, KEDA has deleted its HPA" if scaled.paused else "KEDA has made no HPA of it"
    wish = look.wishes.get(target_ref(scaled))
    why += "" if wish is None else f"; WVA wants {wish}"
    about = f"{scaled.target_kind} {scaled.target_name}"
    return _Explained(
        kind="ScaledObject",
        scaler=scaled,
        title=f"ScaledObject {scaled.namespace}/{scaled.name}, {about}",
        trouble=f"{size}: {why}",
        keda=_keda(look, scaled, None),
    )


@dataclass(frozen=True, slots=True)
class _Explained:
    """One HPA or ScaledObject with its account. `trouble`: why there is no account."""

    kind: str
    scaler: Autoscaler | ScaledObject
    title: str
    now: HpaNow | None = None
    account: HpaAccount | None = None
    held: _Held | None = None
    trouble: str = ""
    keda: "KedaPart | None" = None

    @property
    def seen(self) -> object:
        """The facts in the account without their time, to tell whether anything is new."""
        read: list[Autoscaler | ScaledObject | Workload | None] = [self.scaler]
        if self.now is not None:
            read.append(self.now.target)
        if self.keda is not None:
            read += [self.keda.now.scaled, self.keda.now.target]
        timeless = [None if each is None else structs.replace(each, at=0.0) for each in read]
        readings = self.keda.now.readings if self.keda is not None else None
        return timeless, readings, None if self.account is not None else self.trouble

    def lines(self) -> Iterator[str]:
        """The sentence, the steps, further observations, and KEDA's part."""
        yield clean(self.title)
        if self.now is None or self.account is None:
            yield f"  {clean(self.trouble)}"
        else:
            spec = self._spec(self.now)
            yield f"  {clean(sentence(self.account, spec, _clock))}"
            for step in (*steps(self.account, spec, _clock), *notes(self.now, self.account)):
                yield f"    {clean(step)}"
        if self.keda is not None:
            yield from (f"    {clean(line)}" for line in self.keda.lines(_clock))

    def _spec(self, now: HpaNow) -> HpaSpec:
        return now.spec if self.keda is None else self.keda.called(now.spec)

    def data(self) -> dict[str, Any]:
        """The account as plain values."""
        scaler, account = self.scaler, self.account
        return {
            "kind": self.kind,
            "namespace": scaler.namespace,
            "name": scaler.name,
            "scaled_object": self.keda.now.scaled.name if self.keda is not None else None,
            "target_kind": scaler.target_kind,
            "target": scaler.target_name,
            "last_scale": iso(self.now.hpa.last_scale_at) or None if self.now else None,
            "trouble": self.trouble,
            "notes": list(notes(self.now, account)) if self.now and account else [],
            "explained": account_data(account, self._spec(self.now), _clock, iso)
            if self.now and account
            else None,
            "keda": None if self.keda is None else self.keda.data(_clock, iso),
        }


@dataclass(frozen=True, slots=True)
class _Scalers:
    """The objects read, in the form that rules about autoscalers alone take."""

    now: float
    hpas: Sequence[Autoscaler]
    workloads: Mapping[tuple[str, str, str], Workload]
    keda_accounts: "Sequence[tuple[ScaledObject, KedaAccount]]"

    def name_of(self, scaler: Autoscaler | ScaledObject) -> str:
        """Name of the scaled object, as variants are not read."""
        return scaler.target_name


def _traps(look: AutoscalerSnapshot, rows: "Sequence[_Explained]") -> list[Finding]:
    """Findings about settings that work as written, but maybe not as intended."""
    parts = [row.keda for row in rows if row.keda is not None]
    seen = _Scalers(
        now=look.at,
        hpas=look.hpas,
        workloads={
            (ref.kind, ref.namespace, ref.name): target
            for ref, target in look.targets.items()
            if target is not None
        },
        keda_accounts=[(p.now.scaled, p.account) for p in parts if p.account is not None],
    )
    return [finding for find in TRAPS for finding in find(seen)]


def _trap_lines(finding: Finding) -> Iterator[str]:
    yield f"! {clean(finding.title)}"
    for fact in finding.evidence:
        text = " ".join(fact.text.split())
        yield f"    {clean(fact.about)}: {clean(text)} ({clean(fact.source)})"
    yield f"    → {clean(finding.advice)}"


def _clock(at: float) -> str:
    return f"{iso(at)[11:19]}Z"


def _data(
    look: AutoscalerSnapshot,
    rows: list[_Explained],
    traps: list[Finding],
    context: str,
    namespace: str,
) -> Mapping[str, Any]:
    return {
        "time": iso(look.at),
        "context": context,
        "namespace": namespace or None,
        "server": look.server,
        "keda_version": look.keda,
        "autoscalers": [row.data() for row in rows],
        "findings": list(map(finding_values, traps)),
        "lacking": list(map(asdict, look.lacking)),
    }
