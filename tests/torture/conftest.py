"""What the torture tests share: places that are prepared once, and the figures shown at the end."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest

from tests.torture.jobs import Jobs, Pair, prepare, prepare_pair

_FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the end of the test run."""
    return request.config.stash.setdefault(_FIGURES, [])


@pytest.fixture(scope="session")
def random(request: pytest.FixtureRequest, figures: list[str]) -> Random:
    """Moments to kill at; the seed is shown, and can be given."""
    seed = request.config.getoption("--seed") or time.time_ns() % 1_000_000
    figures.append(f"seed {seed}: nox -s torture -- --seed {seed}")
    return Random(seed)


@pytest.fixture(scope="session")
def jobs(tmp_path_factory: pytest.TempPathFactory, cache: Path, figures: list[str]) -> Jobs:
    """Every command that is killed, each with what it leads to when nothing disturbs it."""
    begun = time.monotonic()
    prepared = prepare(tmp_path_factory.mktemp("jobs"), cache)
    figures.append(f"prepared in {time.monotonic() - begun:.0f} s")
    return prepared


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Pair:
    """A release with two clones and a ledger on their remote."""
    return prepare_pair(tmp_path_factory.mktemp("pair"), cache)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the figures."""
    for line in config.stash.get(_FIGURES, []):
        terminalreporter.write_line(line)
