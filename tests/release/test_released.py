"""A release again: what is finished by the ledger, on every target, and still there, has nothing to do."""

from __future__ import annotations

import shutil

import pytest

from release.errors import Tampered
from release.pipeline import RELEASE
from release.verbs import abandon
from release.verbs import release as releasing
from tests.release.conftest import Copy
from tests.release.immutable import open_project
from tests.release.test_tampering import one
from tests.sample import IDENTITY, Sample

pytestmark = [pytest.mark.endtoend, pytest.mark.torture]
NOTHING = "0.2.0 is released already; there is nothing to do\n"


@pytest.fixture(autouse=True)
def who(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody is at the keyboard."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


def test_a_release_whose_wheel_is_lost_is_not_released(public: Sample, copy: Copy) -> None:
    """Pages that list it are not enough: the target is asked for the bytes, and the way to bring them back is named."""
    sample = copy(public)
    project, _ = open_project(sample)
    one(sample, "index/files/*/sample_project-0.2.0-*.whl").unlink()
    lost = r"0\.2\.0 was released, and sample_project-0\.2\.0-py3-none-any\.whl is missing from index now"
    with pytest.raises(Tampered, match=rf"{lost}[\s\S]*nox -s repair"):
        releasing.release(project)
    assert "is missing from index now" in sample.run("release", code=7)
    sample.run("repair")
    assert NOTHING in sample.run("release")


def test_a_target_that_was_added_later_gets_the_release(
    imaged: Sample, copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    """What one target serves is not on all of them: the same bytes go to the new one, and only then it is released."""
    sample = copy(imaged)
    project, public = open_project(sample)
    before = {target.name: target.serving("stable") for target in project.targets if target is not public}

    releasing.release(project)

    said = capsys.readouterr().err
    assert "0.2.0 is not on stable of public yet: it is released again, and what is there already stays\n" in said
    assert "make stable of public serve 0.2.0" in said
    assert "make stable of index serve" not in said
    assert before == {target.name: target.serving("stable") for target in project.targets if target is not public}
    wheel = "files/*/sample_project-0.2.0-*.whl"
    assert one(sample, f"index/{wheel}").parent.name == next(public.root.glob(wheel)).parent.name
    assert "0.2.0 is released: stable serves it" == sample.ledger()[-1]
    releasing.release(project)
    assert NOTHING in capsys.readouterr().err


def test_a_target_that_was_added_later_gets_the_very_image(
    imaged: Sample, copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    """Debian's packages may have moved on since: the image comes from where it is served, and is not built again."""
    sample = copy(imaged)
    project, _public = open_project(sample)
    served = [target.serving("stable") for target in project.targets if "image" in target.takes]
    shutil.rmtree(project.workspace.image("0.2.0"))

    releasing.release(project)

    assert "bytes found in images" in capsys.readouterr().err
    assert served == [target.serving("stable") for target in project.targets if "image" in target.takes]
    assert "0.2.0 is released: stable serves it" == sample.ledger()[-1]


def test_a_release_that_was_given_up_unproven_is_not_released(
    public: Sample, copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is on stable of an index that keeps it, unproven: the next release says so, and proves it."""
    sample = copy(public)
    sample.tag("0.3.0")
    project, index = open_project(sample, alone=True)
    releasing.release(project, steps=RELEASE[:-2])  # neither proven on stable, nor the tag pushed
    served = index.serving("stable")
    abandon.abandon(project, "the line was cut")
    capsys.readouterr()

    releasing.release(project)

    said = capsys.readouterr().err
    assert "0.3.0 is on stable of public, where no release of it was finished, so nothing is proven: it is" in said
    assert "0.3.0 was given up: the line was cut; this releases it anew; nox -s release -- --abandon" in said
    assert "✓ get it from stable, install it and run it" in said
    assert "0.3.0 is released: stable serves it" == sample.ledger()[-1]
    assert served == index.serving("stable")
    releasing.release(project)
    assert "0.3.0 is released already" in capsys.readouterr().err
