"""A release again: what is finished by the ledger, on every target, and still there, has nothing to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from release import opening
from release.console import Console
from release.errors import NotEligible, Refused, Tampered, VerifyFailed
from release.pipeline import RELEASE
from release.run import Project
from release.verbs import abandon
from release.verbs import release as releasing
from tests.release.conftest import Copy
from tests.release.immutable import open_project
from tests.release.test_tampering import one
from tests.sample import IDENTITY, Sample

pytestmark = pytest.mark.endtoend
NOTHING = "0.2.0 is released already; there is nothing to do\n"


@pytest.fixture(autouse=True)
def who(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody is at the keyboard."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.mark.torture
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


@pytest.mark.torture
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


@pytest.mark.torture
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


@pytest.mark.torture
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

    releasing.publish(project)

    said = capsys.readouterr().err
    assert "0.3.0 is on stable of public, where no release of it was finished, so nothing is proven: it is" in said
    assert "0.3.0 was given up: the line was cut; this releases it anew; nox -s release -- --abandon" in said
    assert "sample-project 0.3.0 is staged, and on stable already\n" in said
    assert "Release 0.3.0: what is staged where there is no canary works" == sample.ledger()[-1]
    releasing.promote(project)
    said = capsys.readouterr().err
    assert "✓ get it from stable, install it and run it" in said
    assert "0.3.0 is released: stable serves it" == sample.ledger()[-1]
    assert served == index.serving("stable")
    releasing.release(project)
    assert "0.3.0 is released already" in capsys.readouterr().err


@pytest.mark.torture
def test_a_release_that_is_being_given_up_is_not_promoted(
    published: Sample, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody gave it up and was cut off: promote names the way on, and brings nothing to stable."""
    sample = copy(published)
    project, _public = open_project(sample)
    before = [target.serving("stable") for target in project.targets]

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(abandon, "finish", cut_off)
    with pytest.raises(KeyboardInterrupt):
        abandon.abandon(project, "it adds")
    monkeypatch.undo()
    with pytest.raises(Refused) as caught:
        releasing.promote(project)
    assert "nox -s release -- --abandon" in caught.value.problems[0].do
    assert before == [target.serving("stable") for target in project.targets]


@pytest.mark.torture
def test_what_is_out_already_is_not_said_to_be_nobodys(public: Sample, copy: Copy) -> None:
    """A broken release that stayed on stable of an index: where it is staged again, users have it, and must be told."""
    sample = copy(public)
    path = sample.root / "sample" / "__init__.py"
    path.write_text(path.read_text().replace("int(words[0]) * ", "int(words[0]) + "))
    sample.tag("0.3.0")
    project, _index = open_project(sample, alone=True)
    releasing.release(project, steps=[step for step in RELEASE[:-1] if not step.name.startswith("verify")])
    abandon.abandon(project, "it adds")
    with pytest.raises(VerifyFailed, match="staged for public does not work: it can't multiply") as caught:
        releasing.release(project)
    assert "mend it and release again, or go back: nox -s release -- --abandon" == caught.value.do


@pytest.mark.torture
def test_a_tag_of_something_else_does_not_make_it_another(promoted: Sample, copy: Copy) -> None:
    """HEAD stays released, and stays withdrawn, whatever else it is called."""
    sample = copy(promoted)
    sample.git("tag", "--annotate", "--message", "x", "deployed-on-friday")
    assert "0.3.0 is released already; there is nothing to do\n" == sample.run("release")
    sample.run("rollback", "--reason", "it divides")
    before = sample.ledger()
    assert "0.3.0 was released, and withdrawn: it divides" in sample.run("release", code=9)
    assert before == sample.ledger()


@pytest.mark.torture
@pytest.mark.parametrize(
    ("meanwhile", "command", "said"),
    [
        (("promote", "rollback"), releasing.release, r"0\.3\.0 was released, and withdrawn: rolled back"),
        (("promote",), releasing.promote, r"no release waits to be promoted"),
        (("release --abandon",), releasing.promote, r"no release waits to be promoted"),
    ],
)
def test_what_somebody_else_did_before_the_lock_was_taken_counts(
    published: Sample,
    copy: Copy,
    monkeypatch: pytest.MonkeyPatch,
    *,
    meanwhile: Sequence[str],
    command: Callable[[Project], None],
    said: str,
) -> None:
    """It is decided anew under the lock: what was released, withdrawn or given up meanwhile does not begin again."""
    sample = copy(published)
    project, locked = opening.project(sample.root, Console()), opening.locked

    def later(*words: Any) -> Any:
        for other in meanwhile:
            sample.run(*other.split())
        return locked(*words)

    monkeypatch.setattr(opening, "locked", later)
    with pytest.raises(NotEligible, match=said):
        command(project)
    assert opening.history(project).operation is None


@pytest.mark.torture
def test_what_somebody_else_released_before_the_lock_was_taken_is_released(
    published: Sample, copy: Copy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nothing to do any more, which is said."""
    sample = copy(published)
    project, locked = opening.project(sample.root, Console()), opening.locked

    def later(*words: Any) -> Any:
        sample.run("promote")
        return locked(*words)

    monkeypatch.setattr(opening, "locked", later)
    releasing.release(project)
    assert "0.3.0 is released already; there is nothing to do\n" == capsys.readouterr().err
    assert "0.3.0 is released: stable serves it" == sample.ledger()[-1]
