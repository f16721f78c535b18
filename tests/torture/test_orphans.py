"""What a killed release leaves running goes its own way, and disturbs nobody."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.torture.kills import differences, undisturbed
from tests.torture.scene import make
from tests.torture.trap import Boundary

pytestmark = pytest.mark.torture

_NOXFILE = '''\
import os
import time
from pathlib import Path

import nox


@nox.session(venv_backend="none")
def quick(session):
    """Pass."""


@nox.session(venv_backend="none")
def slow(session):
    """Write into its working folder after a while, and say so; without NOTE only look around after a while."""
    note = os.environ.get("NOTE")
    if note:
        Path(note).write_text("began")
    time.sleep(2 if note else 3)
    if note:
        try:
            Path("untracked").write_text("rubbish")
            Path("noxfile.py").write_text("rubbish")
            Path(note).write_text("wrote")
        except OSError as error:
            Path(note).write_text(f"could not write: {error!r}")
    else:
        assert not Path("untracked").exists()
'''


def test_orphans_of_the_gates(cache: Path, tmp_path: Path, figures: list[str]) -> None:
    """A gate that outlives its killed release writes into a folder that the next release does not look at."""
    scene = make(tmp_path / "scene", cache, image=False, noxfile__py=_NOXFILE)
    scene.kill(Boundary("committed", 1), "release")
    job, _ = undisturbed("release", scene, tmp_path / "undisturbed", "release")
    note = tmp_path / "note"
    with replace(scene, environment={"NOTE": str(note)}).started("release") as one:
        while not note.exists():
            assert one.process.poll() is None, one.output()
            time.sleep(0.01)
        one.process.kill()
    assert "began" == note.read_text()
    begun = time.monotonic()
    scene.run("release")
    assert note.read_text() != "began", "the orphan did not come to its end"
    assert [] == differences(scene, job)
    figures.append(f"orphan of a gate: {note.read_text()}; the next release took {time.monotonic() - begun:.0f} s")
