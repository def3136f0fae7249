"""One PipelineRun that this session made: as `LoadJob`, told by its TaskRuns too."""

from typing import Any

from wvatui.core import events as ev
from wvatui.core.kube_object import ReadObject
from wvatui.load.make.job import LoadJob
from wvatui.load.read.pipeline import pipeline_facts


class PipelineJob(LoadJob):
    """One PipelineRun."""

    kind = "PipelineRun"

    def __init__(
        self,
        body: ReadObject,
        title: str,
        now: float,
        *,
        pipeline: ReadObject | None = None,
        **more: Any,
    ) -> None:
        """`pipeline`: the spec of its Pipeline, as far as that is known before it runs."""
        self._task_runs: dict[str, ReadObject] = {}
        self._pipeline = pipeline
        self.began_at: dict[str, float] = {}
        """By pod: when its log said that the load began."""
        super().__init__(body, title, now, **more)

    def learn_task_run(self, name: str, task_run: ReadObject | None, now: float) -> None:
        """One of its TaskRuns as it is now; None: it is gone."""
        if task_run is not None:
            self._task_runs[name] = task_run
        self.look(now)

    @property
    def load_at(self) -> float | None:
        """Not from the log of one pod: its facts know all of them."""
        return None

    def begins(self, pod: str, at: float | None, now: float) -> None:
        self.began_at.setdefault(pod, at or now)
        self.look(now)

    def look(self, now: float) -> None:
        """Its facts anew: what its tasks gave back may come after its end."""
        if self.status != "deleted":
            self.facts = self._read(now)
        self.stir()

    def _found(self, now: float) -> ev.Job:
        return pipeline_facts(
            self._object,
            now,
            list(self._task_runs.values()),
            list(self._pods.values()),
            pipeline=self._pipeline,
            began=self.began_at,
        )
