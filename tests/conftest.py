"""Fixtures that several parts of the tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from release.workspace import user_cache


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `nox -s torture` takes."""
    parser.addoption("--kills", type=int, default=120, help="runs that are killed, one at every boundary at least")
    parser.addoption("--faults", type=int, default=60, help="of each kind of run against a server; 0 for all of them")
    parser.addoption("--seed", type=int, default=0, help="of the random moments; without it, another one each time")


@pytest.fixture(scope="session")
def cache() -> Path:
    """The user's own cache folder, so that Debian's packages and PyPI's wheels are fetched once."""
    return user_cache().parent


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A temporary folder that all workers of one test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(autouse=True)
def unmeasured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that whole releases and pages run are not measured again: that would be a third of their time.

    The states that they begin from are made by releases that are.
    """
    if request.node.get_closest_marker("endtoend") or request.node.path.name in ("test_pages.py", "test_commands.py"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        monkeypatch.delenv("COVERAGE_PROCESS_START", raising=False)
