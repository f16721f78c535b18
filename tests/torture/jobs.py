"""The commands that are killed: a release from four places on its way, and everything that takes one back."""

from __future__ import annotations

from pathlib import Path

from tests.torture import state
from tests.torture.kills import Job, undisturbed
from tests.torture.scene import Scene, make
from tests.torture.trap import Boundary

Jobs = dict[str, Job]

_REASON = ("--reason", "it multiplies wrongly")
_LEGS = (
    ("release", "operation.started 0.2.0", "step.done gates"),
    ("release to canary", "step.done gates", "step.done verify canary"),
    ("release to stable", "step.done verify canary", "step.done verify stable"),
    ("release to the end", "step.done verify stable", ""),
)
"""A release in parts, each with the events that it begins and ends with: the last ones need not build anew."""


def prepare(folder: Path, cache: Path) -> Jobs:
    """All jobs, each run once in a copy of its own below `folder`.

    Every release of 0.2.0 goes on from one that was begun, since the time at which it began is on the pages.
    """
    base = ready = make(folder / "ready", cache)
    leg = None
    jobs: Jobs = {}
    for number, (name, event, until) in enumerate(_LEGS):
        base = base.copy(folder / f"base-{number}")
        base.kill(leg.after(event) if leg else Boundary("committed", 1), "release")
        leg, released = undisturbed(name, base, folder / f"done-{number}", "release", until=until)
        jobs[name] = leg
    whole = jobs["release"]
    assert all((whole.served, whole.tags, whole.story) == (leg.served, leg.tags, leg.story) for leg in jobs.values())
    jobs["abandon"] = _abandon(base, ready, folder)
    jobs["rollback"], back = undisturbed("rollback", released, folder / "back", "rollback", *_REASON)
    jobs["promote"], _ = undisturbed("promote", back, folder / "again", "promote", "0.2.0", *_REASON)
    assert whole.served == jobs["promote"].served
    return jobs


def _abandon(base: Scene, ready: Scene, folder: Path) -> Job:
    """Closing a release that has reached stable, which leaves the channels as they were before it."""
    job, scene = undisturbed("abandon", base, folder / "abandoned", "release", "--abandon", *_REASON)
    for channel in state.CHANNELS:
        link = Path("index", channel)
        assert (ready.targets / link).readlink() == (scene.targets / link).readlink()
    return job
