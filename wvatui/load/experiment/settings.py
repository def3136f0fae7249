"""What an experiment is: the frozen value that its file is read into."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WAIT_S = 1800.0
"""How long to wait for a job when the file names no limit."""
TAIL_S = 300.0
GRACE_S = 300.0
"""How long a job may go on after its planned end to report what it measured."""
MODES = ("capacity-based", "model-based", "hybrid", "hpa")


@dataclass(frozen=True, slots=True)
class WorkloadManifest:
    """The Job of a workload, as its file has it. Empty `body`: the file is not there."""

    path: Path
    body: Mapping[str, Any]

    @property
    def missing(self) -> bool:
        """Whether there is no file: the workload is skipped."""
        return not self.body

    @property
    def name(self) -> str:
        """The Job's own name."""
        return str(self.body.get("metadata", {}).get("name") or "")


@dataclass(frozen=True, slots=True)
class ExperimentWorkload:
    """One load of an experiment."""

    name: str
    manifest: WorkloadManifest
    description: str = ""
    start_delay_s: float = 0.0
    """From the start of the experiment; in a sequence, from the end of the workload before."""
    duration_s: float | None = None
    """None: until its job is done, or, where nobody waits for it, until the run ends."""
    wait: bool = False
    """Whether the next one waits until this one's job is done."""
    timeout_s: float = WAIT_S
    """How long to wait for its job."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Scale to 0, then to `replicas`, and wait until they are ready, before the run begins."""

    replicas: int
    timeout_s: float = 900.0
    pause_s: float = 0.0
    """Pause after that."""


@dataclass(frozen=True, slots=True)
class ExperimentSettings:
    """An experiment as its file has it. Lengths are in seconds."""

    path: Path
    source: bytes
    """The file, byte for byte."""
    name: str
    workloads: tuple[ExperimentWorkload, ...]
    parallel: bool
    description: str = ""
    mode: str = ""
    """One of MODES; empty: it does not matter."""
    namespace: str = ""
    controller_namespace: str = ""
    controller_prefix: str = ""
    deployment: str = ""
    model_name: str = ""
    interval_s: float = 5.0
    base_dir: str = "experiment-data"
    tail_s: float | None = TAIL_S
    """How long recording goes on after the last job; None: until the replicas have settled."""
    on_failure: str = "continue"
    """continue or stop."""
    grace_s: float = GRACE_S
    gap_s: float = 0.0
    """Pause between two workloads of a sequence."""
    reset: Reset | None = None
    hpa_manifest: Path | None = None
    warnings: tuple[str, ...] = ()
    """What is odd about the file, with file and line."""
