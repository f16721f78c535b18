"""Holders of the lock that sleep for too long: when they wake up, they change nothing."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from tests.sample import Sample
from tests.torture import state, trap
from tests.torture.jobs import Jobs, Pair
from tests.torture.kills import Job, differences
from tests.torture.scene import Scene, Started, remove, side_by_side
from tests.torture.trap import Boundary

pytestmark = pytest.mark.torture

_EXPIRED = 1.3
"""Seconds after which a lock of one second has expired."""
_LOST = ("this process lost the lock", "this process holds token")

Pause = Callable[[Scene, Started], None]
"""Pauses a run."""


class Nap(NamedTuple):
    """A pause and where it comes."""

    job: Job
    pause: Pause | Boundary
    clones: int = 1


def _in_the_gates(scene: Scene, one: Started) -> None:
    gates = scene.sample.root / ".release/releases/0.2.0/gates"
    _wait(one, lambda: bool(list(gates.glob("*/nox.txt"))))
    one.process.send_signal(signal.SIGSTOP)


def _in_a_write(scene: Scene, one: Started) -> None:
    """Pause it while it has a target's lock and an unfinished file there."""

    def caught() -> bool:
        if not any(trap.unfinished(scene.targets)):
            return False
        one.process.send_signal(signal.SIGSTOP)
        if _is_writing(scene):
            return True
        one.process.send_signal(signal.SIGCONT)
        return False

    _wait(one, caught)


def _is_writing(scene: Scene) -> bool:
    """Whether somebody is in the middle of an act on a target, so that nobody else can begin one."""
    for lock in scene.targets.glob("*/.lock"):
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def _wait(one: Started, condition: Callable[[], bool]) -> None:
    while not condition():
        assert one.process.poll() is None, f"it ended before it could be paused:\n{one.output()}"
        time.sleep(0.0005)


def _at_random(seconds: float) -> Pause:
    def pause(_: Scene, one: Started) -> None:
        _wait(one, lambda: "goes on" in one.output())  # by then it holds the lock
        time.sleep(seconds)
        one.process.send_signal(signal.SIGSTOP)

    return pause


def _sleep(nap: Nap, folder: Path) -> list[str]:
    """Pause a release past its lock's expiry, let another one finish, and wake it; what was wrong with that."""
    scene = nap.job.base.copy(folder)
    if isinstance(nap.pause, Boundary):
        trap.arm(scene.sample.root, nap.pause, "STOP")
    rival = scene.other() if nap.clones == 2 else scene
    for one in {scene.sample, rival.sample}:
        _shorten_lock(one)
    wrong = []
    with scene.started(*nap.job.words) as sleeper:
        if isinstance(nap.pause, Boundary):
            _wait(sleeper, sleeper.is_stopped)
        else:
            nap.pause(scene, sleeper)
        writing = _is_writing(scene)
        time.sleep(_EXPIRED)
        rival.run(*nap.job.words, code=8 if writing else 0)
        before = _fingerprint(scene, nap.clones, hidden=not writing)
        sleeper.process.send_signal(signal.SIGCONT)
        code = sleeper.wait()
        after = _fingerprint(scene, nap.clones, hidden=not writing)
        if code != 8 or not any(lost in sleeper.output() for lost in _LOST):
            wrong.append(f"{code}: {sleeper.output()}")
    wrong += [
        f"{name} was {before.get(name)}, is {after.get(name)}" for name in after if before.get(name) != after[name]
    ]
    if writing:
        scene.run(*nap.job.words)
    wrong += differences(rival, nap.job)
    remove(folder)
    return [f"{nap.pause}: {line}" for line in wrong]


def _shorten_lock(sample: Sample) -> None:
    """Let the lock live for a second from now on, unseen by git, for the commit is tagged."""
    sample.git("update-index", "--assume-unchanged", "pyproject.toml")
    with (sample.root / "pyproject.toml").open("a") as file:
        file.write("\n[tool.release.lock]\nseconds = 1\n")


def _fingerprint(scene: Scene, clones: int, *, hidden: bool) -> dict[str, str]:
    """All refs that are shared, and every byte of the targets; without the `hidden` ones, what users can see."""
    repositories = [scene.remote, *([scene.sample.root / ".git"] if clones == 1 else [])]
    refs = {str(path): state.refs(path, scene.sample) for path in repositories}
    unseen = ("/files/", "/.tmp-", "/generations/", "/blobs/")
    files = state.everything(scene.targets)
    return refs | {path: files[path] for path in files if hidden or not any(part in f"/{path}" for part in unseen)}


def test_a_sleeper_changes_nothing(jobs: Jobs, pair: Pair, random: Random, tmp_path: Path, figures: list[str]) -> None:
    """A holder that wakes up after its lock was taken over exits with 8, and every ref and byte stays as it was."""
    begun = time.monotonic()
    whole, canary, stable, end = (
        jobs[name] for name in ("release", "publish", "release to stable", "release to the end")
    )
    naps = [
        Nap(whole, _in_the_gates),
        Nap(canary, canary.after("act.intended put wheel sample_project-0.2.0-py3-none-any.whl to index")),
        Nap(canary, canary.after("act.intended point canary of index")),
        Nap(canary, canary.after("act.done point canary of images")),
        Nap(canary, _in_a_write),
        Nap(stable, stable.after("act.intended point stable of index")),
        Nap(stable, stable.after("act.intended point stable of images")),
        Nap(end, end.after("act.intended push tag v0.2.0 to origin")),
        *(Nap(canary, _at_random(random.uniform(0, canary.seconds / 2))) for _ in range(2)),
        Nap(pair.begun, _in_the_gates, clones=2),
        Nap(pair.begun, pair.begun.after("act.intended point canary of index"), clones=2),
        Nap(pair.proven, pair.proven.after("act.intended point stable of index"), clones=2),
        Nap(pair.proven, pair.proven.after("act.intended push tag v0.2.0 to origin"), clones=2),
    ]
    wrong = side_by_side(lambda plan: _sleep(plan[1], tmp_path / f"{plan[0]:03}"), list(enumerate(naps)))
    figures.append(f"paused past the lock's expiry: {len(naps)} times, in {time.monotonic() - begun:.0f} s")
    assert not any(wrong), "\n".join(line for lines in wrong for line in lines)


def test_a_pause_that_nobody_used(jobs: Jobs, tmp_path: Path) -> None:
    """A holder that wakes up late, and finds its lock expired but still its own, goes on to the end."""
    job = jobs["release to stable"]
    scene = job.base.copy(tmp_path / "scene")
    _shorten_lock(scene.sample)
    trap.arm(scene.sample.root, job.after("act.intended point stable of index"), "STOP")
    with scene.started("release") as sleeper:
        _wait(sleeper, sleeper.is_stopped)
        time.sleep(_EXPIRED)
        os.kill(sleeper.process.pid, signal.SIGCONT)
        assert 0 == sleeper.wait(), sleeper.output()
    assert [] == differences(scene, job)
