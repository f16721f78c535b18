"""The questions that the engine asks of git, to real repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from release.errors import ReleaseError
from release.git import GitError, Repository, Tag
from tests.release.clones import add_remote, commit, make_clone, store


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    """A repository with one commit."""
    return make_clone(tmp_path / "clone")


def files(folder: Path) -> dict[str, str]:
    """Every file below a folder with its text, and every link with where it points to; git's own left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file() and not name.startswith(".git/"):
            found[name] = path.read_text()
    return found


def test_repository_is_found_from_a_folder_inside(clone: Repository) -> None:
    """Any folder of a clone leads to its root."""
    (clone.root / "deep" / "er").mkdir(parents=True)
    assert clone.root == Repository(clone.root / "deep" / "er").root


def test_folder_outside_of_any_repository_is_refused(tmp_path: Path) -> None:
    """A folder that is in no clone is named."""
    with pytest.raises(ReleaseError, match="not in a git repository") as caught:
        Repository(tmp_path)
    assert (str(tmp_path), "run the command inside a clone of the project") == (caught.value.where, caught.value.do)


def test_missing_git_is_said(clone: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without git is told to install it, not that the folder is wrong."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ReleaseError, match="git is not installed") as caught:
        Repository(clone.root)
    assert "apt-get install git" in caught.value.do


def test_callers_git_variables_do_not_steer(clone: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GIT_DIR and its like are the caller's; who commits is passed on."""
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Grace")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "grace@example.org")
    assert [] == clone.changes()
    assert clone.git("var", "GIT_COMMITTER_IDENT").startswith("Grace <grace@example.org> ")


def test_failure_has_gits_own_words(clone: Repository) -> None:
    """What git says is in the error; `maybe` makes None of it."""
    with pytest.raises(GitError, match="git rev-parse: fatal: Needed a single revision") as caught:
        clone.git("rev-parse", "--verify", "nothing")
    assert str(clone.root) == caught.value.where
    assert clone.maybe("rev-parse", "--verify", "nothing") is None
    with pytest.raises(GitError, match="exit code 1"):
        clone.git("diff", "--quiet", "--no-index", "/dev/null", str(clone.root / "README.md"))


def test_commit_and_its_time(clone: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revision has a full id, and its committer's time in seconds."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", "1234567890 +0545")
    made = commit(clone, {"a": "1"})
    assert (made, 1234567890) == (clone.commit(), clone.epoch(made))
    with pytest.raises(ReleaseError, match="no commit nothing"):
        clone.commit("nothing")


def test_time_of_a_signed_commit_is_a_number(clone: Repository, tmp_path: Path) -> None:
    """A user's log.showSignature prints more than the time for a signed commit; that does not confuse."""
    program = tmp_path / "gpg"
    program.write_text("#!/bin/sh\necho '[GNUPG:] GOODSIG 1 Ada' ; echo 'gpg: Good signature from Ada' >&2\n")
    program.chmod(0o755)
    clone.git("config", "gpg.program", str(program))
    clone.git("config", "log.showSignature", "true")
    content = clone.git("cat-file", "commit", "HEAD").replace("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n\n", 1)
    signed = clone.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=f"{content}\n".encode())
    assert "Good signature" in clone.git("show", "--no-patch", "--format=%ct", signed)
    assert clone.epoch("HEAD") == clone.epoch(signed)


def test_changes_has_every_kind(clone: Repository) -> None:
    """Changed, staged and untracked paths are all there, also in folders; a clean tree has none."""
    assert [] == clone.changes()
    (clone.root / "README.md").write_text("changed")
    (clone.root / "folder").mkdir()
    (clone.root / "folder" / "new ünd odd").touch()
    (clone.root / "staged").touch()
    clone.git("add", "staged")
    clone.git("config", "status.showUntrackedFiles", "no")
    assert [" M README.md", "A  staged", '?? "folder/new \\303\\274nd odd"'] == clone.changes()


def test_tags_say_whether_they_are_annotated(clone: Repository) -> None:
    """An annotated tag has an object of its own; the selection narrows the list; odd names are read whole."""
    clone.git("tag", "light")
    clone.git("tag", "--annotate", "--message", "x", "v1.0")
    clone.git("tag", "odd\u2028näme")
    first = clone.commit()
    second = commit(clone, {"a": "1"})
    clone.git("tag", "later")
    own = clone.git("rev-parse", "v1.0")
    assert [Tag("light", first, annotated=False), Tag("odd\u2028näme", first, annotated=False),
            Tag("v1.0", own, annotated=True)] == clone.tags(f"--points-at={first}")  # fmt: skip
    assert ["later"] == [tag.name for tag in clone.tags(f"--points-at={second}")]
    assert 4 == len(clone.tags())
    assert own == clone.reference("refs/tags/v1.0")
    assert clone.reference("refs/tags/none") is None


def test_no_tags(clone: Repository) -> None:
    """A repository without tags has none."""
    assert [] == clone.tags()


def test_branch_contains_its_commits(clone: Repository) -> None:
    """A branch contains what it was built on, and nothing else."""
    first = clone.commit()
    clone.git("switch", "--quiet", "--create", "side")
    second = commit(clone, {"a": "1"})
    assert clone.contains("main", first)
    assert not clone.contains("main", second)
    assert clone.contains("side", second)
    assert not clone.contains("nothing", first)


def test_remote_says_what_it_has(clone: Repository, tmp_path: Path) -> None:
    """An empty remote has nothing; then refs by their full names, narrowed by patterns; a lost one is an error."""
    assert [] == clone.remotes
    add_remote(clone, tmp_path / "bare")
    assert ["origin"] == Repository.at(clone.root).remotes
    assert {} == clone.remote_refs("origin")
    clone.git("tag", "odd\u2028näme")
    clone.git("push", "--quiet", "origin", "main", "--tags")
    head = clone.commit()
    assert {"refs/heads/main": head} == clone.remote_refs("origin", "refs/heads/main")
    assert {"HEAD", "refs/heads/main", "refs/tags/odd\u2028näme"} == set(clone.remote_refs("origin"))
    clone.git("remote", "set-url", "origin", str(tmp_path / "lost"))
    with pytest.raises(GitError, match="git ls-remote"):
        clone.remote_refs("origin")


def test_shallow_clone_is_known(clone: Repository, tmp_path: Path) -> None:
    """A clone of a part of the history says so."""
    commit(clone, {"a": "1"})
    clone.git("clone", "--quiet", "--depth=1", f"file://{clone.root}", str(tmp_path / "shallow"))
    assert not clone.is_shallow()
    assert Repository(tmp_path / "shallow").is_shallow()


def test_file_of_a_commit(clone: Repository) -> None:
    """A file's text as the commit has it, whatever the work tree has, even where it is not UTF-8."""
    first = clone.commit()
    (clone.root / "latin").write_bytes(b"na\xefve\n")
    second = commit(clone, {"README.md": "later\n"})
    assert "# Project\n" == clone.file(first, "README.md")
    assert "na\ufffdve\n" == clone.file(second, "latin")
    with pytest.raises(GitError):
        clone.file(first, "latin")


def test_objects_come_in_order_with_their_content(clone: Repository) -> None:
    """Whatever the content, each object comes whole; no ids give nothing; a missing one is named."""
    contents = ["", "no newline", "two\nlines\n", "x" * 70_000]
    ids = [store(clone, content) for content in contents]
    found = list(clone.objects(ids))
    assert [(name, "blob", text.encode()) for name, text in zip(ids, contents, strict=True)] == found
    assert [] == list(clone.objects([]))
    missing = "12" * 20
    with pytest.raises(GitError, match=f"{missing} missing") as caught:
        list(clone.objects([ids[0], missing]))
    assert missing == caught.value.where


def test_export_sees_only_the_commit(clone: Repository, tmp_path: Path) -> None:
    """Neither changes, untracked files, remotes, hooks nor local settings get into an export; history and tags do."""
    add_remote(clone, tmp_path / "bare")
    clone.git("tag", "v1.0")
    wanted = commit(clone, {"a": "1\r\n", "b": "2"})
    commit(clone, {"b": "3"})
    (clone.root / "b").write_text("4")
    (clone.root / "untracked").touch()
    hook = clone.root / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)
    clone.git("config", "core.autocrlf", "input")
    clone.export(wanted, tmp_path / "export")
    export = Repository(tmp_path / "export")
    assert {"README.md", "a", "b"} == set(files(export.root))
    assert "2" == (export.root / "b").read_text()
    assert (wanted, [], []) == (export.commit(), export.changes(), export.remotes)
    assert ["v1.0"] == [tag.name for tag in export.tags()]


def test_export_is_the_same_whatever_the_users_own_settings(
    clone: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a name of theirs for remotes breaks it, nor do hooks of theirs for new clones get into it."""
    hook = tmp_path / "template" / "hooks" / "post-commit"
    hook.parent.mkdir(parents=True)
    hook.touch()
    settings = f"[clone]\n\tdefaultRemoteName = upstream\n[init]\n\ttemplateDir = {tmp_path / 'template'}\n"
    (tmp_path / "gitconfig").write_text(settings)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    clone.export(clone.commit(), tmp_path / "export")
    assert [] == Repository(tmp_path / "export").remotes
    assert not (tmp_path / "export" / ".git" / "hooks").exists()


def test_export_of_a_worktree(clone: Repository, tmp_path: Path) -> None:
    """A linked worktree can be exported too."""
    clone.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "linked")
    linked = Repository(tmp_path / "linked")
    made = commit(linked, {"a": "1"})
    linked.export(made, tmp_path / "export")
    assert {"README.md", "a"} == set(files(tmp_path / "export"))


def overlaid(clone: Repository, tmp_path: Path) -> tuple[list[str], dict[str, str]]:
    """The paths that an overlay says, and what is in the export then."""
    clone.export(clone.commit(), tmp_path / "export")
    paths = clone.overlay(tmp_path / "export")
    return paths, files(tmp_path / "export")


def test_overlay_of_a_clean_tree_changes_nothing(clone: Repository, tmp_path: Path) -> None:
    """A clean tree has nothing over its HEAD, and its export stays clean."""
    assert ([], {"README.md": "# Project\n"}) == overlaid(clone, tmp_path)
    assert [] == Repository(tmp_path / "export").changes()


def test_overlay_brings_every_kind_of_change(clone: Repository, tmp_path: Path) -> None:
    """Changed, new, staged, removed and renamed files, modes and links; what is ignored stays behind."""
    commit(clone, {"kept": "1", "gone": "1", "changed": "1", "renamed": "same", "run": "", ".gitignore": "ignored\n"})
    root = clone.root
    (root / "gone").unlink()
    (root / "changed").write_text("2")
    (root / "folder").mkdir()
    (root / "folder" / "néw").write_text("new")
    (root / "staged").write_text("staged")
    (root / "link").symlink_to("changed")
    (root / "ignored").touch()
    (root / "run").chmod(0o755)
    clone.git("add", "staged")
    clone.git("mv", "renamed", "moved")
    before = clone.git("status", "--porcelain")
    paths, found = overlaid(clone, tmp_path)
    assert {"gone", "changed", "folder/néw", "staged", "link", "run", "renamed", "moved"} == set(paths)
    assert {
        "README.md": "# Project\n", "kept": "1", "changed": "2", "folder/néw": "new", "staged": "staged",
        "link": "-> changed", "run": "", "moved": "same", ".gitignore": "ignored\n",
    } == found  # fmt: skip
    assert os.access(tmp_path / "export" / "run", os.X_OK)
    assert before == clone.git("status", "--porcelain")


def test_overlay_of_a_folder_that_became_a_file(clone: Repository, tmp_path: Path) -> None:
    """A file may stand where the commit has a folder, and the other way round."""
    commit(clone, {"a/b": "1", "c": "2"})
    (clone.root / "a" / "b").unlink()
    (clone.root / "a").rmdir()
    (clone.root / "a").write_text("file")
    (clone.root / "c").unlink()
    (clone.root / "c").mkdir()
    (clone.root / "c" / "d").write_text("deep")
    assert {"README.md": "# Project\n", "a": "file", "c/d": "deep"} == overlaid(clone, tmp_path)[1]


def test_overlay_never_writes_through_a_link(clone: Repository, tmp_path: Path) -> None:
    """A folder of the commit that became a link to somewhere else is a link in the export; its goal stays whole."""
    commit(clone, {"a/b": "1"})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "b").write_text("precious")
    (clone.root / "a" / "b").unlink()
    (clone.root / "a").rmdir()
    (clone.root / "a").symlink_to(elsewhere)
    assert {"README.md": "# Project\n", "a": f"-> {elsewhere}"} == overlaid(clone, tmp_path)[1]
    assert "precious" == (elsewhere / "b").read_text()


def test_git_is_never_asked_for_a_password(clone: Repository, tmp_path: Path) -> None:
    """A remote that wants a password gets an error at once, also on a terminal."""
    clone.git("config", "alias.asked", "!echo $GIT_TERMINAL_PROMPT")
    assert "0" == clone.git("asked")


def test_bytes_that_are_no_utf8_survive(clone: Repository) -> None:
    """A name that is not UTF-8 comes out of git in the form in which Python can open it."""
    name = os.fsdecode(b"l\xe4tin")
    try:
        (clone.root / name).touch()
    except OSError:
        pytest.skip("the file system takes UTF-8 only")
    assert name == clone.git("ls-files", "--others", "-z").rstrip("\0")
    done = subprocess.run(["git", "add", name], cwd=clone.root, check=True)
    assert 0 == done.returncode
