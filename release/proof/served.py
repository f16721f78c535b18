"""Proves a release as its users would get it: a real resolver, a real pull, a new environment, a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from release.building.environments import create
from release.commands import command
from release.model import Artifact, Json, Listed
from release.proof.smoke import installed, prove, unpacked
from release.run import Run
from release.targets import Target

_STARTED = ("wheel", "image")
"""The kinds of artifact that can be installed and run."""


def prove_channel(
    run: Run, channel: str, expected: Listed, targets: Sequence[Target], *, start_it: bool
) -> list[dict[str, Json]]:
    """Get the channel from each target and compare it with the ledger; with `start_it` also install and run it.

    Returns what was found, for the record. VerifyFailed where a user would get anything but `expected`.
    """
    found = []
    for target in targets:
        with run.project.workspace.temporary("verify") as folder:
            (folder / "got").mkdir()
            got = target.obtain(channel, expected, folder / "got", pinned=False)
            for artifact in _startable(expected, target) if start_it else ():
                _start(run, artifact, got, folder, f"from {channel} of {target.name}")
        found.append({"target": target.name, "channel": channel, **_proven(expected, target)})
    return found


def prove_staged(run: Run, expected: Listed, targets: Sequence[Target]) -> list[dict[str, Json]]:
    """Install and run the bytes that wait on each target for their channel; they may be on it already, unproven.

    Returns what was found, for the record. VerifyFailed where they do not work.
    """
    close, advice = command("release", "--abandon"), {}
    if not run.history.is_out(expected.version):
        advice["do"] = f"nobody has it yet: close this release ({close}), mend it, release the next version"
    found = []
    for target in targets:
        with run.project.workspace.temporary("verify") as folder:
            for artifact in _startable(expected, target):
                got = target.recover(artifact, folder / "got")
                _start(run, artifact, got, folder, f"staged for {target.name}", **advice)
        found.append({"target": target.name, "channel": None, **_proven(expected, target)})
    return found


def _startable(expected: Listed, target: Target) -> list[Artifact]:
    return [one for one in expected.artifacts if one.kind in target.takes and one.kind in _STARTED]


def _start(run: Run, artifact: Artifact, got: Path, folder: Path, whence: str, **advice: str) -> None:
    """Run the smoke command against it: dependencies from the lock by hash, and nothing of the caller's settings."""
    if artifact.kind == "wheel":
        lock = run.source() / run.project.config.runtime_lock
        python = create(folder / "env", lock if lock.is_file() else None, wheel=got)
        prove(run, installed(python, run.project.config.command), f"{got.name} {whence}", **advice)
    else:
        with unpacked(got, artifact, folder / "rootfs") as program:
            prove(run, program, f"the image {whence}", **advice)


def _proven(expected: Listed, target: Target) -> dict[str, Json]:
    digests = {item.name: item.sha256 for item in expected.artifacts if item.kind in target.takes}
    return {"version": expected.version, "sha256": digests}
