"""The noxfile of the sample projects: gates whose outcome the tests choose from outside, for one commit."""

from __future__ import annotations

import os
import time
from pathlib import Path

import nox

OUTCOME = os.environ.get("SAMPLE_GATE", "pass")

if OUTCOME == "no noxfile":
    raise RuntimeError("this noxfile can't be read")


@nox.session(venv_backend="none")
def quick(session: nox.Session) -> None:
    """Pass, unless a file in the commit says otherwise."""
    assert Path(os.environ["RELEASE_WHEEL"]).is_file()
    if "[tool.release.image]" in Path("pyproject.toml").read_text():
        assert Path(os.environ["RELEASE_IMAGE"], "index.json").is_file()
    if Path("broken").exists():
        session.error("the commit is broken")


if OUTCOME != "absent":

    @nox.session(venv_backend="none")
    def slow(session: nox.Session) -> None:
        """Do what the environment says."""
        if OUTCOME == "fail":
            session.log("the disk of the test machine was full")
            raise OSError("no space left")
        if OUTCOME == "skip":
            session.skip("not on Sundays")
        if OUTCOME == "hang":
            Path(os.environ["SAMPLE_SIGN"]).touch()
            time.sleep(60)
