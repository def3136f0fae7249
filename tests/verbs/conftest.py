"""Hostile files, made once for all tests that call verbs on them."""

import pytest

from tests.verbs.hostile import world


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("hostile")
    return world(folder) | {"root": str(folder)}
