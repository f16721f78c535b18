"""SIGKILL at every boundary and at random moments: the next run ends as if nothing had happened."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.torture import kills
from tests.torture.jobs import Jobs, Pair
from tests.torture.kills import Result
from tests.torture.scene import side_by_side
from tests.torture.trap import Boundary, Write

pytestmark = pytest.mark.torture

_JOBS = (
    "release",
    "publish",
    "release to stable",
    "release to the end",
    "rollback",
    "rollback to a lost wheel",
    "promote",
    "abandon",
)
_SHARES = {"release": 3, "publish": 2}
"""Of the kills at random moments; the others have one each. The longest jobs have the most moments."""


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


def test_killed_with_a_ledger_on_the_remote(pair: Pair, tmp_path: Path, figures: list[str]) -> None:
    """Killed before or after the remote has an event, or the clone has it, the release ends the same."""
    begun, job = time.monotonic(), pair.proven
    plans = list(enumerate(replace(one, remote=remote) for one in job.boundaries() for remote in (True, False)))
    results = side_by_side(lambda plan: kills.run(job, [plan[1]], tmp_path / f"{plan[0]:03}"), plans)
    _check(results, f"{job.name}, killed at every boundary", begun, figures)


def test_killed_in_the_middle_of_a_write(jobs: Jobs, tmp_path: Path, figures: list[str]) -> None:
    """Killed while a target has an unfinished file, the command ends the same, and nothing unfinished stays."""
    begun = time.monotonic()
    plans = [(jobs["publish"], count) for count in (1, 2, 3, 5, 6, 7, 8)]
    plans += [(jobs["rollback"], count) for count in (1, 2, 3)]
    results = side_by_side(
        lambda plan: kills.run(plan[0], [Write(plan[1])], tmp_path / f"{plan[0].name}-{plan[1]}"), plans
    )
    assert any(result.kills for result in results)
    _check(results, "killed in the middle of a write", begun, figures)


def test_killed_while_git_works(jobs: Jobs, tmp_path: Path, figures: list[str]) -> None:
    """Git may die in the middle of recording an event, or go on alone: the next run waits for it, or clears it up."""
    begun = time.monotonic()
    moments = [Boundary("prepared", count, also) for count in (2, 3) for also in ("git", "linger")]
    plans = [(jobs[name], moment) for name in ("release to the end", "rollback") for moment in moments]
    results = side_by_side(
        lambda plan: kills.run(plan[1][0], [plan[1][1]], tmp_path / f"{plan[0]:03}"), list(enumerate(plans))
    )
    _check(results, "killed while git worked", begun, figures)


def test_killed_at_random(
    jobs: Jobs, random: Random, tmp_path: Path, figures: list[str], request: pytest.FixtureRequest
) -> None:
    """Killed at any moment in between, some of them again and again, the command ends the same."""
    begun = time.monotonic()
    boundaries = sum(len(job.boundaries()) for job in jobs.values())
    count = max(request.config.getoption("--kills") - boundaries, len(_JOBS))
    names = random.choices(_JOBS, [_SHARES.get(name, 1) for name in _JOBS], k=count)
    plans = [(number, jobs[name], kills.moments(jobs[name], random)) for number, name in enumerate(names)]
    results = side_by_side(lambda plan: kills.run(plan[1], plan[2], tmp_path / f"{plan[0]:03}"), plans)
    _check(results, "killed at random moments", begun, figures)
