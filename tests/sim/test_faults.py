"""Planned faults: the requests that each affects, and when it ends."""

import pytest

from wvatui.sim.faults import KINDS, Fault, Faults, from_mapping, parse


def hits(fault: Fault, count: int, path: str = "/api/v1/pods", now: float = 0.0) -> list[int]:
    """The numbers, from 1, of those of `count` requests that the fault affects."""
    return [n for n in range(1, count + 1) if fault.strikes("GET", path, now)]


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({}, [1]),
        ({"nth": 3}, [3]),
        ({"times": 2}, [1, 2]),
        ({"nth": 2, "every": 3, "times": None}, [2, 5, 8]),
        ({"nth": 2, "every": 3, "times": 2}, [2, 5]),
        ({"times": None}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ],
)
def test_a_fault_counts_the_requests_it_is_about(more: dict[str, int], wanted: list[int]) -> None:
    assert hits(Fault("500", **more), 9) == wanted


def test_a_fault_chooses_by_path_query_method_and_time() -> None:
    fault = Fault("500", path=r"/log\?.*follow", method="get", times=None, until=100.0)
    assert not fault.strikes("GET", "/pods/a/log", 0.0)
    assert not fault.strikes("POST", "/pods/a/log?follow=true", 0.0)
    assert fault.strikes("GET", "/pods/a/log?follow=true", 99.0)
    assert not fault.strikes("GET", "/pods/a/log?follow=true", 100.0)
    assert (fault.seen, fault.hits) == (1, 1)


def test_the_first_fault_that_strikes_is_the_one_that_happens() -> None:
    plan = Faults()
    once, always = plan.add(Fault("429")), plan.add(Fault("500", times=None))
    kinds = [struck.kind for _ in range(3) if (struck := plan.strike("GET", "/", 0.0))]
    assert kinds == ["429", "500", "500"]
    plan.remove(always)
    assert plan.strike("GET", "/", 0.0) is None
    assert [told["hits"] for told in plan.told()] == [once.hits]
    plan.clear()
    assert plan.told() == []


def test_a_fault_is_read_from_the_command_line() -> None:
    assert parse("500") == Fault("500")
    assert parse("eof,path=/log,after_bytes=900,times=always") == Fault(
        "eof", path="/log", after_bytes=900, times=None
    )
    assert parse(r"slow,path=a{1\,2},bytes_per_s=10.5") == Fault(
        "slow", path="a{1,2}", bytes_per_s=10.5
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("earthquake", "no such fault: earthquake; there are 401"),
        ("500,path=(", "fault path"),
        ("500,nth=0", "count from 1"),
        ("slow,bytes_per_s=0", "above 0"),
        ("500,nth=few", "few"),
        ("500,colour=red", "no 'colour'"),
        ("500,path", "expected key=value"),
    ],
)
def test_a_fault_that_cannot_be_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse(text)
    assert said in str(caught.value)


def test_a_fault_without_a_kind_is_none() -> None:
    with pytest.raises(ValueError, match="needs its kind"):
        from_mapping({"path": "/"})


def test_the_kinds_that_the_text_describes_are_the_kinds_that_there_are() -> None:
    import wvatui.sim.faults as module

    described = (module.__doc__ or "").partition("\n\n")[2].split()
    assert set(KINDS) <= set(described)
