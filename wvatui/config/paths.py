"""Where wvatui keeps things: XDG folders for its files, themes and recordings that come with it."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def _xdg(variable: str, fallback: str) -> Path:
    value = os.environ.get(variable, "")
    # The XDG base directory specification says to ignore a relative value.
    base = Path(value) if value.startswith("/") else Path.home() / fallback
    return base / "wvatui"


def config_file() -> Path:
    """The configuration file, whether it exists or not."""
    return _xdg("XDG_CONFIG_HOME", ".config") / "config.toml"


def user_themes() -> Path:
    """The folder into which users drop themes of their own."""
    return _xdg("XDG_CONFIG_HOME", ".config") / "themes"


def sessions_dir() -> Path:
    """Where sessions are recorded by default."""
    return _xdg("XDG_STATE_HOME", ".local/state") / "sessions"


def recent_loads() -> Path:
    """The file that remembers which load was launched last."""
    return _xdg("XDG_STATE_HOME", ".local/state") / "recent-loads.json"


def shipped(folder: str) -> Path:
    """A folder that comes with wvatui (`themes`, `recordings`): inside the wheel, or beside the
    package in a checkout."""
    inside = _PACKAGE / folder
    return inside if inside.is_dir() else _PACKAGE.parent / folder
