"""The commands that are killed: a release from four places on its way, and everything that takes one back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from tests.torture import state
from tests.torture.kills import Job, undisturbed
from tests.torture.scene import Scene, make
from tests.torture.trap import Boundary

Jobs = dict[str, Job]


class Pair(NamedTuple):
    """A release that is begun, in a project whose ledger is on the remote and whose targets two clones share."""

    begun: Job
    proven: Job
    """The same release, as far as it is proven on canary."""


_REASON = ("--reason", "it multiplies wrongly")
_LEGS = (
    ("release", "release", "operation.started 0.2.0", "step.done gates"),
    ("publish", "publish", "step.done gates", ""),
    ("release to stable", "release", "step.done verify canary", "step.done verify stable"),
    ("release to the end", "release", "step.done verify stable", ""),
)
"""A release in parts, each with its command and the events that it begins and ends with, to build and verify less."""


def prepare(folder: Path, cache: Path) -> Jobs:
    """All jobs, each run once in a copy of its own below `folder`.

    Every release of 0.2.0 goes on from one that was begun, since the time at which it began is on the pages.
    """
    base = ready = make(folder / "ready", cache)
    leg = None
    jobs: Jobs = {}
    for number, (name, verb, event, until) in enumerate(_LEGS):
        base = base.copy(folder / f"base-{number}")
        base.kill(leg.after(event) if leg else Boundary("committed", 1), "release")
        leg, released = undisturbed(name, base, folder / f"done-{number}", verb, until=until)
        jobs[name] = leg
    whole, *parts = (job for job in jobs.values() if job.words == ("release",))
    assert all((whole.served, whole.tags, whole.story) == (part.served, part.tags, part.story) for part in parts)
    jobs["abandon"] = _abandon(base, ready, folder)
    jobs["rollback"], back = undisturbed("rollback", released, folder / "back", "rollback", *_REASON)
    jobs["promote"], _ = undisturbed("promote", back, folder / "again", "promote", "0.2.0", *_REASON)
    assert whole.served == jobs["promote"].served
    jobs["rollback to a lost wheel"] = _lost(released, folder)
    return jobs


def _lost(released: Scene, folder: Path) -> Job:
    """Going back to a release whose wheel is not in the index any more, and is brought there again."""
    base = released.copy(folder / "lost")
    next(base.targets.glob("index/files/*/*-0.1.0-*.whl")).unlink()
    done, until = folder / "found", "step.done eligible"
    job, _ = undisturbed("rollback to a lost wheel", base, done, "rollback", *_REASON, until=until)
    assert "act.done put wheel sample_project-0.1.0-py3-none-any.whl to index" in job.events
    return replace(job, watched=False)


def _abandon(base: Scene, ready: Scene, folder: Path) -> Job:
    """Closing a release that has reached stable, which leaves the channels as they were before it."""
    job, scene = undisturbed("abandon", base, folder / "abandoned", "release", "--abandon", *_REASON)
    for channel in state.CHANNELS:
        link = Path("index", channel)
        assert (ready.targets / link).readlink() == (scene.targets / link).readlink()
    return job


def prepare_pair(folder: Path, cache: Path) -> Pair:
    """Both jobs; every copy of their bases has the clones `clone` and `other`."""
    scene = make(folder / "begun", cache, image=False, edit=_share)
    scene.sample.git("clone", "--quiet", str(scene.remote), str(scene.folder / "other"))
    other = scene.other()
    other.sample.git("remote", "set-url", "origin", "../remote.git")
    other.sample.git("fetch", "--quiet", "../clone", "refs/tags/*:refs/tags/*")
    scene.kill(Boundary("committed", 1), "release")
    begun, _ = undisturbed("release with a remote ledger", scene, folder / "released", "release")
    proven = scene.copy(folder / "proven")
    proven.kill(begun.after("step.done verify canary"), "release")
    return Pair(begun, undisturbed(f"{begun.name} to stable", proven, folder / "released too", "release")[0])


def _share(pyproject: str) -> str:
    """Targets beside the clones, and the ledger on the remote."""
    return pyproject.replace('".release/targets/', '"../targets/') + '\n[tool.release.ledger]\nremote = "origin"\n'
