"""Two releases that start together: one goes on, the other says who holds the lock."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.torture.jobs import Jobs, Pair
from tests.torture.kills import Job, differences
from tests.torture.scene import remove, side_by_side

pytestmark = pytest.mark.torture

_RACES = 5
"""Of each kind."""


def _race(job: Job, folder: Path, *, clones: int) -> list[str]:
    """Start two releases at once; what was wrong with that."""
    scene = job.base.copy(folder)
    with scene.started("release") as one, (scene.other() if clones == 2 else scene).started("release") as two:
        codes = {one.wait(): one, two.wait(): two}
    if sorted(codes) != [0, 8]:
        return [f"{code}: {run.output()}" for code, run in codes.items()]
    wrong = differences(scene, job)
    winner = f"(process {codes[0].process.pid}): release 0.2.0; "
    if not codes[8].output().lstrip().startswith("somebody else") or winner not in codes[8].output():
        wrong.append(f"the loser did not say who holds the lock: {codes[8].output()}")
    remove(folder)
    return wrong


def test_two_at_once(jobs: Jobs, pair: Pair, tmp_path: Path, figures: list[str]) -> None:
    """Of two releases that start together one goes on, the other says who holds the lock; in a clone, and in two."""
    begun = time.monotonic()
    plans = [(jobs["release to stable"], 1, number) for number in range(_RACES)]
    plans += [(pair.proven, 2, number) for number in range(_RACES)]
    wrong = side_by_side(lambda plan: _race(plan[0], tmp_path / f"{plan[1]}-{plan[2]}", clones=plan[1]), plans)
    figures.append(f"two at once: {len(plans)} races in {time.monotonic() - begun:.0f} s")
    assert not any(wrong), "\n".join(line for lines in wrong for line in lines)
