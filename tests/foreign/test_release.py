"""A project of another shape goes all the way: adopted, released twice, rolled back, and what users get computes."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.foreign import adopt, make
from tests.sample import Sample

pytestmark = [pytest.mark.endtoend, pytest.mark.torture]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Sample:
    """0.1.0 and 0.2.0 are released; the remote is called upstream."""
    folder = tmp_path_factory.mktemp("foreign")
    sample = make(folder / "clone", cache)
    sample.git("init", "--quiet", "--bare", str(folder / "upstream.git"))
    sample.git("remote", "add", "upstream", str(folder / "upstream.git"))
    adopt(sample)
    # There is no tag to learn the prefix from, and this project writes none.
    pyproject = (sample.root / "pyproject.toml").read_text().replace('tag-prefix = "v"', 'tag-prefix = ""')
    sample.commit("Tags have no prefix", pyproject__toml=pyproject)
    for entry in ("", "Fixed\n~~~~~\n\n* Sums of nothing.\n\n", "Added\n~~~~~\n\n* More.\n\n"):
        changes = (sample.root / "CHANGES.rst").read_text()
        sample.commit("Change", CHANGES__rst=changes.replace("----------\n\n", f"----------\n\n{entry}", 1))
        sample.run("version", "next")
        sample.git("push", "--quiet", "upstream", "trunk")
        sample.run("release")
    return sample


def _install(sample: Sample, channel: str, folder: Path) -> str:
    """What a user of the channel has: the version, and a sum that the extension made."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    index = (sample.root / ".release/targets/index" / channel / "simple").as_uri()
    pip = [str(folder / "bin/python"), "-m", "pip", "--isolated", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--index-url", index, "fast-sums-c"], check=True, cwd=folder)
    code = "import fast_sums, importlib.metadata as m; print(m.version('fast.sums-c'), fast_sums.total(range(5)))"
    return subprocess.run(
        [folder / "bin/python", "-I", "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_releases_reach_users_and_the_remote(project: Sample, tmp_path: Path) -> None:
    """Versions follow CHANGES.rst, tags are bare and on upstream, and pip gives an extension that computes."""
    assert ["0.1.0", "0.1.1", "0.2.0"] == project.git("ls-remote", "--tags", "--refs", "--quiet", "upstream").replace(
        "refs/tags/", ""
    ).split()[1::2]
    assert "0.2.0 10" == _install(project, "stable", tmp_path / "env")


def test_the_changelog_is_cut_in_its_own_style(project: Sample) -> None:
    """New headings are underlined as Unreleased is, over their whole length."""
    lines = (project.root / "CHANGES.rst").read_text().splitlines()
    cut = [index for index, line in enumerate(lines) if line.startswith("0.")]
    assert ["0.2.0", "0.1.1", "0.1.0"] == [lines[index].split(" - ")[0] for index in cut]
    assert all("-" * len(lines[index]) == lines[index + 1] for index in cut)


def test_the_extension_says_nothing_of_where_it_was_built(project: Sample) -> None:
    """Neither debug information nor __FILE__ has the folder of the build."""
    (wheel,) = (project.root / ".release/releases/0.2.0/dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".so"))
        assert str(project.root).encode() not in archive.read(name)
    assert "none-any" not in wheel.name


def test_rollback_takes_users_back(project: Sample, tmp_path: Path) -> None:
    """After a rollback pip gives the release before, and its extension computes too."""
    sample = project.copy(tmp_path / "clone")
    sample.run("rollback", "--reason", "sums are wrong")
    assert "0.1.1 10" == _install(sample, "stable", tmp_path / "env")
