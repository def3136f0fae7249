"""Envelopes of lines whose characters were changed by copying: through web pages, terminals, word
processors or `cat -v`, or as literals of Python and YAML.

Where tabs became spaces,

    2026-05-01T10:00:00Z    INFO    actuator/actuator.go:89 EmitReplicaMetrics completed    {"…": 1}

each part is recognised by its form, not by the number of spaces: a tab one column before the next
tab stop becomes a single space.
"""

import re
import warnings
from ast import literal_eval
from collections.abc import Callable
from html import unescape
from itertools import islice
from quopri import decodestring

from wvatui.core.log.envelopes.envelope import (
    STAMP,
    EachLine,
    Envelope,
    Inner,
    Inners,
    Opener,
    begun_by,
    each_line,
    lines_of,
)
from wvatui.core.log.envelopes.json_object import one_line
from wvatui.core.log.reading import load

_ENTITY = re.compile(r"&(?:quot|amp|lt|gt|apos|nbsp|#\d{1,6}|#[xX][0-9a-fA-F]{1,5});")
_TAG = re.compile(
    r"</?(?:html|head|body|pre|code|samp|div|span|p|br|ol|ul|li|table|tbody|tr|td|a|b|i|font"
    r"|details|summary)(?:\s[^<>]{0,500})?/?>"
)
_TYPESET = str.maketrans({**dict.fromkeys("“”„‟″", '"'), **dict.fromkeys("‘’‚‛", "'")})
_WRITTEN_OUT = re.compile(
    r"(?:\^\[|ESC|␛|\\u001[bB]|\\x1[bB]|\\033|\\e|#033)\[[0-9;]{0,20}[mK]"
    r"|\[(?:0|[0-9;]{2,20})m(?![\]:])"
)
_TABS_OUT = re.compile(r"\dZ\\t[A-Za-z]+(?:\(-\d+\))?\\t|(?:^|\t)\\t/\S")
"""Tabs as `jq`'s `@tsv` writes them."""
_BORDER = re.compile(r"(?:\s{2,})?[│┃]$")
_LAST_COLUMN = re.compile(r"\t1\d{12}$")
_HEAD = re.compile(
    rf"((?:{STAMP} )?)({STAMP}|\d{{10}}\.\d+|\d\.\d+e\+\d\d) +([A-Za-z]+(?:\(-\d+\))?) +(?=\S)"
)
_CALLER = re.compile(r"(?:(\S+) +)?([\w./@-]+\.go:\d+) +")
_LOGGER = re.compile(r"([\w./-]+) {2,}(?=\S)")
_GAPS = 20
"""How many places are tried at which the fields may begin."""
_FIELDS = re.compile(r' +(?=\{(?:"|\}))')


def single(line: str) -> Inners | None:
    """The line with its tabs restored; None: it is no such line, or still has its tabs."""
    line = line.replace("\xa0", " ")
    match = _HEAD.match(line)
    if match is None:
        return None
    outer, at, level = match.groups()
    rest = line[match.end() :].rstrip(" ")
    parts = [at, level]
    named = _CALLER.match(rest)
    if named is not None:
        parts += [part for part in named.groups() if part]
    else:
        named = _LOGGER.match(rest)
        parts += [named[1]] if named is not None else []
    rest = rest[named.end() :] if named is not None else rest
    return (Inner(outer + "\t".join([*parts, *_message_and_fields(rest)])),)


def _message_and_fields(text: str) -> tuple[str, ...]:
    """(message, fields); the fields are the JSON object at the end, or its start in a cut line."""
    gaps = list(islice(_FIELDS.finditer(text), _GAPS))
    for gap in gaps:
        if text.endswith("}") and isinstance(load(text[gap.end() :]), dict):
            return text[: gap.start()], text[gap.end() :]
    for gap in gaps[:1]:
        if not text.endswith("}"):
            return text[: gap.start()], text[gap.end() :]
    return (text,)


LOST_TABS = each_line("tabs became spaces", single)._replace(tells_more=True)


def _from_html(line: str) -> Inners | None:
    """A line without HTML's tags and entities; empty: it has only tags."""
    bare = _TAG.sub("", line)
    text = _ENTITY.sub(lambda match: unescape(match[0]), bare).replace("\xa0", " ")
    if text == line:
        return None
    return lines_of(text) if bare.strip() else ()


def _changed(change: Callable[[str], str]) -> Callable[[str], Inners | None]:
    """A function that unwraps a line with `change`; it gives None where that changes nothing."""

    def single(line: str) -> Inners | None:
        text = change(line)
        return None if text == line else (Inner(text),)

    return single


def _from_written_out(line: str) -> str:
    """A line without colour codes written out as text, with the tabs and ends of `cat -A`
    restored."""
    text = _WRITTEN_OUT.sub("", line).replace("^I", "\t")
    if _TABS_OUT.search(text):
        text = text.replace("\\t", "\t")
    return text.removesuffix("$").removesuffix("^M")


def _without_end(line: str) -> str:
    """A line without the backtick that ends a quotation, and without the time that `aws logs …
    --output text` puts into its last column."""
    text = _LAST_COLUMN.sub("", line)
    if text.endswith("`") and text.count("`") % 2:
        return text[:-1]
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "`" else text


def _some_line(name: str, single: Callable[[str], Inners | None]) -> Envelope:
    """The row of one kind of copying; accepted only where more lines are recognised without it."""
    return Envelope(name, begun_by(single, lambda: EachLine(single)), tells_more=True)


_LITERAL = re.compile(r"""[bBuU]?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_BETWEEN = re.compile(r"\s*(,?)\s*")
_PYTHON = re.compile(r"\s*(?:[\[(]\s*)?(?:[bBuU]?'|[bB]\"|\{')")
LITERAL_CHARS = 1 << 20
"""Characters of a mapping; longer ones are left unchanged."""


class _PythonTexts(Opener):
    """Reads texts, bytes, lists and mappings as `print` and `pprint` of Python write them."""

    def __init__(self) -> None:
        self._held = ""
        """A text that may continue on the next line, since `pprint` breaks long ones."""
        self._in_brackets = False

    def feed(self, line: str) -> Inners | None:
        text = line.strip()
        if text.startswith("{'") and text.rstrip(",").endswith("}"):
            value = _read(text.rstrip(",")) if len(text) < LITERAL_CHARS else None
            return (*self.end(), Inner(_as_json(value))) if isinstance(value, dict) else None
        if text.startswith("[{'") and text.endswith("]"):
            values = _read(text) if len(text) < LITERAL_CHARS else None
            if isinstance(values, list) and all(isinstance(value, dict) for value in values):
                return (*self.end(), *(Inner(_as_json(value)) for value in values))
        bare = text.lstrip("[( ").rstrip("]) ,")
        texts = _texts(bare) if bare else []
        if texts is None:
            return None
        self._in_brackets |= text[:1] in ("[", "(")
        if texts:
            texts[0] = self._held + texts[0]
            self._held = texts.pop() if self._in_brackets and text.endswith(bare) else ""
        self._in_brackets &= not text.rstrip(",").endswith(("]", ")"))
        return tuple(inner for item in texts for inner in lines_of(item))

    def end(self) -> Inners:
        held, self._held = self._held, ""
        return lines_of(held) if held else ()


def _texts(text: str) -> list[str] | None:
    """The text literals in `text`, separated by commas; adjacent ones are joined."""
    texts: list[str] = []
    at, joined = 0, False
    while at < len(text):
        literal = _LITERAL.match(text, at)
        value = _read(literal[0]) if literal is not None else None
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if literal is None or not isinstance(value, str):
            return None
        if joined:
            texts[-1] += value
        else:
            texts.append(value)
        between = _BETWEEN.match(text, literal.end())
        at, joined = (between.end(), not between[1]) if between else (literal.end(), False)
    return texts or None


def _read(literal: str) -> object:
    """The value of a Python literal; None: `text` is no literal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about escapes that a later Python will refuse
        try:
            return literal_eval(literal)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return None


def _as_json(value: dict[object, object]) -> str:
    """A mapping as the JSON line that it came from; empty where it cannot have been one."""
    try:
        return one_line({str(key): item for key, item in value.items()})
    except (TypeError, ValueError):
        return ""


PYTHON_TEXTS = Envelope("Python texts", begun_by(_PYTHON.match, _PythonTexts), tells_more=True)


_ITEM = re.compile(r"""\s*-\s+(?:['"]|[|>][-+\d]*\s*$|[\w.@/-]+:(?:\s|$))""")
_KEY = re.compile(r"[\w.@/-]+:(?:\s.*)?$|---\s*$|\.\.\.\s*$")
"""A line of YAML in front of a list or right behind it, and the marks around a document."""


class _YamlItems(Opener):
    """Reads the items of a list in YAML: texts, also those that were folded, and objects."""

    def __init__(self) -> None:
        self._item: list[str] = []
        self._indent: int | None = None
        """Indentation of the list; None: it has not begun."""

    def feed(self, line: str) -> Inners | None:
        indent = len(line) - len(line.lstrip(" "))
        if self._indent is None:
            if _KEY.match(line):
                return ()
            if not _ITEM.match(line):
                return None
            self._indent = indent
        elif self._item and (indent > self._indent or not line.strip()):
            self._item.append(line)
            return ()
        before = self.end()
        if indent == self._indent and line.startswith("- ", indent):
            self._item = [line]
            return before
        if before:
            return before if _KEY.match(line) else (*before, Inner(line))
        return None

    def end(self) -> Inners:
        item, self._item = self._item, []
        return _yaml_item("\n".join(item)) if item else ()


def _yaml_item(text: str) -> Inners:
    """The lines of one item; its text unchanged where it is no YAML."""
    import yaml

    try:
        (value,) = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return lines_of(text)
    if isinstance(value, str):
        return lines_of(value)
    return (Inner(_as_json(value)),) if isinstance(value, dict) else lines_of(text)


YAML_LIST = Envelope("a list in YAML", begun_by(_ITEM.match, _YamlItems), tells_more=True)

_LOGFMT = re.compile(r"""(?:^|\s)(?:msg|message|log|line)=("(?:[^"\\]|\\.)*")(?=\s|$)""")


def _logfmt(line: str) -> Inners | None:
    """The message of `key=value key="value"`, as logrus and collectors write it."""
    match = _LOGFMT.search(line)
    text = load(match[1]) if match is not None else None
    return lines_of(text) if isinstance(text, str) else None


LOGFMT = each_line("logfmt", _logfmt)._replace(tells_more=True)
_QUOTED_PRINTABLE = re.compile(r"=(?:3D|[0-9A-F]{2}|$)")


class _MailLines(Opener):
    """Joins lines of a mail in quoted-printable: broken with `=` at the end, bytes escaped."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, line: str) -> Inners | None:
        text = line.rstrip()
        if text.endswith("="):
            self._held += text[:-1]
            return ()
        if not self._held and not _QUOTED_PRINTABLE.search(line):
            return None
        held, self._held = self._held, ""
        return lines_of(decodestring((held + line).encode()).decode("utf-8", "replace"))

    def end(self) -> Inners:
        held, self._held = self._held, ""
        return lines_of(held) if held else ()


MAIL = Envelope(
    "a mail (quoted-printable)",
    begun_by(lambda line: line.rstrip().endswith("="), _MailLines),
    tells_more=True,
)

COPIED: tuple[Envelope, ...] = (
    _some_line("HTML", _from_html)._replace(single=_from_html),
    _some_line("typographic quotes", _changed(lambda line: line.translate(_TYPESET))),
    _some_line("control characters written out", _changed(_from_written_out)),
    _some_line("the border of a pane", _changed(lambda line: _BORDER.sub("", line.rstrip()))),
    _some_line("marks around the lines", _changed(_without_end)),
    PYTHON_TEXTS,
    YAML_LIST,
    LOGFMT,
    MAIL,
)
"""Envelopes of lines whose characters are not those that the controller wrote."""
