"""One byte changed anywhere: the next command that relies on it refuses, and names what was changed."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from tests.release.conftest import Copy
from tests.release.observing import images
from tests.sample import Sample

pytestmark = pytest.mark.endtoend

TARGETS = Path(".release/targets")


def change_a_byte(path: Path) -> None:
    """Turn one bit of the byte in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    mode = path.stat().st_mode
    path.chmod(0o600)
    path.write_bytes(data)
    path.chmod(mode)


def one(sample: Sample, pattern: str) -> Path:
    """The only file below the targets that matches."""
    (found,) = (sample.root / TARGETS).glob(pattern)
    return found


def blob(sample: Sample, digest: str) -> Path:
    """The file of a blob of the OCI layout."""
    return sample.root / TARGETS / "images" / "blobs" / "sha256" / digest.removeprefix("sha256:")


def layer(sample: Sample, tag: str) -> Path:
    """The file of the tagged image's last layer, which holds the wheel."""
    manifest = json.loads(blob(sample, images(sample)[tag]).read_bytes())
    return blob(sample, manifest["layers"][-1]["digest"])


@pytest.mark.parametrize(
    "name",
    [
        "files/*/sample_project-0.2.0-*.whl",
        "files/*/sample_project-0.2.0-*.whl.metadata",
        "stable/simple/sample-project/index.html",
        "stable/simple/sample-project/index.json",
        "stable/SHA256SUMS",
    ],
)
def test_status_names_a_changed_file_of_the_index(imaged: Sample, copy: Copy, name: str) -> None:
    """`status` compares all that stable lists; both channels show it, since they serve the same bytes."""
    sample = copy(imaged)
    path = one(sample, f"index/{name}")
    change_a_byte(path)
    said = sample.run("status", code=7)
    row = next(line for line in said.splitlines() if line.startswith("stable   index"))
    assert f"{path.name} has sha256" in row
    assert str(path.resolve()) in row


@pytest.mark.parametrize("part", ["layer", "manifest", "index.json"])
def test_status_names_a_changed_file_of_the_image(imaged: Sample, copy: Copy, part: str) -> None:
    """`status` compares the image from the layout's index down to its layers."""
    sample = copy(imaged)
    if part == "index.json":
        path = sample.root / TARGETS / "images" / "index.json"
    else:
        path = layer(sample, "stable") if part == "layer" else blob(sample, images(sample)["stable"])
    change_a_byte(path)
    said = sample.run("status", code=7)
    row = next(line for line in said.splitlines() if line.startswith("stable   images"))
    assert str(path) in row


@pytest.mark.parametrize("what", ["wheel", "layer", "page"])
def test_a_rollback_refuses_changed_bytes(imaged: Sample, copy: Copy, what: str) -> None:
    """Other bytes in the place of the earlier release's stop a rollback, before any channel is turned."""
    sample = copy(imaged)
    path = {
        "wheel": lambda: one(sample, "index/files/*/sample_project-0.1.0-*.whl"),
        "layer": lambda: layer(sample, "0.1.0"),
        "page": lambda: one(sample, "index/stable/simple/sample-project/index.html"),
    }[what]()
    stable = (sample.root / TARGETS / "index" / "stable").readlink()
    tags = images(sample)
    change_a_byte(path)
    assert f"where: {path.resolve()}\n" in sample.run("rollback", code=7)
    assert (stable, tags) == ((sample.root / TARGETS / "index" / "stable").readlink(), images(sample))


def test_a_release_again_refuses_changed_bytes(imaged: Sample, copy: Copy) -> None:
    """`release` says that there is nothing to do only when what stable serves is what was released."""
    sample = copy(imaged)
    path = one(sample, "index/stable/simple/sample-project/index.json")
    change_a_byte(path)
    assert f"where: {path.resolve()}\n" in sample.run("release", code=7)


def loose(sample: Sample, commit: str) -> Path:
    """The file of a loose object."""
    return sample.root / ".git" / "objects" / commit[:2] / commit[2:]


@pytest.mark.parametrize("command", ["status", "rollback", "release", "promote"])
def test_a_changed_event_of_the_ledger_is_named(released: Sample, copy: Copy, command: str) -> None:
    """A word changed in the middle of the ledger, in git's own format, stops each command that relies on the ledger."""
    sample = copy(released)
    commit = sample.git("rev-list", "--grep=every gate passed", "refs/releases/ledger").splitlines()[-1]
    path = loose(sample, commit)
    content = zlib.decompress(path.read_bytes())
    path.chmod(0o600)
    path.write_bytes(zlib.compress(content.replace(b"every gate passed", b"every gate pasted")))
    said = sample.run(command, code=7)
    assert f"the ledger is damaged: commit {commit}: its content does not hash to its id" in said
    assert "docs/runbook.md says under 'The ledger is lost or damaged'" in said


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_rotten_byte_of_the_ledger_is_named(released: Sample, copy: Copy, place: str) -> None:
    """A byte that turns in the stored file of an event, as disks do it, is noticed and the event is named."""
    sample = copy(released)
    commits = sample.git("rev-list", "--reverse", "refs/releases/ledger").splitlines()
    commit = commits[0 if place == "first" else -1]
    change_a_byte(loose(sample, commit))
    for command in ("status", "rollback"):
        said = sample.run(command, code=7)
        assert "the ledger " in said
        assert f"corrupt loose object '{commit}'" in said


def test_a_ledger_that_lost_its_end_is_noticed(released: Sample, copy: Copy) -> None:
    """Taking events off the end leaves channels that serve what the ledger does not know, which `status` shows."""
    sample = copy(released)
    sample.git("update-ref", "refs/releases/ledger", "refs/releases/ledger~10")
    assert "the ledger says" in sample.run("status", code=7)


def test_a_moved_tag_stops_a_release_under_way(published: Sample, copy: Copy) -> None:
    """A tag that was made anew since the release began is named, with both ids, and stable stays as it is."""
    sample = copy(published)
    was = sample.git("rev-parse", "refs/tags/v0.3.0")
    sample.git("tag", "--force", "--annotate", "--message", "0.3.0!", "v0.3.0")
    now = sample.git("rev-parse", "refs/tags/v0.3.0")
    said = sample.run("promote", code=3)
    assert f"the tag v0.3.0 has moved: the ledger has it at {was[:12]}, now it is {now[:12]}" in said
    assert f"do:    put it back (git tag --force v0.3.0 {was[:12]})" in said


def test_a_rotten_tag_is_named(published: Sample, copy: Copy) -> None:
    """One byte changed in the stored tag object: the release that relies on it stops, and names the tag."""
    sample = copy(published)
    path = loose(sample, sample.git("rev-parse", "refs/tags/v0.3.0"))
    content = zlib.decompress(path.read_bytes())
    path.chmod(0o600)
    path.write_bytes(zlib.compress(content.replace(b"Ada", b"Ida")))
    said = sample.run("promote", code=7)
    assert "a tag can't be read" in said
    assert "malformed object at 'refs/tags/v0.3.0'" in said
