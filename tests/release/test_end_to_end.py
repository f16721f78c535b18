"""The whole job on real git, real builds, real pip and uv: releases, rollbacks, and everything on the way."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from tests.release.conftest import Copy
from tests.release.observing import fingerprint, hanging, images, installs, page, remember, served, status
from tests.sample import Sample

pytestmark = pytest.mark.endtoend

_RELEASE = """\
Release 0.1.0 begins, by Ada on HOST
Release 0.1.0: built twice, the bytes agree
Release 0.1.0: the image is built and works
Release 0.1.0: every gate passed
Release 0.1.0: will bring sdist sample_project-0.1.0.tar.gz (sha256 DIGEST) to index
Release 0.1.0: index has sdist sample_project-0.1.0.tar.gz
Release 0.1.0: will bring wheel sample_project-0.1.0-py3-none-any.whl (sha256 DIGEST) to index
Release 0.1.0: index has wheel sample_project-0.1.0-py3-none-any.whl
Release 0.1.0: will bring image 0.1.0 (sha256 DIGEST) to images
Release 0.1.0: images has image 0.1.0
Release 0.1.0: every target has the artifacts
Release 0.1.0: will make canary of index serve 0.1.0
Release 0.1.0: canary of index serves 0.1.0
Release 0.1.0: will make canary of images serve 0.1.0
Release 0.1.0: canary of images serves 0.1.0
Release 0.1.0: canary serves it on every target that has one
Release 0.1.0: what users of canary get works
Release 0.1.0: will make stable of index serve 0.1.0
Release 0.1.0: stable of index serves 0.1.0
Release 0.1.0: will make stable of images serve 0.1.0
Release 0.1.0: stable of images serves 0.1.0
Release 0.1.0: stable serves it on every target
Release 0.1.0: what users of stable get works
0.1.0 is released: stable serves it
"""
_ROLLBACK = """\
Rollback to 0.1.0 begins, by Ada on HOST: it divides
Rollback to 0.1.0: every target has its bytes
Rollback to 0.1.0: will make stable of index serve 0.1.0, withdraw 0.2.0 (it divides)
Rollback to 0.1.0: stable of index serves 0.1.0
Rollback to 0.1.0: will make stable of images serve 0.1.0, withdraw 0.2.0 (it divides)
Rollback to 0.1.0: stable of images serves 0.1.0
Rollback to 0.1.0: will make canary of index serve 0.1.0, withdraw 0.2.0 (it divides)
Rollback to 0.1.0: canary of index serves 0.1.0
Rollback to 0.1.0: will make canary of images serve 0.1.0, withdraw 0.2.0 (it divides)
Rollback to 0.1.0: canary of images serves 0.1.0
Rollback to 0.1.0: every channel is turned
Rollback to 0.1.0: a resolver and a pull get it
Rolled back: stable serves 0.1.0; 0.2.0 withdrawn: it divides
"""


def test_two_releases_and_a_rollback(imaged: Sample, copy: Copy, tmp_path: Path) -> None:
    """pip, uv and the image's channel give 0.2.0, and after a rollback 0.1.0; the ledger tells that in sentences."""
    sample = copy(imaged)
    digests = images(sample)
    assert digests["0.2.0"] == digests["stable"] != digests["0.1.0"]
    assert installs(sample, "pip", tmp_path / "pip before") == "sample 0.2.0\n"
    assert installs(sample, "uv", tmp_path / "uv before") == "sample 0.2.0\n"

    sample.run("rollback", "--reason", "it divides")

    assert installs(sample, "pip", tmp_path / "pip after") == "sample 0.1.0\n"
    assert installs(sample, "uv", tmp_path / "uv after") == "sample 0.1.0\n"
    assert images(sample) == {**digests, "canary": digests["0.1.0"], "stable": digests["0.1.0"]}
    story = "\n".join(sample.ledger()) + "\n"
    story = re.sub(r"by Ada on [^\s:]+", "by Ada on HOST", re.sub(r"sha256 [0-9a-f]{12}", "sha256 DIGEST", story))
    assert _RELEASE + _RELEASE.replace("0.1.0", "0.2.0") + _ROLLBACK == story


@pytest.mark.torture
def test_rolling_back_twice_goes_back_two_releases(promoted: Sample, copy: Copy) -> None:
    """A dry run shows the very acts and changes nothing; a withdrawn release is yanked, with the reason."""
    sample = copy(promoted)
    before = fingerprint(sample)
    would = sample.run("rollback", "--reason", "it divides", "--dry-run")
    assert before == fingerprint(sample)

    did = sample.run("rollback", "--reason", "it divides")

    assert would.replace("would ", "will ") == did[: len(would) - would.count("would ")]
    assert {"canary of index": "0.2.0", "stable of index": "0.2.0"} == served(sample)
    sample.run("rollback")
    assert {"canary of index": "0.1.0", "stable of index": "0.1.0"} == served(sample)
    yanked = {name: file["yanked"] for name, file in page(sample).items() if name.endswith(".whl")}
    assert {
        "sample_project-0.1.0-py3-none-any.whl": False,
        "sample_project-0.2.0-py3-none-any.whl": "rolled back",
        "sample_project-0.3.0-py3-none-any.whl": "it divides",
    } == yanked
    assert "there is no release before 0.1.0 to go back to" in sample.run("rollback", code=9)


@pytest.mark.torture
def test_a_withdrawn_release_comes_back_only_with_a_reason(promoted: Sample, copy: Copy) -> None:
    """`rollback --to` passes over a release; `promote VERSION` brings it back when told why, and `release` says so."""
    sample = copy(promoted)
    sample.run("rollback", "--to", "0.1.0", "--reason", "it divides")
    assert ["0.2.0", "0.3.0"] == sorted(status(sample)["channels"][1]["withdrawn"])
    again = sample.run("release", code=9)
    assert "0.3.0 was released, and withdrawn: it divides" in again
    assert 'nox -s promote -- 0.3.0 --reason "..." brings it back' in again

    refused = sample.run("promote", "0.2.0", code=2)
    sample.run("promote", "0.2.0", "--reason", "it multiplies after all")

    assert "0.2.0 was withdrawn; bringing it back needs a reason" in refused
    assert {"canary of index": "0.2.0", "stable of index": "0.2.0"} == served(sample)
    assert page(sample)["sample_project-0.2.0-py3-none-any.whl"]["yanked"] is False
    assert "Brought back: stable serves 0.2.0: it multiplies after all" == sample.ledger()[-1]
    assert "0.0.9 can't be gone back to: it never reached stable" in sample.run("rollback", "--to", "0.0.9", code=9)


def test_a_gate_that_passed_is_not_run_again(published: Sample) -> None:
    """When one of two gates fails for a passing reason, the second try runs that one alone, and keeps the evidence."""
    said = (published.root / ".release" / "log" / "console.jsonl").read_text()
    tries = said.split("release 0.3.0 of commit")[1].split("release 0.3.0 goes on")
    assert ["gate quick successful", "gate slow failed"] == re.findall(r"gate \w+ \w+", tries[0])
    assert ["gate slow successful"] == re.findall(r"gate \w+ \w+", tries[1])
    assert "build the commit twice and compare: done before" in tries[1]
    assert "Release 0.3.0: stopped at gates: 1 gate failed, nothing was published: slow" in published.ledger()
    assert {"canary of index": "0.3.0", "stable of index": "0.2.0"} == served(published)


def test_promote_goes_on_from_canary_and_pushes_the_tag_last(published: Sample, copy: Copy, tmp_path: Path) -> None:
    """What waits on canary reaches stable with the same bytes, and only then does the remote get the tag."""
    sample = copy(published)
    remote = remember(sample, tmp_path / "remote.git")
    canary = page(sample, "canary")["sample_project-0.3.0-py3-none-any.whl"]["hashes"]

    sample.run("promote")

    assert canary == page(sample)["sample_project-0.3.0-py3-none-any.whl"]["hashes"]
    assert [
        "Release 0.3.0: what users of stable get works",
        "Release 0.3.0: will push tag v0.3.0 to origin",
        "Release 0.3.0: origin has tag v0.3.0",
        "Release 0.3.0: the tag is public",
        "0.3.0 is released: stable serves it",
    ] == sample.ledger()[-5:]
    tags = subprocess.run(["git", "-C", remote, "show-ref", "--tags"], capture_output=True, text=True, check=True)
    assert f"{sample.git('rev-parse', 'refs/tags/v0.3.0')} refs/tags/v0.3.0\n" == tags.stdout


def test_an_abandoned_release_leaves_channels_as_they_were(published: Sample, copy: Copy) -> None:
    """`release --abandon` takes canary back to the pages that it had, and says why in the ledger."""
    sample = copy(published)
    stable = (sample.root / ".release" / "targets" / "index" / "stable").readlink()
    sample.run("release", "--abandon", "--reason", "not this week")
    assert stable == (sample.root / ".release" / "targets" / "index" / "canary").readlink()
    assert [
        "Release 0.3.0 is given up: not this week",
        "Release 0.3.0: will take canary of index back to 0.2.0",
        "Release 0.3.0: canary of index serves 0.2.0",
        "Release 0.3.0 is closed: given up: not this week; every channel is as it was before",
    ] == sample.ledger()[-4:]
    assert "no release is under way" in sample.run("release", "--abandon", code=9)


def test_a_finished_release_has_nothing_to_do(imaged: Sample) -> None:
    """The same command again changes nothing at all."""
    before = fingerprint(imaged)
    assert "0.2.0 is released already; there is nothing to do\n" == imaged.run("release")
    assert before == fingerprint(imaged)


@pytest.mark.torture
def test_the_next_commit_mends_a_failed_gate(stopped: Sample, copy: Copy, tmp_path: Path) -> None:
    """A commit that was stopped gives way to the next one, which goes out untagged, as a development version."""
    sample = copy(stopped)
    commit = sample.commit("Mend", notes="mended")
    sample.run("release")
    version = f"0.3.1.dev1+g{commit[:9]}"
    assert f"Release 0.3.0 is closed: superseded by {version}, nothing had been published" in sample.ledger()
    assert {"canary of index": version, "stable of index": version} == served(sample)
    assert f"sample {version}\n" == installs(sample, "pip", tmp_path / "development", "--pre")
    assert installs(sample, "uv", tmp_path / "ordinary") == "sample 0.2.0\n"


@pytest.mark.torture
def test_two_clones_share_a_ledger_on_their_remote(released: Sample, copy: Copy, tmp_path: Path) -> None:
    """What one clone does is what the other one goes on from, and neither overwrites the other's record."""
    sample = copy(released)
    config = (sample.root / "pyproject.toml").read_text().replace('".release/targets', '"../targets')
    sample.commit("Share", pyproject__toml=f'{config}\n[tool.release.ledger]\nremote = "origin"\n')
    shutil.move(sample.root / ".release" / "targets", tmp_path / "targets")
    remote = remember(sample, tmp_path / "remote.git", "refs/releases/*", "--tags")
    subprocess.run(["git", "clone", "--quiet", remote, tmp_path / "other"], check=True)
    other = Sample(tmp_path / "other", sample.cache)

    other.run("rollback", "--reason", "it divides")

    assert ["0.1.0", "0.1.0"] == [row["version"] for row in status(sample)["channels"]]
    sample.run("promote", "0.2.0", "--reason", "it multiplies")
    assert ["0.2.0", "0.2.0"] == [row["version"] for row in status(other)["channels"]]
    assert sample.ledger() == other.ledger()
    assert "Brought back: stable serves 0.2.0: it multiplies" == other.ledger()[-1]


def test_status_shows_drift(published: Sample, copy: Copy) -> None:
    """`status` says who is where since when, what is under way, and with exit code 7 what somebody changed by hand."""
    sample = copy(published)
    data = status(sample)
    way = data["under_way"]
    assert ("release", "0.3.0", "stable", None) == (way["verb"], way["version"], way["next"], way["failed"])
    assert (True, None) == (data["in_step"], data["lock"])
    targets = sample.root / ".release" / "targets" / "index"
    digest = targets.joinpath("canary").readlink().name
    targets.joinpath("stable").unlink()
    targets.joinpath("stable").symlink_to(f"generations/{digest}")

    shown = sample.run("status", code=7)

    expected = data["channels"][1]["expected"]
    assert f"it serves {digest[:12]}, the ledger says {expected[:12]}" in shown
    assert "under way: release 0.3.0" in shown
    assert "next: stable" in shown
    assert status(sample, code=7)["in_step"] is False


def test_versions_come_from_tags_and_the_changelog(imaged: Sample, copy: Copy) -> None:
    """`version` prints it, `--next` reads the headings, `next` and a number cut it; nothing goes back."""
    sample = copy(imaged)
    assert "0.2.0\n" == sample.run("version")
    assert "0.3.0\n" == sample.run("version", "--next")
    assert "0.3.0 is cut and tagged v0.3.0; nothing is pushed" in sample.run("version", "next")
    assert "0.3.0\n" == sample.run("version")
    assert "nothing is written under [Unreleased]" in sample.run("version", "next", code=1)
    changelog = (sample.root / "CHANGELOG.md").read_text()
    assert re.search(r"## \[Unreleased\]\n\n## \[0.3.0\] - \d{4}-\d\d-\d\d\n\n### Added\n\n- Everything.\n", changelog)
    fixed = changelog.replace("## [Unreleased]\n", "## [Unreleased]\n\n### Fixed\n\n- Rounding.\n", 1)
    sample.commit("Fix", CHANGELOG__md=fixed)
    assert "0.3.1\n" == sample.run("version", "--next")
    assert "0.2.5 is not greater than 0.3.0, which is tagged" in sample.run("version", "0.2.5", code=3)
    path = sample.root / "CHANGELOG.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    sample.commit("Edit it on Windows")
    assert "1.4.0 is cut and tagged v1.4.0" in sample.run("version", "1.4.0")
    assert path.read_bytes().count(b"\r\n") == path.read_bytes().count(b"\n")
    assert "tag" == sample.git("cat-file", "-t", "v1.4.0")


def test_doctor_says_what_to_do(released: Sample, copy: Copy) -> None:
    """All is well, or each thing that is missing comes with what to do about it."""
    sample = copy(released)
    assert sample.run("doctor").endswith("ready to release\n")
    text = (sample.root / "pyproject.toml").read_text()
    profile = '\n[tool.release.profiles.there.targets.team]\nkind = "oci-registri"\n'
    (sample.root / "pyproject.toml").write_text(text + profile)
    said = sample.run("doctor", code=3)
    assert "✗ tool.release.profiles.there: there is no kind of target 'oci-registri' (tool.release.profiles" in said
    (sample.root / "pyproject.toml").write_text(text)
    sample.git("remote", "add", "origin", str(sample.root / "nowhere"))
    (sample.root / "CHANGELOG.md").unlink()
    (sample.root / "requirements" / "build.txt").unlink()
    said = sample.run("doctor", code=3)
    assert "✗ CHANGELOG.md: missing\n      do: write it, see https://keepachangelog.com" in said
    assert "✗ requirements/build.txt: missing\n      do: mkdir -p requirements && printf" in said
    assert "do: git ls-remote origin" in said
    assert said.endswith("3 things to mend\n")


@pytest.mark.torture
def test_a_build_of_a_clean_tree_is_the_release(imaged: Sample, copy: Copy) -> None:
    """`build` gives the released bytes at another place too; with changes it builds those, and says so."""
    sample = copy(imaged)
    sample.run("build", "--out", "../clean")
    clean = {path.name: sha256(path.read_bytes()).hexdigest() for path in (sample.root.parent / "clean").iterdir()}
    files = {name: file["hashes"]["sha256"] for name, file in page(sample).items() if "-0.2.0" in name}
    assert files == clean
    sample.run("build")
    assert "" == sample.git("status", "--porcelain")
    (sample.root / "sample" / "new.py").write_text("NEW = True\n")
    said = sample.run("build", "--out", "../dirty")
    assert "with 1 uncommitted or untracked paths: not what a release of HEAD builds" in said
    assert not files.keys() & {path.name for path in (sample.root.parent / "dirty").iterdir()}


@pytest.mark.torture
def test_lost_bytes_come_back_for_a_rollback(released: Sample, copy: Copy) -> None:
    """What a target lost is brought back from the clone; what that lost too is built again from its commit."""
    sample = copy(released)
    files = sample.root / ".release" / "targets" / "index" / "files"
    lost = [next(files.glob(f"*/sample_project-0.1.0{end}")) for end in ("-*.whl", ".tar.gz")]
    contents = [path.read_bytes() for path in lost]
    for path in lost:
        path.unlink()
    (sample.root / ".release" / "releases" / "0.1.0" / "dist" / lost[0].name).unlink()

    said = sample.run("rollback")

    assert f"{lost[0].name}: bytes found in a build of its commit" in said
    assert f"{lost[1].name}: bytes found in this clone" in said
    assert contents == [path.read_bytes() for path in lost]
    assert [
        f"Rollback to 0.1.0: index has wheel {lost[0].name}",
        f"Rollback to 0.1.0: index has sdist {lost[1].name}",
    ] == sorted(event for event in sample.ledger() if "Rollback to 0.1.0: index has" in event)[::-1]


@pytest.mark.torture
def test_ctrl_c_says_how_to_go_on(stopped: Sample, copy: Copy) -> None:
    """SIGINT to the whole process group ends it at once with a clear line; the next run goes on from there."""
    sample = copy(stopped)
    with hanging(sample, "publish") as process:
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=30)[0]
    assert process.returncode == 130
    assert "\ninterrupted\n  do:    run the same command again: it goes on from what is recorded\n" in said
    assert status(sample)["lock"] is None
    assert "release 0.3.0 goes on (1 step done before)" in sample.run("publish")
    assert "0.3.0" == served(sample)["canary of index"]
