"""The CSV snapshot: all numbers of the replicas and variants at one moment.

One row per replica and one per variant (`level`), sorted; a missing value is empty. Columns are
only ever appended, so a script that reads them by name or by position keeps working.
"""

import csv
import io

from wvatui.core.lines import clean
from wvatui.core.queries.pods.replica_rows import replicas
from wvatui.core.queries.session.variant_rows import variants
from wvatui.core.rows.views import ReplicaRow, VariantRow
from wvatui.core.state.state import State
from wvatui.export.stamp import flag, iso, number
from wvatui.export.table import timed

COLUMNS = timed(
    "level namespace model variant accelerator pod state kv_ratio running waiting ttft_p95_ms "
    "itl_p95_ms saturated target action decision_age_s desired spec ready serving sample_age_s "
    "source target_kind"
)
CELL_LIMIT = 1_000
"""Most characters of one cell: names are far shorter, and spreadsheets refuse far longer ones."""


def snapshot_rows(state: State) -> list[dict[str, str]]:
    """The rows of the snapshot of `state`, by column, as text."""
    rows = [*map(_variant, variants(state)), *map(_replica, replicas(state))]
    time = {"time": iso(state.now), "t_plus_s": number(state.now - state.first_at, 3)}
    rows.sort(
        key=lambda r: (r["namespace"], r["model"], r["variant"], r["level"] != "variant", r["pod"])
    )
    return [time | {name: clean(text[:CELL_LIMIT]) for name, text in row.items()} for row in rows]


def snapshot_csv(state: State) -> str:
    """The snapshot of `state` as CSV text with a header line; lines end in "\\n"."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(snapshot_rows(state))
    return out.getvalue()


def _variant(row: VariantRow) -> dict[str, str]:
    return _both(row) | {
        "level": "variant",
        "variant": row.name,
        "pod": "",
        "state": "blocked" if row.blocked else "",
        "kv_ratio": number(row.kv_mean),
        "running": number(row.running_sum),
        "waiting": number(row.waiting_sum),
        "saturated": number(row.saturated),
        "target": number(row.target),
        "action": row.action,
        "decision_age_s": number(row.decision_age_s, 3),
        "desired": number(row.desired),
        "spec": number(row.spec),
        "ready": number(row.ready),
        "serving": number(row.serving),
        "sample_age_s": "",
        "target_kind": row.target_kind,
    }


def _replica(row: ReplicaRow) -> dict[str, str]:
    return _both(row) | {
        "level": "replica",
        "variant": row.variant,
        "pod": row.name,
        "state": row.state,
        "kv_ratio": number(row.kv_ratio),
        "running": number(row.running),
        "waiting": number(row.waiting),
        "saturated": flag(row.saturated),
        "sample_age_s": number(row.sample_age_s, 3),
    }


def _both(row: VariantRow | ReplicaRow) -> dict[str, str]:
    """What variants and replicas are described by alike."""
    return {
        "namespace": row.namespace,
        "model": row.model,
        "accelerator": row.accelerator,
        "ttft_p95_ms": number(row.ttft_p95_ms, 3),
        "itl_p95_ms": number(row.itl_p95_ms, 3),
        "source": row.source,
    }
