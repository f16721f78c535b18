"""Every gate and every check of what was built, shown refusing: what the user sees, and the exit code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.release.conftest import Copy
from tests.release.observing import changed, images, served
from tests.sample import Sample

pytestmark = pytest.mark.endtoend

BACKEND = (Path(__file__).parent / "backend.py").read_text()


@pytest.mark.parametrize(
    ("outcome", "failed"),
    [
        ("fail", "    slow: slow failed\n"),
        ("skip", "    slow: slow skipped not on Sundays\n"),
    ],
)
def test_a_gate_that_did_not_pass_stops_the_release(stopped: Sample, copy: Copy, outcome: str, failed: str) -> None:
    """A gate that failed, or was skipped: nothing is published, the log is named."""
    sample = copy(stopped)
    said = sample.run("release", code=4, SAMPLE_GATE=outcome)
    assert f"1 gate failed, nothing was published: slow\n{failed}" in said
    assert "do:    run it alone and mend it: nox -s slow" in said
    assert "  done: build; next: gates\n  stopped at gates: 1 gate failed, nothing was published: slow\n" in sample.run(
        "status"
    )
    logs = re.search(r"where: logs in (.*)", said)
    assert logs is not None
    assert (Path(logs[1]) / "nox.txt").is_file()
    assert {"canary of index": "0.2.0", "stable of index": "0.2.0"} == served(sample)


@pytest.mark.parametrize(
    ("outcome", "said"),
    [("absent", "noxfile.py: it has no session slow\n"), ("no noxfile", "noxfile.py: Nox can't load the noxfile:\n")],
)
def test_a_gate_that_is_not_there_is_found_before_the_build(
    released: Sample, copy: Copy, outcome: str, said: str
) -> None:
    """What doctor would say of the noxfile, preflight says too; the gates that are there are not blamed."""
    sample = copy(released)
    sample.tag("0.3.0")
    printed = sample.run("release", code=3, SAMPLE_GATE=outcome)
    assert said in printed
    assert "quick" not in printed
    assert "1 problem, nothing was changed" in printed
    assert not (sample.root / ".release" / "releases" / "0.3.0").exists()


@pytest.mark.torture
def test_a_gate_that_hangs_stops_the_release(released: Sample, copy: Copy) -> None:
    """A gate that takes longer than it may is ended, with what it has started; the others say why they ended too."""
    sample = copy(released)
    config = changed(
        sample, "pyproject.toml", 'gates = ["quick", "slow"]', 'gates = ["quick", "slow"]\ngate-seconds = 2'
    )
    sample.commit("Limit", **config)
    sample.tag("0.3.0")
    sign = sample.root.parent / "hanging"
    said = sample.run("release", code=4, SAMPLE_GATE="hang", SAMPLE_SIGN=str(sign))
    assert sign.exists()
    why = "slow did not end within 2 s (tool.release.gate-seconds)"
    assert f"2 gates failed, nothing was published: quick, slow\n    quick: {why}\n    slow: {why}\n" in said
    assert {"canary of index": "0.2.0", "stable of index": "0.2.0"} == served(sample)
    assert "gate slow successful" in sample.run("release")


def test_a_build_that_differs_from_itself_stops_the_release(released: Sample, copy: Copy) -> None:
    """A time in the package makes two builds differ: the member is named, and nothing is published."""
    sample = copy(released)
    clock = BACKEND.replace('f"BUILT = {EPOCH}\\n"', "f\"BUILT = {__import__('time').time_ns()}\\n\"")
    assert clock != BACKEND
    sample.commit("Say when", backend__py=clock)
    sample.tag("0.3.0")
    said = sample.run("release", code=5)
    assert "two builds of the same commit differ in sample/built.py, sample_project-0.3.0.dist-info/RECORD\n" in said
    assert "where: sample_project-0.3.0-py3-none-any.whl\n" in said
    assert "do:    take times, random values, paths and the order of files out of the build" in said
    assert {"canary of index": "0.2.0", "stable of index": "0.2.0"} == served(sample)


def test_a_wheel_of_another_version_stops_the_release(released: Sample, copy: Copy) -> None:
    """A version written by hand, which is not the tag's, is found in the wheel."""
    sample = copy(released)
    sample.commit("Write it by hand", backend__py=BACKEND.replace("str(get_version())", '"0.2.9"'))
    sample.tag("0.3.0")
    said = sample.run("release", code=5)
    assert "the wheel says that it is 0.2.9, the release is 0.3.0\n" in said
    assert "do:    let the version come from the tag: [tool.setuptools_scm] or hatch-vcs in pyproject.toml" in said


@pytest.mark.torture
def test_a_wheel_that_this_python_can_not_install_stops_the_release(released: Sample, copy: Copy) -> None:
    """What can't be installed here could not be proven, so nothing is published."""
    sample = copy(released)
    sample.commit("Need another Python", backend__py=BACKEND.replace("Python: >=3.10", "Python: >=3.99"))
    sample.tag("0.3.0")
    said = sample.run("release", code=5)
    assert "requires Python >=3.99, this is 3." in said
    assert "do:    run the engine with a Python that the project supports" in said
    assert {"canary of index": "0.2.0", "stable of index": "0.2.0"} == served(sample)


def test_an_sdist_of_another_form_stops_the_release(released: Sample, copy: Copy) -> None:
    """One .tar.gz is what indexes take (PEP 625)."""
    sample = copy(released)
    rename = 'Path(sdist_directory, f"{top}.tar.gz").rename(Path(sdist_directory, f"{top}.tar"))'
    renamed = BACKEND.replace('    return f"{top}.tar.gz"', f'    {rename}\n    return f"{{top}}.tar"')
    assert renamed != BACKEND
    sample.commit("Leave it unpacked", backend__py=renamed)
    sample.tag("0.3.0")
    said = sample.run("release", code=5)
    assert "the build left sample_project-0.3.0.tar where one *.tar.gz was wanted" in said
    assert "do:    let the backend write one sdist as .tar.gz (PEP 625) and one wheel" in said


def test_a_broken_description_stops_the_release(released: Sample, copy: Copy) -> None:
    """`twine check --strict` refuses a README that an index could not show."""
    sample = copy(released)
    sample.git("mv", "README.md", "README.rst")
    sample.commit("Write it in reStructuredText", README__rst="Sample\n===\n\n.. no-such-directive:: x\n")
    sample.tag("0.3.0")
    said = sample.run("release", code=5)
    assert "`long_description` has syntax errors in markup" in said
    assert "do:    mend the project's description or metadata" in said


def test_a_failing_build_stops_the_release(released: Sample, copy: Copy) -> None:
    """The build's last words are shown."""
    sample = copy(released)
    sample.commit("Break it", backend__py=f"{BACKEND}\nraise RuntimeError('no compiler')\n")
    sample.tag("0.3.0")
    said = sample.run("release", code=5)
    assert "RuntimeError: no compiler" in said
    assert "do:    mend the build; it runs alone with: nox -s build" in said


def test_build_tools_without_a_lock_stop_the_release(released: Sample, copy: Copy) -> None:
    """A build with tools of the day can't be repeated; a lock that git ignores is not in the commit."""
    sample = copy(released)
    lock = sample.root / "requirements" / "build.txt"
    text = lock.read_text()
    lock.unlink()
    sample.tag("0.3.0")
    lock.write_text(text)
    (sample.root / ".git" / "info" / "exclude").write_text("/requirements/build.txt\n")
    said = sample.run("release", code=5)
    assert "the build tools are not pinned: the commit has no such file\n  where: requirements/build.txt" in said
    assert "do:    nox -s lock" in said


@pytest.mark.torture
def test_an_image_without_the_command_stops_the_release(imaged: Sample, copy: Copy) -> None:
    """The image's entry point must be in the wheel."""
    sample = copy(imaged)
    sample.commit("Rename", **changed(sample, "pyproject.toml", 'command = "sample"', 'command = "specimen"'))
    sample.tag("0.3.0")
    said = sample.run("release", code=5)
    assert "sample_project-0.3.0-py3-none-any.whl has no command specimen\n" in said
    assert "do:    add it to [project.scripts], or name another command than specimen" in said


def test_an_image_that_does_not_work_stops_the_release(imaged: Sample, copy: Copy) -> None:
    """A program that needs a shell works everywhere but in the image, which is found out before anything is public."""
    sample = copy(imaged)
    text = (sample.root / "sample" / "__init__.py").read_text()
    shell = text.replace(
        "    words =", '    __import__("subprocess").run(["sh", "-c", "exit 0"], check=True)\n    words ='
    )
    assert shell != text
    (sample.root / "sample" / "__init__.py").write_text(shell)
    sample.tag("0.3.0")
    before = images(sample)
    said = sample.run("release", code=6)
    assert re.search(r"the image does not work: .*returned non-zero exit status 1", said)
    assert before == images(sample)


@pytest.mark.torture
def test_a_program_that_does_not_work_stays_on_canary(released: Sample, copy: Copy) -> None:
    """What can be installed and is wrong is found out on canary; stable stays, and canary can be taken back."""
    sample = copy(released)
    text = (sample.root / "sample" / "__init__.py").read_text()
    (sample.root / "sample" / "__init__.py").write_text(text.replace("int(words[0]) * ", "int(words[0]) + "))
    sample.tag("0.3.0")
    said = sample.run("release", code=6)
    why = "sample_project-0.3.0-py3-none-any.whl from canary of index does not work: it can't multiply"
    assert f"{why}\n" in said
    assert f"  stopped at verify canary: {why}\n" in sample.run("status")
    assert {"canary of index": "0.3.0", "stable of index": "0.2.0"} == served(sample)
    assert f"Release 0.3.0: stopped at verify canary: {why}" == sample.ledger()[-1]
    sample.run("release", "--abandon")
    assert {"canary of index": "0.2.0", "stable of index": "0.2.0"} == served(sample)
