"""One kill run: a copy of a scene, a kill or some, the same command again to its end, and the comparison."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.torture import reader, state
from tests.torture.scene import Moment, Scene, remove
from tests.torture.trap import Boundary

_AWAKE = 0.15
"""Seconds before which the engine is not even loaded."""


@dataclass(frozen=True)
class Job:
    """A command, where it begins, and how it ends when nothing disturbs it."""

    name: str
    base: Scene
    words: tuple[str, ...]
    events: tuple[str, ...]
    """What it appends to the ledger, in order."""
    seconds: float
    """How long it takes."""
    served: dict[str, str]
    tags: str
    """Branches and tags of the remote."""
    story: tuple[str, ...]
    until: str = ""
    """The event after which another job, which is shorter, goes on; empty where there is none."""
    goes_on: bool = False
    """Whether something is under way when it has ended."""
    watched: bool = True
    """Whether users can get everything that the channels list, when it begins."""

    def boundaries(self) -> list[Boundary]:
        """After every event up to `until`; and before those that record what was done since the event before them."""
        found, before = [], ""
        for count, event in enumerate(self.events, 1):
            if event.startswith(("act.done", "step.done")) and not before.startswith("act.done"):
                found.append(Boundary("prepared", count, "refuse"))
            found.append(Boundary("committed", count))
            if event == self.until:
                break
            before = event
        return found

    def after(self, event: str) -> Boundary:
        """The boundary right after an event."""
        return Boundary("committed", self.events.index(event) + 1)


@dataclass
class Result:
    """What came of a kill run."""

    what: str
    kills: int = 0
    looked: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def undisturbed(name: str, base: Scene, folder: Path, *words: str, until: str = "") -> tuple[Job, Scene]:
    """Run the command in a copy of the base; how it went, and the copy."""
    scene = base.copy(folder)
    known = len(state.events(base.sample))
    begun = time.monotonic()
    scene.run(*words)
    seconds = time.monotonic() - begun
    events = tuple(state.named(event) for event in state.events(scene.sample)[known:])
    served, tags = state.served(scene.targets), state.published(scene.remote, scene.sample)
    story, goes_on = tuple(state.story(scene.sample)), bool(scene.status()["under_way"])
    return Job(name, base, words, events, seconds, served, tags, story, until, goes_on), scene


def run(job: Job, moments: Sequence[Moment], folder: Path) -> Result:
    """Kill the job at these moments, one after the other, then let it end, and compare. Nothing of it stays."""
    result = Result(f"{job.name}, killed {', then '.join(map(str, moments))}")
    scene = job.base.copy(folder)
    try:
        with _watched(scene, result) if job.watched else nullcontext():
            for moment in moments:
                if _is_over(scene, job):  # it was quicker than when it was measured
                    break
                result.kills += scene.kill(moment, *job.words)
            if not _is_over(scene, job):
                scene.run(*job.words)
        result.wrong += differences(scene, job)
    except AssertionError as error:
        result.wrong.append(str(error))
    finally:
        remove(folder)
    return result


def _is_over(scene: Scene, job: Job) -> bool:
    """Whether the record says that it has ended; to go back twice is to go back two releases, so one looks first."""
    return job.words not in (("release",), ("publish",)) and state.story(scene.sample) == list(job.story)


@contextmanager
def _watched(scene: Scene, result: Result) -> Iterator[None]:
    """Read the channels all the while. Each may go from what it gave to what it gives in the end, and never back."""
    argv = [sys.executable, reader.__file__, str(scene.targets), "sample-project"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield
        finally:
            seen = json.loads(process.communicate()[0])
    result.looked = seen["counts"]
    result.wrong += [f"a user saw: {wrong}" for wrong in seen["wrong"]]
    result.wrong += [f"{what} went {' > '.join(gave)}" for what, gave in seen["seen"].items() if len(gave) > 2]


def differences(scene: Scene, job: Job) -> list[str]:
    """Where a scene is not as the job left its own."""
    status = scene.status()  # it also brings a ledger on a remote here
    served, story = state.served(scene.targets), state.story(scene.sample)
    paths = sorted(served.keys() | job.served.keys())
    paths = [path for path in paths if served.get(path) != job.served.get(path)]
    wrong = [f"{path} is {served.get(path)}, not {job.served.get(path)}" for path in paths]
    if list(job.story) != story:
        wrong.append(f"the ledger tells {story[len(state.story(job.base.sample)) :]}")
    wrong += [f"not once in the ledger: {key}" for key in state.twice(scene.sample)]
    if job.tags != state.published(scene.remote, scene.sample):
        wrong.append(f"the remote has {state.published(scene.remote, scene.sample)}")
    if bool(status["under_way"]) != job.goes_on or status["lock"] or not status["in_step"]:
        wrong.append(f"status says {status}")
    return wrong


def moments(job: Job, random: Random) -> list[Moment]:
    """A random moment to kill at; one time in four, more of them for the runs that go on."""
    count = random.choice((1, 1, 1, 3))
    return [random.uniform(_AWAKE, job.seconds) for _ in range(count)]
