"""The codec: what it writes, it reads back unchanged."""

import math
from functools import cache
from typing import Any, Literal, get_type_hints, is_typeddict

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wvatui.core import events as ev
from wvatui.core.events.codec import DamagedLine, decode, decode_all, encode
from wvatui.core.label_selector import Requirement
from wvatui.core.lines import MOMENT_LIMIT
from wvatui.core.ranges import COUNT_LIMIT

AT = st.floats(0, 4e9, allow_nan=False)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
ANY_TEXT = st.text(max_size=20)
RAW = st.one_of(
    st.just(ev.NO_HISTOGRAM),
    st.lists(st.integers(0, 99), min_size=3, max_size=6).map(
        lambda values: msgspec.Raw(msgspec.json.encode(values))
    ),
)


def of_type(kind: Any, text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """A strategy for values of an annotated type, as hostile as the type allows."""
    if kind is msgspec.Raw:
        return RAW
    if kind is str:
        return text
    if hasattr(kind, "__metadata__"):
        low, high = limits(kind)
        if kind.__origin__ is int:
            return st.integers(int(low), int(high))
        if kind.__origin__ is float:
            return st.floats(low, high, exclude_max=high == MOMENT_LIMIT)
        return st.from_regex(kind.__metadata__[0].pattern, fullmatch=True)
    if is_typeddict(kind):
        hints = get_type_hints(kind, include_extras=True)
        values = {name: of_type(hint, text) for name, hint in hints.items()}
        optional = {name: values.pop(name) for name in kind.__optional_keys__}
        return st.fixed_dictionaries(values, optional=optional)
    args = getattr(kind, "__args__", ())
    origin = getattr(kind, "__origin__", None)
    if origin is Literal:
        return st.sampled_from(args)
    if origin is list:
        return st.lists(of_type(args[0], text), max_size=2)
    if origin is dict:
        value = st.recursive(st.one_of(st.none(), st.integers(0, 9)), st.lists, max_leaves=3)
        return st.dictionaries(
            text, value if args[1] is Any else of_type(args[1], text), max_size=2
        )
    if origin is tuple:
        if args[-1] is Ellipsis:
            return st.lists(of_type(args[0], text), max_size=2).map(tuple)
        return st.tuples(*(of_type(arg, text) for arg in args))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return structs(kind, text)
    if args:
        return st.one_of([of_type(arg, text) for arg in args])
    return st.from_type(kind)


def limits(kind: Any) -> tuple[float, float]:
    """The least and the greatest that a ranged number may be."""
    (meta,) = kind.__metadata__
    return meta.ge, meta.lt if meta.le is None else meta.le


@cache
def structs(kind: type[Any], text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Structs of one kind, every field filled or left at its default."""
    required, optional = {}, {}
    for info in msgspec.inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        values = of_type(HINTS[kind][info.name], text)
        (required if info.required else optional)[info.name] = values
    return st.fixed_dictionaries(required, optional=optional).map(lambda kw: kind(**kw))


KINDS: tuple[type[Any], ...] = (
    *ev.EVENTS,
    ev.Condition,
    ev.EngineEndpoint,
    ev.MetricStatus,
    ev.RankScrape,
    ev.RankEngine,
    ev.Lora,
    ev.Stage,
    ev.PlannedStage,
    ev.FailedAttempt,
    Requirement,
)
HINTS = {kind: get_type_hints(kind, include_extras=True) for kind in KINDS}


def all_events(text: st.SearchStrategy[str]) -> st.SearchStrategy[ev.Event]:
    kinds = st.sampled_from([kind for kind in ev.EVENTS if kind is not ev.Unknown])
    return kinds.flatmap(lambda kind: structs(kind, text))


def bare(hint: Any) -> set[Any]:
    """The types that a field may have, without their bounds."""
    args = getattr(hint, "__args__", ())
    if hasattr(hint, "__metadata__"):
        return bare(hint.__origin__)
    return set().union(*map(bare, args)) if type(None) in args else {hint}


@given(all_events(TEXT))
def test_what_is_written_reads_back_as_the_same_event(event: ev.Event) -> None:
    line = encode(event)
    assert b"\n" not in line
    assert decode(line) == event
    assert encode(decode(line)) == line


@given(all_events(ANY_TEXT), st.sampled_from([math.nan, math.inf, -math.inf, 1e20, -1e308]))
@example(ev.Scrape(0.0, pod="", bad=COUNT_LIMIT), math.nan)
def test_no_value_can_make_a_line_that_cannot_be_read(event: ev.Event, odd: float) -> None:
    floats = [name for name, hint in HINTS[type(event)].items() if float in bare(hint)]
    hostile = msgspec.structs.replace(event, **dict.fromkeys(floats, odd))
    line = encode(hostile)
    again = decode(line)
    assert encode(again) == line


@pytest.mark.parametrize("kind", [kind for kind in ev.EVENTS if kind is not ev.Unknown])
def test_every_kind_has_a_line_of_its_own_tag(kind: type[ev.Event]) -> None:
    tag = kind.__struct_config__.tag
    required = {f.name: "x" for f in msgspec.structs.fields(kind) if f.required}
    required |= {name: 1.0 for name in ("at", "since", "until") if name in required}  # type: ignore[misc]
    required |= {name: 1 for name in ("id", "pods", "answered") if name in required}  # type: ignore[misc]
    required |= {"le": (0.1,)} if "le" in required else {}  # type: ignore[dict-item]
    line = encode(kind(**required))  # type: ignore[arg-type]
    assert f'"k":"{tag}"'.encode() in line
    assert type(decode(line)) is kind


def test_a_number_that_is_none_is_left_out_and_counted() -> None:
    line = encode(ev.Scrape(1.0, pod="p", kv=math.nan, running=3))
    assert b"null" not in line
    assert decode(line) == ev.Scrape(1.0, pod="p", running=3, bad=1)


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert decode(encode(ev.Log(1.0, line="a\ud800b"))) == ev.Log(1.0, line="a\ufffdb")
    config = ev.Config(1.0, name="n", namespace="x", data={"k\udfff": "v\udc00"})
    assert decode(encode(config)).data == {"k\ufffd": "v\ufffd"}  # type: ignore[attr-defined]


def test_text_is_cleaned_however_deep_it_stands() -> None:
    job = ev.Job(1.0, name="j", namespace="ns", stages=(ev.Stage(0.0, 9.0, 2.5, "warm\ud800"),))
    assert decode(encode(job)) == msgspec.structs.replace(
        job, stages=(ev.Stage(0.0, 9.0, 2.5, "warm\ufffd"),)
    )
    policy = {"type": "Pods", "value": 2, "periodSeconds": 60}
    behavior: Any = {"scaleUp": {"policies": [policy | {"later\ud800": "\udc00"}]}}
    hpa = ev.Autoscaler(1.0, name="h", namespace="ns", behavior=behavior)
    assert b'"later\xef\xbf\xbd":"\xef\xbf\xbd"' in encode(hpa)
    assert decode(encode(hpa)).behavior == {"scaleUp": {"policies": [policy]}}  # type: ignore[attr-defined]


def test_a_histogram_that_is_empty_bytes_is_absent() -> None:
    scrape = ev.Scrape(1.0, pod="p", ttft=msgspec.Raw(b"\x00"[:0]), itl=msgspec.Raw(b""))
    assert decode(encode(scrape)) == ev.Scrape(1.0, pod="p")


@given(TEXT.filter(lambda kind: kind not in {k.__struct_config__.tag for k in ev.EVENTS}), AT)
def test_a_kind_of_a_later_version_is_kept_as_it_came(kind: str, at: float) -> None:
    line = msgspec.json.encode({"later": [1, {"x": None}], "at": at, "k": kind})
    event = decode(line)
    assert event == ev.Unknown(at, kind=kind, raw=line.decode())
    assert encode(event) == line
    assert decode(memoryview(line)) == event


def test_fields_of_a_later_version_are_ignored() -> None:
    assert decode(b'{"k":"mark","at":2.5,"note":"n","colour":{"r":1}}') == ev.Mark(2.5, note="n")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"null",
        b"[1,2]",
        b'{"k":"tick"}',
        b'{"at":1.0}',
        b'{"k":"tick","at":"yesterday"}',
        b'{"k":"log","at":1.0}',
        b'{"k":"log","at":1.0,"line":"cut in the mid',
        b'{"k":"log","at":1.0,"line":"\xff\xfe"}',
        b'{"k":"later","at":1.0,"x":"\xff"}',
        b'{"k":"later"}',
        b'{"k":"hpa","at":1.0,"name":"n","namespace":"x","behavior":'
        + b'{"a":' * 100_000
        + b"1"
        + b"}" * 100_001,
    ],
)
def test_a_damaged_line_says_what_is_wrong(line: bytes) -> None:
    with pytest.raises(DamagedLine) as caught:
        decode(line)
    assert caught.value.reason


@given(st.binary(max_size=60))
def test_any_bytes_are_an_event_or_a_damaged_line(line: bytes) -> None:
    try:
        event = decode(line)
    except DamagedLine:
        return
    assert isinstance(event, ev.Event)


def numbers_of(kind: Any) -> set[Any]:
    """The unbounded number types in a hint, at any depth."""
    if hasattr(kind, "__metadata__"):
        return set() if kind.__origin__ in (int, float) else numbers_of(kind.__origin__)
    if kind in (int, float):
        return {kind}
    return set().union(*map(numbers_of, getattr(kind, "__args__", ())))


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_of_an_event_has_its_range(kind: type[Any]) -> None:
    assert {name: found for name, hint in HINTS[kind].items() if (found := numbers_of(hint))} == {}


@pytest.mark.parametrize(
    "line",
    [
        b'{"k":"tick","at":1e15}',
        b'{"k":"tick","at":-1}',
        b'{"k":"from-the-future","at":1e308}',
        b'{"k":"workload","at":1,"kind":"Deployment","name":"n","namespace":"x","spec":1e15}',
        b'{"k":"workload","at":1,"kind":"Deployment","name":"n","namespace":"x","spec":2147483648}',
        b'{"k":"s","at":1,"p":"p","w":-1}',
        b'{"k":"s","at":1,"p":"p","kv":1e308}',
        b'{"k":"s","at":1,"p":"p","pt":' + b"9" * 400 + b"}",
        b'{"k":"bounds","at":1,"id":0,"le":[0.1,-1e300]}',
        b'{"k":"pod","at":1,"name":"n","namespace":"x","phase":1,"labels":'
        + b'{"a":' * 3_000
        + b"0"
        + b"}" * 3_001,
    ],
)
def test_a_number_out_of_range_or_a_deep_nest_is_a_damaged_line(line: bytes) -> None:
    with pytest.raises(DamagedLine):
        decode(line)


def test_a_number_out_of_range_is_not_written() -> None:
    assert decode(encode(ev.Scrape(1.0, pod="p", prompt_tokens=2**70, running=3))) == ev.Scrape(
        1.0, pod="p", running=3, bad=1
    )
    asked = ev.Workload(1.0, kind="Deployment", name="n", namespace="x", spec=2**40, ready=2)
    assert decode(encode(asked)) == msgspec.structs.replace(asked, spec=None)


def test_many_lines_are_read_as_each_of_them_is() -> None:
    events = [ev.Tick(1.0), ev.Mark(2.0, note="warm"), ev.Scrape(3.0, pod="p", kv=0.5)]
    lines = [encode(event) for event in events]
    assert decode_all(lines) == events
    assert decode_all([*lines, b"{"]) is None


def test_a_damaged_line_is_worded_as_its_reason() -> None:
    assert str(DamagedLine("no JSON")) == "no JSON"


def test_what_is_clean_beside_something_that_is_not_stays() -> None:
    event = ev.Scrape(5.0, pod="p\ud800", kv=0.5, running=3, success={"stop\ud800": 4})
    assert decode(encode(event)) == ev.Scrape(
        5.0, pod="p\ufffd", kv=0.5, running=3, success={"stop\ufffd": 4}
    )
    bounds = ev.Bounds(1.0, id=1, le=(0.1, math.nan, 1.0))
    assert decode(encode(bounds)) == ev.Bounds(1.0, id=1, le=(0.1, 1.0))
