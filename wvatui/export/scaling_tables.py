"""Tables of how long scaling took: each step of each change, and when replicas lacked."""

from wvatui.core.queries.scaling import scaling
from wvatui.core.state.state import State
from wvatui.export.stamp import iso
from wvatui.export.table import Table, TableRow, moment


class ScalingSteps(Table):
    """Each step of each change of replicas, of the change and of each replica; holes stay empty."""

    columns = (
        "time",
        "t_plus_s",
        "namespace",
        "variant",
        "direction",
        "before",
        "after",
        "outcome",
        "pod",
        "step",
        "lag_s",
        "replicas",
    )

    def end(self, state: State) -> None:
        for event in reversed(scaling.scaling(state, None).events):
            base: TableRow = {name: getattr(event, name) for name in self.columns[2:8]}
            for pod, steps in (("", event.steps), *((p.pod, p.steps) for p in event.pods)):
                for step in steps:
                    row: TableRow = {} if step.at is None else moment(step.at, state)
                    row |= base | {"pod": pod, "step": step.id}
                    row["lag_s"] = None if step.lag_s is None else round(step.lag_s, 3)
                    row["replicas"] = step.taken if step.of else None
                    self.rows.append(row)


class Lacking(Table):
    """Each stretch in which more replicas were wanted than were ready."""

    columns = (
        "time",
        "t_plus_s",
        "namespace",
        "variant",
        "until",
        "length_s",
        "lacking",
        "wanted_by",
        "is_open",
    )

    def end(self, state: State) -> None:
        for gap in reversed(scaling.scaling(state, None).gaps):
            row: TableRow = moment(gap.since, state)
            row |= {name: getattr(gap, name) for name in self.columns if hasattr(gap, name)}
            row |= {"until": iso(gap.until), "length_s": round(gap.until - gap.since, 3)}
            self.rows.append(row)
