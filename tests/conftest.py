"""Fixtures that several parts of the tests share."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `nox -s torture` takes."""
    parser.addoption("--kills", type=int, default=120, help="runs that are killed, one at every boundary at least")
    parser.addoption("--seed", type=int, default=0, help="of the random moments; without it, another one each time")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's cache folder for the whole test run, so that Debian's packages are fetched once."""
    return tmp_path_factory.mktemp("cache")
