"""SIGKILL while a version is cut: the next run cuts the same one, once."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest

from tests import sample
from tests.sample import Sample
from tests.torture import trap
from tests.torture.scene import Moment, Scene, side_by_side
from tests.torture.trap import Boundary

pytestmark = pytest.mark.torture

_FIXED = {"GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"}
_WORDS = ("version", "next")
_REFS = ("refs/heads/main", "refs/tags/v0.1.0")
_BOUNDARIES = [
    Boundary("index", 1),
    *(Boundary("prepared", 1, "refuse", ref) for ref in _REFS),
    *(Boundary("committed", 1, "nothing", ref) for ref in _REFS),
]


@pytest.fixture(scope="session")
def uncut(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Scene:
    """A project with changes to be released, and no version yet."""
    folder = tmp_path_factory.mktemp("uncut")
    scene = Scene(folder / "scene", sample.make(folder / "scene" / "clone", cache), _FIXED)
    trap.install(scene.sample.root)
    return scene


def _state(one: Sample) -> tuple[str, str, str, str]:
    """Commits, tags, changes and the file itself; ids are equal since the dates are."""
    changelog = (one.root / "CHANGELOG.md").read_text()
    return one.git("rev-list", "HEAD"), one.git("show-ref"), one.git("status", "--porcelain"), changelog


def test_killed_while_cutting(uncut: Scene, tmp_path: Path, random: Random, figures: list[str]) -> None:
    """Wherever the kill comes, the next run makes the same commit and the same tag, and leaves a clean tree."""
    begun = time.monotonic()
    whole = uncut.copy(tmp_path / "whole")
    whole.run(*_WORDS)
    seconds = time.monotonic() - begun
    moments: list[Moment] = [*_BOUNDARIES, *(random.uniform(0.15, seconds) for _ in range(6))]

    def differences(plan: tuple[int, Moment]) -> tuple[str, int]:
        number, moment = plan
        scene = uncut.copy(tmp_path / f"{number:05}")
        killed = scene.kill(moment, *_WORDS)
        time.sleep(0.5)  # a git that the kill left alone may be making the tag
        if "v0.1.0" not in scene.sample.git("tag"):
            scene.run(*_WORDS)
        return ("" if _state(scene.sample) == _state(whole.sample) else f"{moment}: {_state(scene.sample)}"), killed

    results = side_by_side(differences, list(enumerate(moments)))
    kills = sum(killed for _, killed in results)
    seconds = time.monotonic() - begun
    figures.append(f"killed while cutting a version: {len(results)} runs, {kills} kills, in {seconds:.0f} s")
    assert [""] * len(results) == [wrong for wrong, _ in results]
