"""The session `release` of the project's own noxfile, for the sample project; ENGINE may put a stopwatch around it."""

from __future__ import annotations

import os
import shlex

import nox

nox.options.default_venv_backend = "uv|virtualenv"


@nox.session(reuse_venv=True)
def release(session: nox.Session) -> None:
    """Bring the commit at HEAD through all gates to users."""
    session.install("--require-hashes", "-r", "requirements/release.txt")
    session.run("python", *shlex.split(os.environ["ENGINE"]), "release", *session.posargs)
