"""SIGKILL at every boundary and at random moments: the next run ends as if nothing had happened."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest

from tests.torture import kills
from tests.torture.jobs import Jobs
from tests.torture.kills import Result
from tests.torture.scene import side_by_side

pytestmark = pytest.mark.torture

_JOBS = ("release", "release to canary", "release to stable", "release to the end", "rollback", "promote", "abandon")
_SHARES = {"release": 0.4, "release to canary": 0.2}
"""Of the kills at random moments: the longest jobs have the most moments. The others share the rest."""


def _check(results: list[Result], what: str, begun: float, figures: list[str]) -> None:
    count = sum(result.kills for result in results)
    quick, pip = (sum(result.looked.get(name, 0) for result in results) for name in ("quick", "pip"))
    seconds = time.monotonic() - begun
    figures.append(f"{what}: {len(results)} runs, {count} kills, in {seconds:.0f} s; read {quick} times, by pip {pip}")
    wrong = [f"{result.what}:\n  " + "\n  ".join(result.wrong) for result in results if result.wrong]
    assert not wrong, "\n".join([f"{len(wrong)} of {len(results)} runs", *wrong])


@pytest.mark.parametrize("name", _JOBS)
def test_killed_at_every_boundary(name: str, jobs: Jobs, tmp_path: Path, figures: list[str]) -> None:
    """Killed right before or after any event of the ledger, the command ends as if it had never been killed."""
    begun, job = time.monotonic(), jobs[name]
    plans = list(enumerate(job.boundaries()))
    results = side_by_side(lambda plan: kills.run(job, [plan[1]], tmp_path / f"{plan[0]:03}"), plans)
    assert all(result.kills == 1 for result in results if not result.wrong)
    _check(results, f"{name}, killed at every boundary", begun, figures)


def test_killed_at_random(
    jobs: Jobs, random: Random, tmp_path: Path, figures: list[str], request: pytest.FixtureRequest
) -> None:
    """Killed at any moment in between, some of them again and again, the command ends the same."""
    begun = time.monotonic()
    boundaries = sum(len(job.boundaries()) for job in jobs.values())
    count = max(request.config.getoption("--kills") - boundaries, len(_JOBS))
    names = random.choices(_JOBS, [_SHARES.get(name, 0.08) for name in _JOBS], k=count)
    plans = [(number, jobs[name], kills.moments(jobs[name], random)) for number, name in enumerate(names)]
    results = side_by_side(lambda plan: kills.run(plan[1], plan[2], tmp_path / f"{plan[0]:03}"), plans)
    _check(results, "killed at random moments", begun, figures)
