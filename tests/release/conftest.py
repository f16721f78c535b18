"""Sample projects in the states that the tests begin from, each made once. Tests work on a copy: `copy(released)`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sample import Sample, make

Copy = Callable[[Sample], Sample]
_HERE = Path(__file__).parent
_BUILD = """\
requires = ["setuptools-scm"]
build-backend = "backend"
backend-path = ["."]
"""


def quicken(sample: Sample) -> Sample:
    """Give a sample project a build backend that takes little time, and gates that SAMPLE_GATE decides."""
    pyproject = (sample.root / "pyproject.toml").read_text()
    _, bracket, rest = pyproject.partition("\n[project]")
    sample.commit(
        "Quicken",
        pyproject__toml=f"[build-system]\n{_BUILD}{bracket}{rest}",
        backend__py=(_HERE / "backend.py").read_text(),
        noxfile__py=(_HERE / "gates.py").read_text(),
    )
    return sample


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sample projects are that tests copy."""
    return tmp_path_factory.mktemp("states")


@pytest.fixture(scope="session")
def imaged(states: Path, cache: Path) -> Sample:
    """0.1.0 and 0.2.0 are released, one after the other, with an image each; HEAD is 0.2.0. No remote."""
    sample = quicken(make(states / "imaged", cache, image=True))
    for version in ("0.1.0", "0.2.0"):
        sample.tag(version)
        sample.run("release")
    return sample


@pytest.fixture(scope="session")
def released(states: Path, imaged: Sample) -> Sample:
    """The same two releases; since then the project has no image any more, which saves the tests seconds."""
    sample = imaged.copy(states / "released")
    pyproject = (sample.root / "pyproject.toml").read_text()
    without = pyproject.partition("[tool.release.image]")[0]
    sample.commit("No image any more", pyproject__toml=without)
    for folder in (".release/targets/images", ".release/releases/0.1.0/image", ".release/releases/0.2.0/image"):
        shutil.rmtree(sample.root / folder)
    return sample


@pytest.fixture(scope="session")
def stopped(states: Path, released: Sample) -> Sample:
    """0.3.0 is built, and was stopped by the gate `slow`, for a reason outside the commit; `quick` had passed."""
    sample = released.copy(states / "stopped")
    sample.tag("0.3.0")
    sample.run("release", code=4, SAMPLE_GATE="fail")
    return sample


@pytest.fixture(scope="session")
def published(states: Path, stopped: Sample) -> Sample:
    """The gate passed at the second try; 0.3.0 is on canary, and stable still serves 0.2.0."""
    sample = stopped.copy(states / "published")
    sample.run("publish")
    return sample


@pytest.fixture(scope="session")
def promoted(states: Path, published: Sample) -> Sample:
    """0.3.0 is on stable too: three releases."""
    sample = published.copy(states / "promoted")
    sample.run("promote")
    return sample


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Copies a state for one test, which may do with it what it likes."""
    return lambda sample: sample.copy(tmp_path / "clone")
