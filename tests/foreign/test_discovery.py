"""What is found out about a clone, from its files and from git."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from release import config
from release.adopting import discovery
from release.adopting.proposal import Found
from release.git import Repository
from tests.foreign import make
from tests.sample import Sample

PYPROJECT = '[project]\nname = "My.Sums"\n'
NOXFILE = "import nox\n\n\n@nox.session\ndef test(session): ...\n"


def found(root: Path) -> Found:
    """Everything that is found there."""
    return discovery.find(Repository(root), config.read(root))


@pytest.fixture
def project(tmp_path: Path, cache: Path) -> Sample:
    """A project that has nothing but a name and a noxfile, on branch work."""
    files = {"pyproject.toml": PYPROJECT, "noxfile.py": NOXFILE}
    return make(tmp_path / "clone", cache, files, branch="work")


@pytest.mark.parametrize(
    ("files", "module"),
    [
        (["my_sums/__init__.py", "tests/__init__.py"], "my_sums"),
        (["src/my_sums/__init__.py", "src/other/__init__.py"], "my_sums"),
        (["src/other/__init__.py", "tests/__init__.py"], "other"),
        (["my_sums.py", "setup.py"], "my_sums"),
        (["lib/my_sums/__init__.py"], None),
        (["src/one/__init__.py", "src/two/__init__.py"], None),
    ],
)
def test_the_module(project: Sample, files: list[str], module: str | None) -> None:
    """It is called like the project, or is alone in src/; anything else is not guessed."""
    for name in files:
        (project.root / name).parent.mkdir(parents=True, exist_ok=True)
        (project.root / name).touch()
    assert module == found(project.root).module


def test_the_branch_is_the_remotes_own(project: Sample, tmp_path: Path) -> None:
    """Whatever is checked out; without a remote main or master is taken, or where HEAD is."""
    assert "work" == found(project.root).branch
    project.git("branch", "master")
    assert "master" == found(project.root).branch
    clone = Sample(tmp_path / "other", project.cache)
    project.git("clone", "--quiet", "--origin", "upstream", ".", str(clone.root))
    clone.git("switch", "--quiet", "--create", "main")
    assert ("work", "upstream") == (found(clone.root).branch, found(clone.root).remote)
    clone.git("switch", "--quiet", "--detach")
    assert "work" == found(clone.root).branch


def test_locks_and_changelog_are_those_that_are_there(project: Sample) -> None:
    """A requirements file without hashes is no lock."""
    (project.root / "docs").mkdir()
    (project.root / "docs" / "changelog.rst").touch()
    (project.root / "requirements.txt").write_text("sums\n")
    assert (None, None) == (found(project.root).build_lock, found(project.root).runtime_lock)
    (project.root / "requirements.txt").write_text("sums==1.0 --hash=sha256:00\n")
    assert ("docs/changelog.rst", "requirements.txt") == (
        found(project.root).changelog, found(project.root).runtime_lock,
    )  # fmt: skip


def test_a_machine_without_tools_builds_no_image(project: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it lacks is said by the names of Debian's packages."""
    git = shutil.which("git")
    folder = project.root.parent / "bin"
    folder.mkdir()
    (folder / "git").symlink_to(str(git))
    monkeypatch.setenv("PATH", str(folder))
    assert "it lacks apt, dpkg, util-linux" == found(project.root).image


def test_submodules_are_said(project: Sample, cache: Path) -> None:
    """`doctor` names them, since builds and gates see empty folders."""
    other = make(project.root.parent / "other", cache, {"a": "a\n"})
    project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "vendored")
    project.commit("With a submodule")
    project.run("init")
    assert "✓ submodules: vendored: empty folders" in project.run("doctor", code=3)
