"""Proves what a channel serves, as its users would get it: a real resolver, a real pull, a new environment, a run."""

from __future__ import annotations

from collections.abc import Sequence

from release.environments import create
from release.model import Json, Listed
from release.run import Run
from release.smoke import installed, prove, unpacked
from release.targets import Target


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
            if start_it and "wheel" in target.takes:
                lock = run.source() / run.project.config.runtime_lock
                python = create(folder / "env", lock if lock.is_file() else None, wheel=got)
                prove(run, installed(python, run.project.config.command), f"{got.name} from {channel} of {target.name}")
            elif start_it:
                image = next(artifact for artifact in expected.artifacts if artifact.kind == "image")
                with unpacked(got, image, folder / "rootfs") as program:
                    prove(run, program, f"the image from {channel} of {target.name}")
        digests = {item.name: item.sha256 for item in expected.artifacts if item.kind in target.takes}
        found.append({"target": target.name, "channel": channel, "version": expected.version, "sha256": digests})
    return found
