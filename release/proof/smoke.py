"""Proves a program that was installed somewhere: runs the project's smoke command against it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from release import commands
from release.errors import CommandFailed, UsageError, VerifyFailed
from release.images.engines import local, removing
from release.images.loading import load
from release.images.run import command
from release.model import Artifact
from release.oci.unpack import unpack
from release.process import clean_environment, run
from release.run import Run

_LONGEST = 300.0
"""Seconds; a smoke test is short, and one that hangs must not hold a release."""
_PYTHON = re.compile(r"python3(\.\d+)?")
_PART = 100
"""Letters of a long line that are shown of its beginning, and of its end."""


@dataclass(frozen=True)
class Installed:
    """Where the project was installed, as command lines that further words are appended to."""

    program: list[str]
    """The console script, or the image's entry point."""
    python: list[str]
    """The Python beside it. It sees what is installed there, and nothing of the folder that it runs in."""


def prove(run_: Run, installed: Installed, what: str, *, do: str = "") -> None:
    """Run `tool.release.smoke` against what was installed. VerifyFailed with its last lines where it fails.

    `do` is what to do then; without it, to go back.

    It runs in the commit's own clean export, and sees nothing of the caller's Python settings.
    """
    log = run_.project.workspace.release(run_.candidate.version) / "log" / "smoke.txt"
    known = {"{command}": installed.program, "{installed_python}": installed.python}
    argv: list[str] = []
    for word in run_.project.config.smoke:
        argv += known.get(word) or [word.format(python=sys.executable, version=run_.candidate.version)]
    source = run_.source()
    try:
        run(argv, cwd=source, env=clean_environment(), log=log, timeout=_LONGEST)
    except CommandFailed as error:
        reached = run_.operation.has_reached("stable")
        back = commands.command("rollback") if reached else commands.command("release", "--abandon")
        raise VerifyFailed(
            f"{what} does not work: {_reason(error.what)}\n{error.what}",
            where=error.where,
            do=do or f"mend it and release again, or go back: {back}",
        ) from error


def _reason(output: str) -> str:
    """The last line, where a program says why it ended; of a long one its beginning and its end."""
    line = output.splitlines()[-1].strip().rstrip(":")
    return line if len(line) <= 2 * _PART else f"{line[:_PART]} ... {line[-_PART:]}"


@contextmanager
def unpacked(layout: Path, artifact: Artifact, rootfs: Path) -> Iterator[Installed]:
    """An image, unpacked from a layout into the folder `rootfs`, to be run within the context.

    Where this machine can't run it so (it is not Linux, or forbids user namespaces), an engine that answers does.
    """
    config = unpack(layout, artifact.digest, rootfs).config
    found = [path for folder in ("usr/local/bin", "usr/bin") for path in sorted((rootfs / folder).glob("python3*"))]
    python = next((f"/{path.relative_to(rootfs)}" for path in found if _PYTHON.fullmatch(path.name)), "python3")
    entry = (python, "-I")
    try:
        here = Installed(command(rootfs, config), command(rootfs, config, entry=entry))
    except CommandFailed as error:
        try:
            engine = local()
        except UsageError:
            raise error from None
        name = f"localhost/release-smoke:{artifact.sha256}"
        with removing(engine, name):
            load(layout, artifact.digest, name, engine)
            yield Installed(engine.program(name), engine.program(name, entry))
    else:
        yield here


def installed(python: Path, command: str) -> Installed:
    """An environment, with a console script in it."""
    return Installed([str(python.parent / command)], [str(python), "-I"])
