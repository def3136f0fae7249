"""Settings that were not the same in all runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from wvatui.analysis.compare.figures import RunHead


@dataclass(frozen=True, slots=True)
class SettingDifference:
    """One setting that differs. `values`: by run; None: unknown there."""

    section: str
    """threshold, controller, scaler, image, engine or load."""
    name: str
    values: tuple[str | None, ...]


def differences(runs: Sequence[RunHead]) -> tuple[SettingDifference, ...]:
    """Every setting that is not the same in all runs, section by section."""
    known = [run.settings for run in runs]
    keys = dict.fromkeys(key for settings in known for key in settings)
    rows = [SettingDifference(*key, tuple(settings.get(key) for settings in known)) for key in keys]
    return tuple(row for row in rows if len(set(row.values)) > 1)
