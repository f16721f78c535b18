"""What was damaged is set aside and made again from what is left; the ledger decides what is right."""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path

import pytest

from tests.release.conftest import Copy
from tests.release.observing import images, status
from tests.release.test_tampering import TARGETS, blob, change_a_byte, one
from tests.sample import Sample
from tests.torture import state, trap
from tests.torture.trap import Boundary

pytestmark = pytest.mark.endtoend


def contents(sample: Sample) -> dict[str, bytes]:
    """Every file that the targets serve, by its path; not what was set aside, nor locks."""
    files = (path for path in (sample.root / TARGETS).rglob("*") if path.is_file() and "damaged" not in path.parts)
    return {str(path.relative_to(sample.root)): path.read_bytes() for path in files if not path.name.startswith(".")}


@pytest.mark.torture
def test_everything_that_was_damaged_comes_back(imaged: Sample, copy: Copy) -> None:
    """A page, a wheel, a metadata file, a layer and index.json at once; afterwards every byte is as it was."""
    sample = copy(imaged)
    before = contents(sample)
    layer = blob(sample, images(sample)["stable"])
    damaged = [
        one(sample, "index/stable/simple/index.html"),
        one(sample, "index/files/*/sample_project-0.2.0-*.whl"),
        one(sample, "index/files/*/sample_project-0.1.0-*.whl.metadata"),
        one(sample, "images/index.json"),
        layer,
    ]
    for path in damaged:
        change_a_byte(path)
    sample.run("status", code=7)
    said = sample.run("repair")
    aside = r"\d damaged files set aside \(in the folder 'damaged' of index, images\)"
    assert re.search(rf"every target is what the ledger says again: {aside}, \d lost artifacts brought back, ", said)
    assert before == contents(sample)
    assert status(sample)["in_step"]
    assert len(damaged) <= len(list((sample.root / TARGETS).glob("*/damaged/*/*")))
    assert "Repaired: every target is what the ledger says" == sample.ledger()[-1]
    assert "there is nothing to mend" in sample.run("repair")
    sample.run("rollback", "--reason", "to see that it works again")


def test_lost_files_of_both_clone_and_target_come_from_the_commit(released: Sample, copy: Copy) -> None:
    """A wheel that is gone from the target and from the clone is built again from its tag, with the same bytes."""
    sample = copy(released)
    before = contents(sample)
    one(sample, "index/files/*/sample_project-0.2.0-*.whl").unlink()
    shutil.rmtree(sample.root / ".release/releases/0.2.0")
    assert "bytes found in a build of its commit" in sample.run("repair")
    assert before == contents(sample)


def test_a_channel_that_somebody_turned_by_hand_is_turned_back(released: Sample, copy: Copy) -> None:
    """A link that leads to an older generation is drift; repair follows the ledger."""
    sample = copy(released)
    link = sample.root / TARGETS / "index/stable"
    right = link.readlink()
    (older,) = {path.name for path in (link.parent / "generations").iterdir()} - {right.name}
    link.unlink()
    link.symlink_to(Path("generations") / older)
    sample.run("status", code=7)
    said = sample.run("repair")
    assert "every target is what the ledger says again: 1 channel turned back\n" in said
    assert right == link.readlink()


@pytest.mark.torture
@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_repair_that_was_killed_leaves_nothing_open(released: Sample, copy: Copy, count: int) -> None:
    """After an intent, before its outcome is recorded, or after it: each act is recorded once, with its end."""
    sample = copy(released)
    before = contents(sample)
    change_a_byte(one(sample, "index/files/*/sample_project-0.2.0-*.whl"))
    (sample.root / TARGETS / "index/stable").unlink()
    trap.install(sample.root)
    moment = Boundary("committed" if count != 3 else "prepared", count, "refuse" if count == 3 else "nothing")
    trap.arm(sample.root, moment)
    sample.run("repair", code=-signal.SIGKILL)
    assert trap.sprung(sample.root)
    sample.run("repair")
    assert before == contents(sample)
    assert [] == state.twice(sample)
    assert "Repaired: every target is what the ledger says" == sample.ledger()[-1]
    assert "there is nothing to mend" in sample.run("repair")


@pytest.mark.torture
def test_a_release_under_way_goes_on_after_a_repair(published: Sample, copy: Copy) -> None:
    """A canary that was lost while a release waits on it is brought back, and the release goes on to stable."""
    sample = copy(published)
    (sample.root / TARGETS / "index/canary").unlink()
    assert "✗ get it from canary" in sample.run("promote", code=6)
    sample.run("repair")
    sample.run("promote")
    assert "0.3.0 is released: stable serves it" == sample.ledger()[-1]


def test_a_repair_with_nothing_wrong_says_so(published: Sample, copy: Copy) -> None:
    """While a release is under way too: nothing was damaged, so nothing is said to lie anywhere; it is no operation."""
    sample = copy(published)
    told = sample.ledger()
    nothing = (
        "every target is what the ledger says; there is nothing to mend; release 0.3.0 is not finished, and can go on"
    )
    assert f"{nothing}\n" == sample.run("repair")
    assert told == sample.ledger()


def test_a_lost_canary_does_not_keep_a_release_open(published: Sample, copy: Copy) -> None:
    """After the repair the release can be given up too; the canary is as it was before it."""
    sample = copy(published)
    (sample.root / TARGETS / "index/canary").unlink()
    sample.run("repair")
    sample.run("release", "--abandon")
    assert ["0.2.0", "0.2.0"] == [channel["version"] for channel in status(sample)["channels"]]


def test_a_lost_lock_does_not_shut_anybody_out(released: Sample, copy: Copy) -> None:
    """The next lock's number is greater than any that a target has seen."""
    sample = copy(released)
    sample.git("update-ref", "-d", "refs/releases/lock")
    sample.run("rollback")


def test_a_lost_ledger_is_noticed_before_anything_is_built(released: Sample, copy: Copy) -> None:
    """Targets that serve something, and a ledger that knows nothing, do not go together."""
    sample = copy(released)
    sample.git("update-ref", "-d", "refs/releases/ledger")
    assert "canary of index serves something that the ledger does not know" in sample.run("release", code=3)


def test_without_a_release_there_is_nothing_to_repair(published: Sample, copy: Copy) -> None:
    """A channel that lists nothing can't be compared with anything."""
    sample = copy(published)
    sample.run("release", "--abandon")
    sample.git("update-ref", "-d", "refs/releases/ledger")
    assert "no channel lists a release" in sample.run("repair", code=9)
