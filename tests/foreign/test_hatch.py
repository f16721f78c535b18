"""A project with another build backend, hatchling, and its version by hatch-vcs: released, tagged or not."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.foreign import adopt, make
from tests.sample import ROOT, Sample

pytestmark = [pytest.mark.endtoend, pytest.mark.torture]
FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling", "hatch-vcs"]
build-backend = "hatchling.build"

[project]
name = "hatchet"
description = "Cuts"
readme = "README.md"
requires-python = ">=3.10"
dynamic = ["version"]

[project.scripts]
hew = "hatchet:main"

[tool.hatch.version]
source = "vcs"
raw-options = { local_scheme = "no-local-version" }

[tool.hatch.build.hooks.vcs]
version-file = "hatchet/_version.py"
""",
    "noxfile.py": "import nox\n\n\n@nox.session(venv_backend='none')\ndef check(session):\n    '''Pass.'''\n",
    "hatchet/__init__.py": "def main() -> int:\n    return 0\n",
    "CHANGELOG.md": "# Changes\n\n## Unreleased\n\n### Added\n\n- Hewing.\n\n## v0.9.0 (2026-01-01)\n\n- First.\n",
    "README.md": "# Hatchet\n\nCuts.\n",
}
"""No .gitignore: hatchling then looks for one in the folders above."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Sample:
    """An untagged commit after hatchet-v0.9.0, and then 0.10.0, are released."""
    sample = make(tmp_path_factory.mktemp("hatch") / "a clone", cache, FILES, branch="master")
    sample.git("tag", "--annotate", "--message", "0.9.0", "hatchet-v0.9.0")
    adopt(sample, (ROOT / "requirements" / "foreign.txt").read_text())
    sample.run("release")
    sample.run("version", "next")
    sample.run("release")
    return sample


def test_both_versions_are_those_that_hatch_gives(project: Sample) -> None:
    """The development version has no local part, as the project's own setting says; the tag has the known prefix."""
    assert {"0.9.1.dev1", "0.10.0"} == {path.name for path in (project.root / ".release" / "releases").iterdir()}
    assert ["hatchet-v0.10.0", "hatchet-v0.9.0"] == project.git("tag").splitlines()
    assert "" == project.git("status", "--porcelain")


def test_nothing_is_left_out_of_the_wheel(project: Sample) -> None:
    """Without a .gitignore of its own the project is built whole, though the engine's folder is ignored."""
    (wheel,) = (project.root / ".release/releases/0.10.0/dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert "hatchet/__init__.py" in archive.namelist()


def test_the_new_heading_is_like_the_one_before(project: Sample) -> None:
    """`## v0.9.0 (DATE)` is followed by `## v0.10.0 (DATE)`."""
    headings = [line for line in (project.root / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    assert ["## Unreleased", "## v0.10.0", "## v0.9.0"] == [heading.partition(" (")[0] for heading in headings]


def test_a_lock_without_the_backend_stops_the_release(project: Sample, tmp_path: Path) -> None:
    """Before anything is built; the error says what is missing, and has the command that makes the lock."""
    sample = project.copy(tmp_path / "clone")
    (sample.root / "requirements" / "build.txt").write_text((ROOT / "requirements" / "build.txt").read_text())
    sample.commit("Another lock")
    said = sample.run("release", code=3)
    assert "requirements/build.txt: it lacks hatchling, hatch-vcs" in said
    assert "uv pip compile" in said
