"""Proves a program that was installed somewhere: runs the project's smoke command against it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from release.errors import CommandFailed, UsageError, VerifyFailed
from release.images.engines import local
from release.images.loading import load
from release.images.run import command, unpack
from release.model import Artifact
from release.process import clean_environment, run
from release.run import Run

_LONGEST = 300.0
"""Seconds; a smoke test is short, and one that hangs must not hold a release."""


def prove(run_: Run, program: Sequence[str], what: str) -> None:
    """Run `tool.release.smoke` against the command line `program`. VerifyFailed with its last lines where it fails.

    It runs in the commit's own clean export, and sees nothing of the caller's Python settings.
    """
    log = run_.project.workspace.release(run_.candidate.version) / "log" / "smoke.txt"
    argv: list[str] = []
    for word in run_.project.config.smoke:
        argv += program if word == "{command}" else [word.format(python=sys.executable, version=run_.candidate.version)]
    source = run_.source()
    try:
        run(argv, cwd=source, env=clean_environment(), log=log, timeout=_LONGEST)
    except CommandFailed as error:
        raise VerifyFailed(
            f"{what} does not work:\n{error.what}",
            where=error.where,
            do="mend it and release again, or go back: nox -s rollback",
        ) from error


def unpacked(layout: Path, artifact: Artifact, rootfs: Path) -> list[str]:
    """The command line of an image's entry point, unpacked from a layout into the folder `rootfs`.

    Where this machine can't run it so (it is not Linux, or forbids user namespaces), an engine that answers does.
    """
    digest = f"sha256:{artifact.sha256}"
    config = unpack(layout, digest, rootfs).config
    try:
        return command(rootfs, config)
    except CommandFailed as error:
        try:
            engine = local()
        except UsageError:
            raise error from None
        name = f"localhost/release-smoke:{artifact.sha256}"
        load(layout, digest, name, engine)
        return engine.program(name)


def installed(python: Path, command: str) -> list[str]:
    """The command line of a console script in an environment."""
    return [str(python.parent / command)]
