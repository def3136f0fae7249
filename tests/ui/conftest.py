"""Makes the hundreds of apps that these tests run cheap: what Textual computes anew for each is
kept, and keys do not wait for the clock. Nor does a message leave before a test has read it."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from tests.waiting import until_quiet


@pytest.fixture(scope="session", autouse=True)
def _cheap_apps() -> Iterator[None]:
    parse, kept = Stylesheet._parse_rules, dict[object, list[RuleSet]]()

    def parsed(sheet: Stylesheet, *given: Any, **named: Any) -> list[RuleSet]:
        key = (given, *named.items(), *sheet._variables.items())
        if key not in kept:
            kept[key] = parse(sheet, *given, **named)
        return kept[key]

    with (
        patch.object(Stylesheet, "_parse_rules", parsed),
        patch("textual.app.wait_for_idle", until_quiet),
        patch("textual.pilot.wait_for_idle", until_quiet),
        patch("wvatui.ui.shell.shell.MESSAGE_S", 600.0),
    ):
        yield
