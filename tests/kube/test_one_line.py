"""Foreign text as one line: short, safe to draw, without secrets, in linear time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wvatui.kube.answers import TEXT_LIMIT, error_of, lacking, one_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n b\r\n\tc", "a b c"),
        ("Authorization: Basic bWU6czNjcmV0", "Authorization: Basic ***"),
        ("password=hunter22 is wrong", "password=*** is wrong"),
        ("https://me:pw@h/x", "https://***@h/x"),
        ("-----BEGIN KEY-----\nabc\n-----END KEY----- no", "*** no"),
        ('pods "token-reader" not found', 'pods "token-reader" not found'),
        ("secrets is forbidden", "secrets is forbidden"),
        ("the token has expired", "the token has expired"),
    ],
)
def test_what_looks_like_a_credential_is_hidden_and_nothing_else(text: str, expected: str) -> None:
    assert one_line(text) == expected


@given(st.text(), st.text(min_size=4).filter(lambda secret: secret.strip() == secret))
def test_a_known_secret_never_stands_in_a_line(text: str, secret: str) -> None:
    line = one_line(f"{text}{secret}{text}", [secret])
    assert "\n" not in line
    assert len(line) <= TEXT_LIMIT
    if "*" not in secret and secret not in one_line(f"{text}***{text}"):
        assert secret not in line


@pytest.mark.parametrize(
    "hostile",
    [
        "x" * 300_000,
        "token" * 60_000,
        "<title>" * 40_000,
        "<script" * 40_000,
        "://" * 90_000,
        "-----BEGIN " * 30_000,
        "\x1b[2J" * 60_000,
    ],
)
def test_a_long_hostile_answer_is_soon_read(hostile: str) -> None:
    begun = time.process_time()
    error = error_of(502, hostile.encode())
    assert time.process_time() - begun < 5.0  # with quadratic time it would take minutes
    assert "\x1b" not in error.message


def test_the_missing_right_is_read_out_of_a_refusal() -> None:
    said = 'pods "a" is forbidden: User "v" cannot get resource "pods/proxy" in API group "" in'
    assert lacking(said) == ("get", "pods/proxy")
    said = 'x is forbidden: User "v" cannot list resource "scaledobjects" in API group "keda.sh"'
    assert lacking(said) == ("list", "scaledobjects.keda.sh")
    assert lacking("403 Forbidden") is None
