"""Every check before the first cost, shown refusing: what the user sees, and the exit code."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from release import opening
from release.console import Console
from release.errors import Refused
from release.run import Project
from release.steps import preflight
from release.targets.static_index import StaticIndex
from release.verbs import version
from tests.release.conftest import Copy
from tests.release.observing import changed, fingerprint, hanging, remember, status
from tests.sample import Sample

pytestmark = pytest.mark.endtoend


def retag(sample: Sample, **files: str) -> None:
    """Make 0.3.0 anew, of a commit with these files."""
    sample.git("tag", "--delete", "v0.3.0")
    sample.commit("Again", **files)
    sample.git("tag", "--annotate", "--message", "0.3.0", "v0.3.0")


def dirty(sample: Sample) -> None:
    """Change a file."""
    (sample.root / "README.md").write_text("# Other\n")


def untracked(sample: Sample) -> None:
    """Leave a file that git does not know."""
    (sample.root / "untracked").touch()


def shallow(sample: Sample) -> None:
    """Cut the history off, as `git clone --depth` does."""
    (sample.root / ".git" / "shallow").write_text(sample.git("rev-parse", "HEAD~1") + "\n")


def lightweight(sample: Sample) -> None:
    """Tag as `git tag NAME` does."""
    sample.git("tag", "--delete", "v0.3.0")
    sample.git("tag", "v0.3.0")


def no_version(sample: Sample) -> None:
    """Mistype the version."""
    sample.git("tag", "--delete", "v0.3.0")
    sample.git("tag", "--annotate", "--message", "0.3.x", "v0.3.x")


def without_prefix(sample: Sample) -> None:
    """Forget what stands before the version: the build would call it 0.3.0 all the same."""
    sample.git("tag", "--delete", "v0.3.0")
    sample.git("tag", "--annotate", "--message", "0.3.0", "0.3.0")


def without_build_lock(sample: Sample) -> None:
    """Pin no build tools."""
    (sample.root / "requirements" / "build.txt").unlink()
    retag(sample)


def without_runtime_lock(sample: Sample) -> None:
    """Pin no dependencies."""
    (sample.root / "requirements" / "runtime.txt").unlink()
    retag(sample)


def unknown_gate(sample: Sample) -> None:
    """Name a session that the noxfile does not have."""
    retag(sample, **changed(sample, "pyproject.toml", 'gates = ["quick"', 'gates = ["quikc"'))


def two_versions(sample: Sample) -> None:
    """Tag the commit again, as another version."""
    sample.git("tag", "--annotate", "--message", "1.0", "v1.0")


def not_greater(sample: Sample) -> None:
    """Tag a version between two released ones."""
    sample.git("tag", "--delete", "v0.3.0")
    sample.tag("0.1.5")


def moved(sample: Sample) -> None:
    """Make a released version's tag anew, at its own commit."""
    sample.git("checkout", "--quiet", "-B", "main", "v0.2.0")
    sample.git("tag", "--force", "--annotate", "--message", "0.2.0 again", "v0.2.0")


def without_section(sample: Sample) -> None:
    """Write under another version."""
    retag(sample, **changed(sample, "CHANGELOG.md", "## [0.3.0]", "## [0.2.9]"))


def empty_section(sample: Sample) -> None:
    """Leave a heading with nothing below it."""
    retag(sample, **changed(sample, "CHANGELOG.md", "- 0.3.0.\n", ""))


def without_changelog(sample: Sample) -> None:
    """Remove the file."""
    (sample.root / "CHANGELOG.md").unlink()
    retag(sample)


def on_another_branch(sample: Sample) -> None:
    """Tag a commit that was never merged."""
    sample.git("switch", "--quiet", "--create", "side")
    sample.git("tag", "--delete", "v0.3.0")
    sample.tag("0.3.0")


def ahead(sample: Sample) -> None:
    """Forget to push."""
    remember(sample, sample.root.parent / "remote.git")
    retag(sample)


def behind(sample: Sample) -> None:
    """Forget to pull."""
    sample.commit("Later")
    remember(sample, sample.root.parent / "remote.git")
    sample.git("reset", "--quiet", "--hard", "v0.3.0")


def another_tag_there(sample: Sample) -> None:
    """Push a tag, and make it anew here."""
    remember(sample, sample.root.parent / "remote.git", "--tags")
    sample.git("tag", "--force", "--annotate", "--message", "0.3.0 again", "v0.3.0")


def unreachable(sample: Sample) -> None:
    """Take the remote away."""
    sample.git("remote", "add", "origin", "../nowhere.git")


def full_disk(sample: Sample) -> None:
    """Ask for more room than there is."""
    retag(sample, **changed(sample, "pyproject.toml", "free-disk-mib = 1\n", "free-disk-mib = 1000000000\n"))


_ID = "[0-9a-f]{12}"


CASES: dict[Callable[[Sample], None], tuple[str, str]] = {
    dirty: (
        "1 uncommitted or untracked path: README.md",
        "commit them, ignore them, or put them aside: git stash --include-untracked",
    ),
    untracked: (
        "1 uncommitted or untracked path: untracked",
        "commit them, ignore them, or put them aside: git stash --include-untracked",
    ),
    shallow: (
        "the clone is shallow, so no version can be told from its history",
        "git fetch --unshallow --tags (in CI: check out with fetch-depth 0)",
    ),
    lightweight: (
        "the tag v0.3.0 is not annotated, so it says neither who nor when",
        "git tag --delete v0.3.0, then git tag --annotate v0.3.0 --message v0.3.0",
    ),
    no_version: (
        "the tag v0.3.x at HEAD is not a version (PEP 440)",
        "remove it (git tag --delete v0.3.x) and make the right one: nox -s version -- next",
    ),
    without_prefix: (
        "the build takes the tag 0.3.0 at HEAD for the version 0.3.0, whose tag is v0.3.0",
        "name it v0.3.0, or set tool.release.tag-prefix; ",
    ),
    without_build_lock: (
        "requirements/build.txt: missing",
        "mkdir -p requirements && printf '%s\\n' ",
    ),
    without_runtime_lock: (
        "requirements/runtime.txt: missing",
        "mkdir -p requirements && uv pip compile ",
    ),
    unknown_gate: (
        "noxfile.py: it has no session quikc",
        "nox --list shows what there is; mend tool.release.gates",
    ),
    two_versions: (
        "HEAD has 2 version tags: v0.3.0, v1.0",
        "keep one: git tag --delete NAME",
    ),
    not_greater: (
        "0.1.5 is not greater than 0.2.0, which was released before",
        "nox -s version -- next",
    ),
    moved: (
        f"the tag v0.2.0 has moved: the ledger has it at {_ID}, now it is {_ID}",
        "put it back (git tag --force v0.2.0 ",
    ),
    without_section: (
        "CHANGELOG.md has no section for 0.3.0",
        "write what changes for users under '## [0.3.0]', commit, and make the tag anew",
    ),
    empty_section: (
        "CHANGELOG.md has nothing for 0.3.0",
        "write what changes for users under '## [0.3.0]', commit, and make the tag anew",
    ),
    without_changelog: (
        "the commit has no CHANGELOG.md",
        "write it, see https://keepachangelog.com",
    ),
    on_another_branch: (
        "the branch main does not contain the commit",
        "merge it into main first, or set tool.release.branch",
    ),
    ahead: (
        "main and origin/main are not in step",
        "git push origin main",
    ),
    behind: (
        "main and origin/main are not in step",
        "git pull --ff-only origin main",
    ),
    another_tag_there: (
        "origin has another tag v0.3.0",
        "find out who pushed it; a version's tag never moves, so release under the next version",
    ),
    unreachable: (
        "origin does not answer: git ls-remote: fatal: ",
        "git ls-remote origin",
    ),
    full_disk: (
        r"the disk has \d+ MiB left, a release needs 1000000000 MiB",
        "make room, or set tool.release.free-disk-mib",
    ),
}
"""What is done, to what is said and what the reader is told to do."""


@pytest.mark.parametrize("spoil", CASES, ids=lambda spoil: spoil.__name__)
def test_preflight_refuses(released: Sample, copy: Copy, spoil: Callable[[Sample], None]) -> None:
    """One thing is wrong: that one thing is said, with what to do, and nothing is changed."""
    what, do = CASES[spoil]
    sample = copy(released)
    sample.tag("0.3.0")
    spoil(sample)
    events = sample.ledger()
    said = sample.run("release", code=3)
    pattern = what if "\\" in what or _ID in what else re.escape(what)
    assert re.match(rf"\n{pattern}", said), said
    assert f"  do:    {do}" in said
    assert said.endswith("\n1 problem, nothing was changed\n")
    assert events == sample.ledger()


def test_preflight_names_all_problems_at_once(released: Sample, copy: Copy) -> None:
    """Four things are wrong: one run says all of them, and nothing is changed."""
    sample = copy(released)
    sample.git("tag", "v0.2.0.post1")
    sample.commit("Not tagged")
    sample.git("tag", "v0.1.9")
    untracked(sample)
    before = fingerprint(sample)
    said = sample.run("release", code=3)
    assert [
        "1 uncommitted or untracked path: untracked",
        "the tag v0.1.9 is not annotated, so it says neither who nor when",
        "0.1.9 is not greater than 0.2.0, which was released before",
        "CHANGELOG.md has no section for 0.1.9",
        "4 problems, nothing was changed",
    ] == [line for line in said.splitlines() if line and not line.startswith(" ")]
    assert before == fingerprint(sample)


class PublicIndex(StaticIndex):
    """An index that others see: not on this machine, for all that preflight knows."""

    embedded = False


def test_an_untagged_commit_goes_to_no_public_target(released: Sample) -> None:
    """Only what is tagged leaves the machine; the refusal has the command that makes the tag."""
    known = opening.project(released.root, Console())
    targets = (*known.targets, PublicIndex("public", released.root / "public", "sample-project"))
    project = Project(known.config, known.repository, known.workspace, targets, known.console)
    with pytest.raises(Refused) as caught:
        preflight.candidate(project, opening.history(project), None)
    (problem,) = caught.value.problems
    assert "HEAD has no version tag, and only tagged commits go to public" == problem.what
    assert "nox -s version -- next" == problem.do


def test_a_tag_of_something_else_is_in_nobodys_way(released: Sample, copy: Copy) -> None:
    """An untagged commit stays one: such a tag is no version, and `version` does not count it either."""
    sample = copy(released)
    sample.git("tag", "9.0.0", "HEAD~1")
    sample.commit("Deploy it")
    sample.git("tag", "deploy")
    project = opening.project(sample.root, Console())
    candidate = preflight.candidate(project, opening.history(project), None)
    assert (None, True) == (candidate.tag, ".dev" in candidate.version)
    assert "0.2.0" == str(version.last(project))


@pytest.mark.torture
def test_what_other_profiles_released_counts(released: Sample, copy: Copy) -> None:
    """A version below one that reached users of other targets is refused; development versions there do not count."""
    sample = copy(released)
    sample.commit("More")
    sample.run("release")
    targets = '[tool.release.profiles.other.targets.second]\nkind = "static-index"\npath = "../second"\n'
    text = (sample.root / "pyproject.toml").read_text()
    sample.commit("Another profile", pyproject__toml=f"{text}\n{targets}")
    sample.tag("0.1.9")
    said = sample.run("release", "--profile", "other", code=3)
    assert "0.1.9 is not greater than 0.2.0, which was released before" in said
    assert "1 problem, nothing was changed" in said


def test_only_one_may_release(stopped: Sample, copy: Copy) -> None:
    """While a release is under way, another one and a rollback say who holds the lock; after its end, it is free."""
    sample = copy(stopped)
    with hanging(sample, "release") as process:
        holder = f"Ada on {os.uname().nodename} (process {process.pid}): release 0.3.0; the lock ends in "
        refused = sample.run("release", code=8)
        held = sample.run("rollback", code=8)
        shown = sample.run("status")
        os.killpg(process.pid, signal.SIGKILL)
    assert refused.startswith(f"\nsomebody else is releasing\n  where: {holder}")
    assert held.startswith(f"\nsomebody else is releasing\n  where: {holder}")
    assert f"lock: {holder}" in shown
    assert status(sample)["lock"] is None


def test_a_release_on_canary_is_in_the_way(published: Sample, copy: Copy) -> None:
    """Neither the next release nor a rollback begins before the one on canary is finished or closed."""
    sample = copy(published)
    sample.tag("0.4.0")
    assert "the release that waits to be promoted is 0.3.0, of another commit" in sample.run("promote", code=2)
    said = sample.run("release", code=3)
    assert said.startswith("\nrelease 0.3.0 is not finished\n  where: begun ")
    finish = "finish it (git switch --detach v0.3.0, nox -s release) or close it (nox -s release -- --abandon)"
    assert f"do:    {finish}\n1 problem, nothing was changed\n" in said
    said = sample.run("rollback", code=3)
    assert "do:    it has not reached stable; close it: nox -s release -- --abandon\n" in said


@pytest.mark.torture
def test_a_rollback_under_way_is_in_the_way(released: Sample, copy: Copy) -> None:
    """After a rollback was killed nothing else begins; the same command finishes it."""
    sample = copy(released)
    with sample.start("rollback") as process:
        assert process.stdout is not None
        assert any("turn the channels" in line for line in process.stdout)
        os.killpg(process.pid, signal.SIGKILL)
    sample.tag("0.3.0")
    said = sample.run("release", code=3)
    assert said.startswith("\nrollback 0.1.0 is not finished\n  where: begun ")
    assert "do:    finish it: nox -s rollback\n1 problem, nothing was changed\n" in said
    assert "rollback 0.1.0 is not finished" in sample.run("promote", "0.2.0", "--reason", "it works", code=3)
    assert "rollback to 0.1.0 goes on" in sample.run("rollback")
    assert "Rolled back: stable serves 0.1.0; 0.2.0 withdrawn: rolled back" == sample.ledger()[-1]


def test_nothing_waits_to_be_promoted(released: Sample) -> None:
    """`promote` needs something that was proven on canary."""
    said = released.run("promote", code=9)
    assert "no release waits to be promoted" in said
    assert "do:    nox -s publish, then nox -s promote" in said


def test_a_folder_without_git_is_refused(tmp_path: Path, released: Sample) -> None:
    """Outside a clone every command says so."""
    said = Sample(tmp_path, released.cache).run("status", code=1)
    assert "this folder is not in a git repository" in said
    assert subprocess.run(["git", "status"], cwd=tmp_path, capture_output=True, check=False).returncode


@pytest.mark.torture
def test_an_operation_is_finished_with_its_profile(published: Sample, copy: Copy) -> None:
    """What was begun with other targets is neither finished nor taken back with these; the right ones are named."""
    sample = copy(published)
    pyproject = sample.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text() + "\n[tool.release.profiles.other]\n")
    sample.git("update-index", "--assume-unchanged", "pyproject.toml")  # as if the commit had it
    before = sample.ledger()
    finish = "finish it (git switch --detach v0.3.0, nox -s release) or close it (nox -s release -- --abandon)"
    for words in (("promote",), ("rollback",), ("release", "--abandon"), ("repair",)):
        said = sample.run(*words, "--profile", "other", code=3)
        assert "release 0.3.0 is not finished, and is of the profile embedded" in said, words
        assert f"do:    {finish}\n" in said
    assert before == sample.ledger()
