"""Sample projects in the states that the tests begin from, each made once. Tests work on a copy: `copy(released)`."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from release.verbs import release as releasing
from tests.release.immutable import open_project
from tests.sample import IDENTITY, Sample, make

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
        noxfile__py=(_HERE / "sample_noxfile.py").read_text(),
    )
    return sample


class States:
    """Ready sample projects, each made once by whichever worker of the test run comes first."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self._folder = folder
        self._cache = cache
        folder.mkdir(exist_ok=True)

    def once(self, name: str, make_it: Callable[[Path], object]) -> Sample:
        """The state of that name; `make_it` makes it in the folder that it is given, which is not there yet."""
        root, done = self._folder / name, self._folder / f"{name}.done"
        with (self._folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(root, ignore_errors=True)
                make_it(root)
                done.touch()
        return Sample(root, self._cache)


@pytest.fixture(scope="session")
def states(shared: Path, cache: Path) -> States:
    """The states that tests copy."""
    return States(shared / "states", cache)


@pytest.fixture(scope="session")
def imaged(states: States, cache: Path) -> Sample:
    """0.1.0 and 0.2.0 are released, one after the other, with an image each; HEAD is 0.2.0. No remote."""

    def make_it(root: Path) -> None:
        sample = quicken(make(root, cache, image=True))
        for version in ("0.1.0", "0.2.0"):
            sample.tag(version)
            sample.run("release")

    return states.once("imaged", make_it)


@pytest.fixture(scope="session")
def released(states: States, imaged: Sample) -> Sample:
    """The same two releases; since then the project has no image any more, which saves the tests seconds."""

    def make_it(root: Path) -> None:
        sample = imaged.copy(root)
        pyproject = (sample.root / "pyproject.toml").read_text()
        without = pyproject.partition("[tool.release.image]")[0]
        sample.commit("No image any more", pyproject__toml=without)
        for folder in (".release/targets/images", ".release/releases/0.1.0/image", ".release/releases/0.2.0/image"):
            shutil.rmtree(sample.root / folder)

    return states.once("released", make_it)


@pytest.fixture(scope="session")
def stopped(states: States, released: Sample) -> Sample:
    """0.3.0 is built, and was stopped by the gate `slow`, for a reason outside the commit; `quick` had passed."""

    def make_it(root: Path) -> None:
        sample = released.copy(root)
        sample.tag("0.3.0")
        sample.run("release", code=4, SAMPLE_GATE="fail")

    return states.once("stopped", make_it)


@pytest.fixture(scope="session")
def published(states: States, stopped: Sample) -> Sample:
    """The gate passed at the second try; 0.3.0 is on canary, and stable still serves 0.2.0."""
    return states.once("published", lambda root: stopped.copy(root).run("publish"))


@pytest.fixture(scope="session")
def promoted(states: States, published: Sample) -> Sample:
    """0.3.0 is on stable too: three releases."""
    return states.once("promoted", lambda root: published.copy(root).run("promote"))


@pytest.fixture(scope="session")
def public(states: States, cache: Path) -> Sample:
    """0.1.0 and 0.2.0 are released to the sample's index and to one that takes nothing back; HEAD is 0.2.0."""

    def make_it(root: Path) -> None:
        sample = quicken(make(root, cache))
        for version in ("0.1.0", "0.2.0"):
            sample.tag(version)
            with pytest.MonkeyPatch.context() as patched:
                for name, value in IDENTITY.items():
                    patched.setenv(name, value)
                releasing.release(open_project(sample)[0])

    return states.once("public", make_it)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Copies a state for one test, which may do with it what it likes."""
    return lambda sample: sample.copy(tmp_path / "clone")
