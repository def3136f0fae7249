"""Reads an experiment's file and reports all its faults at once, with file, key and line.

Both forms of the older shell runners are read unchanged: `workloads` with `job_manifest`, and the
HPA runner's `jobs` with `manifest`, `hpa` and `cooldown`. Paths of manifests are relative to the
file.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wvatui.config.settings import duration_s
from wvatui.errors import ConfigError
from wvatui.load.experiment.plan import (
    GRACE_S,
    MODES,
    TAIL_S,
    WAIT_S,
    ExperimentSettings,
    ExperimentWorkload,
    Reset,
    WorkloadManifest,
)
from wvatui.load.read.files import Document, manifest, parse
from wvatui.load.read.scalers import ScalerManifest, scaler_manifests

Where = tuple[str | int, ...]

KNOWN: dict[str, frozenset[str]] = {
    table: frozenset(keys.split())
    for table, keys in {
        "": "name description mode namespace controller_namespace controller_pod_prefix deployment"
        " model_name metrics workloads jobs output expected slo hpa cooldown tail_seconds"
        " on_failure grace_seconds reset apply",
        "workloads": "name description job_manifest wait_completion start_delay duration"
        " timeout_seconds",
        "jobs": "name description manifest start_delay duration timeout_seconds",
        "metrics": "interval log_level prometheus",
        "output": "base_dir save_raw_logs save_parsed_metrics save_logs save_metrics"
        " include_pod_logs include_events",
        "hpa": "enabled manifest",
        "cooldown": "enabled duration",
        "reset": "replicas timeout_seconds pause_seconds",
    }.items()
}
"""Keys by the table that holds them; the values under `expected` and `slo` are only for people."""
FOLDER = "experiment-configs"
SETTLED = "settled"
LAST = 1 << 30


def find_config(given: str) -> Path:
    """The file `given`; a bare name is looked up in experiment-configs/. Raises ConfigError."""
    path = Path(given)
    if path.is_file():
        return path
    folder = Path(FOLDER)
    for name in (given, f"{given}.yaml", f"{given}.yml"):
        if "/" not in given and (folder / name).is_file():
            return folder / name
    names = sorted(file.stem for file in folder.glob("*.y*ml"))
    raise ConfigError(
        f"{given}: there is no such experiment file",
        hint=f"in {FOLDER}/: {', '.join(names)}" if names else "",
    )


def read_experiment(path: Path) -> ExperimentSettings:
    """The experiment in the file at `path`. Raises ConfigError, which names every fault."""
    try:
        source = path.read_bytes()
        documents = parse(path, source.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: not UTF-8 text") from None
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise ConfigError(f"{path}:1: an experiment is one YAML mapping (name: …, workloads: …)")
    reader = _Reader(path, documents[0])
    experiment = reader.experiment(source)
    if reader.errors:
        raise ConfigError(_all(path, reader.errors))
    return experiment


def _all(path: Path, errors: list[str]) -> str:
    if len(errors) == 1:
        return errors[0]
    return f"{path}: {len(errors)} faults\n" + "\n".join(f"  {error}" for error in errors)


class _Reader:
    """Reads values from one document and collects its faults."""

    def __init__(self, path: Path, document: Document) -> None:
        self.path, self._document = path, document
        self._root: Mapping[str, Any] = document.value
        self._errors: list[tuple[int, str]] = []
        self.warnings: list[str] = []

    @property
    def errors(self) -> list[str]:
        """All faults in the order of the file's lines, followed by those of manifests."""
        return [words for _, words in sorted(self._errors, key=lambda fault: fault[0])]

    def experiment(self, source: bytes) -> ExperimentSettings:
        """The whole experiment; `errors` lists the values that could not be used."""
        self._check_keys()
        is_hpa = "jobs" in self._root and "workloads" not in self._root
        list_key = "jobs" if is_hpa else "workloads"
        mode = self._word("mode", default="hpa" if is_hpa else "", among=MODES)
        workloads, parallel = self._workloads(list_key)
        return ExperimentSettings(
            path=self.path,
            source=source,
            name=self._name(),
            workloads=workloads,
            parallel=parallel,
            description=self._text("description"),
            mode=mode,
            namespace=self._text("namespace"),
            controller_namespace=self._text("controller_namespace"),
            controller_prefix=self._text("controller_pod_prefix"),
            deployment=self._text("deployment"),
            model_name=self._text("model_name"),
            interval_s=self._seconds("metrics", "interval", default=5.0, least=0.1) or 5.0,
            base_dir=self._text("output", "base_dir") or "experiment-data",
            tail_s=self._tail(),
            on_failure=self._word("on_failure", default="continue", among=("continue", "stop")),
            grace_s=self._default("grace_seconds", GRACE_S),
            gap_s=30.0 if is_hpa and not parallel else 0.0,
            reset=self._reset(),
            scalers=self._scalers(),
            hpa_manifest=self._hpa(),
            warnings=tuple(self.warnings),
        )

    # --- the parts

    def _name(self) -> str:
        name = self._text("name")
        if not name:
            self._wrong(("name",), "an experiment needs a name")
        elif any(sign in name for sign in "/\\\0") or name in (".", "..") or name[0] == "-":
            self._wrong(("name",), f"{name!r} cannot be the name of a folder")
        return name

    def _workloads(self, key: str) -> tuple[tuple[ExperimentWorkload, ...], bool]:
        given = self._root.get(key)
        if not isinstance(given, list) or not given:
            self._wrong((key,), "an experiment needs a list of at least one workload")
            return (), False
        rows = [row if isinstance(row, dict) else {} for row in given]
        # The older runners: parallel as soon as any workload has a start delay.
        parallel = any("start_delay" in row for row in rows)
        workloads = []
        for number, row in enumerate(given):
            if isinstance(row, dict):
                workloads.append(self._workload(key, number, parallel))
            else:
                self._wrong((key, number), "a workload is a mapping (name: …)")
        if (
            workloads
            and all(workload.manifest.missing for workload in workloads)
            and not self.errors
        ):
            self._wrong((key,), "none of the job manifests is there")
        names = [workload.name for workload in workloads]
        for number, name in enumerate(names):
            if name and name in names[:number]:
                self._wrong((key, number, "name"), f"the name {name!r} is taken already")
        return tuple(workloads), parallel

    def _workload(self, key: str, number: int, parallel: bool) -> ExperimentWorkload:
        row = self._root[key][number]
        self._check_row(key, number, row)
        here: Where = (key, number)
        name = self._text(*here, "name") or f"{key.removesuffix('s')}-{number + 1}"
        wait = self._flag(*here, "wait_completion")
        length = self._seconds(*here, "duration", least=0.001)
        if length is None and parallel and not wait and "duration" not in row:
            words = "a workload with a start_delay needs a duration (or wait_completion: true)"
            self._wrong(here, words)
        elif not (parallel or length or wait or {"wait_completion", "duration"} & set(row)):
            self._wrong(here, "say wait_completion: true, or a duration in seconds")
        return ExperimentWorkload(
            name=name,
            manifest=self._manifest(here, "manifest" if key == "jobs" else "job_manifest"),
            description=self._text(*here, "description"),
            start_delay_s=self._seconds(*here, "start_delay") or 0.0,
            duration_s=length,
            wait=wait,
            timeout_s=self._seconds(*here, "timeout_seconds", least=0.001) or WAIT_S,
        )

    def _manifest(self, here: Where, key: str) -> WorkloadManifest:
        given = self._text(*here, key)
        if not given:
            self._wrong((*here, key), "a workload needs the path of its job's manifest")
            return WorkloadManifest(Path(), {})
        path = self.path.parent / given
        if not path.exists():
            self._odd((*here, key), f"{given}: there is no such file; this workload is skipped")
            return WorkloadManifest(path, {})
        try:
            document = manifest(path)
        except ConfigError as error:
            self._errors.append((LAST, error.message))
            return WorkloadManifest(path, {})
        if document.kind != "Job":
            words = f"kind {document.kind}: a workload is a Job"
            self._errors.append((LAST, f"{path}:{document.line}: {words}"))
        return WorkloadManifest(path, document.manifest, document.beside)

    def _tail(self) -> float | None:
        if "tail_seconds" in self._root:
            if self._root["tail_seconds"] == SETTLED:
                return None
            return self._default("tail_seconds", TAIL_S)
        if "cooldown" in self._root and self._flag("cooldown", "enabled", default=True):
            length = self._seconds("cooldown", "duration")
            return TAIL_S if length is None else length
        return 0.0 if "cooldown" in self._root else TAIL_S

    def _reset(self) -> Reset | None:
        given = self._root.get("reset")
        if given is None or given is False:
            return None
        if given is True:
            return Reset(1)
        if isinstance(given, int) and given > 0:
            return Reset(given)
        if not isinstance(given, dict):
            self._wrong(("reset",), "say a number of replicas, or a mapping (replicas: …)")
            return None
        replicas = given.get("replicas", 1)
        if isinstance(replicas, bool) or not isinstance(replicas, int) or replicas < 1:
            self._wrong(("reset", "replicas"), f"{replicas!r} is not a number of replicas")
            replicas = 1
        return Reset(
            replicas,
            timeout_s=self._seconds("reset", "timeout_seconds", least=1.0) or 900.0,
            pause_s=self._seconds("reset", "pause_seconds") or 0.0,
        )

    def _scalers(self) -> tuple[ScalerManifest, ...]:
        """The HPAs and ScaledObjects in the files under `apply`, which is one path or a list of
        them."""
        given = self._root.get("apply")
        rows: list[Where] = [("apply",)]
        if isinstance(given, list):
            rows = [("apply", number) for number in range(len(given))]
        scalers: list[ScalerManifest] = []
        for where in rows if given is not None else ():
            if not (path := self._text(*where)):
                self._wrong(where, "the path of a manifest is expected here")
                continue
            try:
                scalers += scaler_manifests(self.path.parent / path)
            except ConfigError as error:
                self._errors.append((LAST, error.message))
        own = self._text("namespace")
        for scaler in scalers:
            namespace = (scaler.body.get("metadata") or {}).get("namespace") or ""
            if own and namespace not in ("", own):
                words = f"{scaler}: namespace {namespace}: the experiment is in {own}"
                self._errors.append((LAST, f"{scaler.path}: {words}"))
        names = [str(scaler) for scaler in scalers]
        for name in {name for name in names if names.count(name) > 1}:
            self._wrong(("apply",), f"{name} is there twice")
        return tuple(scalers)

    def _hpa(self) -> Path | None:
        given = self._text("hpa", "manifest")
        return self.path.parent / given if given and self._flag("hpa", "enabled") else None

    # --- values

    def _at(self, where: Where) -> Any:
        value: Any = self._root
        for step in where:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def _text(self, *where: str | int) -> str:
        value = self._at(where)
        if value is None:
            return ""
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value).strip()
        self._wrong(where, "text is expected here")
        return ""

    def _word(self, key: str, *, default: str, among: tuple[str, ...]) -> str:
        value = self._text(key) or default
        if value and value not in among:
            self._wrong((key,), f"{value!r} is none of {', '.join(among)}")
        return value

    def _flag(self, *where: str | int, default: bool = False) -> bool:
        value = self._at(where)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        self._wrong(where, f"{value!r} is neither true nor false")
        return default

    def _default(self, key: str, default: float) -> float:
        value = self._seconds(key)
        return default if value is None else value

    def _seconds(
        self, *where: str | int, default: float | None = None, least: float = 0.0
    ) -> float | None:
        value = self._at(where)
        if value is None:
            return default
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise ValueError(f"{value!r} is not a number of seconds")
            seconds = duration_s(value) if isinstance(value, str) else float(value)
            if not math.isfinite(seconds) or not least <= seconds < 1e7:
                raise ValueError(f"{value!r} is not a possible number of seconds here")
        except ValueError as error:
            self._wrong(where, str(error))
            return default
        return seconds

    # --- what is wrong

    def _place(self, where: Where) -> str:
        dotted = ".".join(str(step + 1) if isinstance(step, int) else step for step in where)
        return f"{self._document.place(*where)}: {dotted}"

    def _wrong(self, where: Where, words: str) -> None:
        line = int(self._document.place(*where).rpartition(":")[2])
        self._errors.append((line, f"{self._place(where)}: {words}"))

    def _odd(self, where: Where, words: str) -> None:
        self.warnings.append(f"{self._place(where)}: {words}")

    def _check_keys(self) -> None:
        for table, known in KNOWN.items():
            settings = self._root if not table else self._root.get(table)
            if table in ("workloads", "jobs"):
                continue
            if isinstance(settings, dict):
                self._unknown((table,) if table else (), settings, known)
            elif settings is not None and table in ("metrics", "output", "hpa", "cooldown"):
                self._wrong((table,), "a mapping is expected here")

    def _check_row(self, key: str, number: int, row: Mapping[str, Any]) -> None:
        self._unknown((key, number), row, KNOWN[key])

    def _unknown(self, where: Where, settings: Mapping[str, Any], known: frozenset[str]) -> None:
        for key in settings:
            if str(key) not in known:
                self._odd((*where, str(key)), "not known here, and not read")
