"""Changes one setting of the configuration file and leaves everything else in it as it was."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wvatui.config.settings import read_file
from wvatui.config.toml_lines import TomlPlace
from wvatui.config.ui_settings import problems
from wvatui.errors import ConfigError, WvatuiError
from wvatui.host import private


def keep(path: Path, place: TomlPlace, value: Sequence[str]) -> bool:
    """Set the key at `place`, or remove it for an empty value; returns whether the file changed.

    Comments outside of the value, order and the file's mode stay; a file that does not exist is
    created, a table that becomes empty goes. Raises ConfigError, with the line, where something is
    wrong in the file, UsageError or OutputError where it cannot be read or written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    with private.told(path):
        content = path.read_bytes() if path.exists() else b""
        mode = path.stat().st_mode if content else None
    file = read_file(path)
    for problem in problems(file):
        raise problem.error(path)
    *above, name = place
    wrong = ConfigError(f"{path}: [{'.'.join(above)}] cannot be changed", hint="edit the file")
    try:
        document = tomlkit.parse(content.decode())
        table: Any = document
        for part in above:
            if part not in table and not value:
                return False
            table = table.setdefault(part, tomlkit.table(is_super_table=part != above[-1]))
        if list(table.get(name, ())) == list(value):
            return False
        if not value:
            _remove(document, place)
        else:
            table[name] = list(value)
        changed = tomlkit.dumps(document)
        if (_at(tomllib.loads(changed), place) or []) != list(value):
            raise wrong
    except (TOMLKitError, ValueError, TypeError, AttributeError):
        raise wrong from None
    with private.told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        private.write(path, changed)
        if mode is not None:
            path.resolve().chmod(mode & 0o777)
    return True


def _remove(table: Any, place: TomlPlace) -> None:
    """Remove a key, and a table that is left with nothing in it, not even a comment."""
    name, *below = place
    if below:
        _remove(table[name], tuple(below))
        inner = table[name]
        if len(inner) or inner.as_string().strip(" \t\r\n{}") or inner.trivia.comment:
            return
        if len(below) > 1 and not inner.is_super_table():  # the user's own heading
            return
    del table[name]


def keep_in_words(path: Path, place: TomlPlace, value: Sequence[str]) -> str:
    """`keep`, and where the setting holds from now on, in words for a message."""
    try:
        return f"kept in {path}" if keep(path, place, value) else ""
    except WvatuiError as error:
        return f"for this session: {error.message}"


def _at(data: object, place: TomlPlace) -> object:
    for part in place:
        data = data.get(part) if isinstance(data, dict) else None
    return data
