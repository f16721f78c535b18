"""The project's git repository: the questions that the engine asks of it. No shell, no caller's GIT_* variables."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from release.credentials import unsecret
from release.errors import CommandFailed, ReleaseError, Tampered
from release.git.objects import LooseObjects
from release.git.resident import Reader, Transactions

# A ledger that is lost in a power cut is no ledger: loose objects and refs are synced before git answers.
_DURABLE = ("-c", "core.fsync=committed,loose-object,reference", "-c", "core.fsyncMethod=fsync")

_BATCH = 10_000
"""Objects that are asked for together: a long ledger need not be in memory at once."""


class GitError(CommandFailed):
    """git refused; `what` has its own words."""


@dataclass(frozen=True)
class Tag:
    """A tag that points, directly or not, at a commit."""

    name: str
    object: str
    """Id of the tag object, or of the commit where the tag is a lightweight one."""
    annotated: bool


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in unsecret().items() if not name.startswith("GIT_") or _identity(name)}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **extra}


def _identity(name: str) -> bool:
    """Who commits, and how git reaches a remote, are the caller's to say."""
    return name.startswith(("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_SSH", "GIT_ASKPASS", "GIT_CONFIG_"))


class Repository:
    """One clone."""

    def __init__(self, root: Path) -> None:
        """`root` is any folder of the clone; ReleaseError where it is in none."""
        self.root = root
        try:
            self.root = Path(self.git("rev-parse", "--show-toplevel"))
        except GitError as error:
            raise ReleaseError(
                f"this folder is not in a git repository that can be used: {error.what}",
                where=str(root),
                do=error.do or "run the command inside a clone of the project",
            ) from error

    @classmethod
    def at(cls, root: Path) -> Repository:
        """The one whose root, or whose own folder where it is bare, is `root`; git is not asked."""
        found = cls.__new__(cls)
        found.root = root
        return found

    def git(self, *words: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run git and return its output without the newline at its end. GitError where it fails."""
        return self.output(*words, stdin=stdin, env=env).decode(errors="surrogateescape").removesuffix("\n")

    def output(self, *words: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> bytes:
        """Run git and return its output as it is."""
        try:
            done = subprocess.run(
                self._argv(*words), input=stdin or b"", capture_output=True, check=False, env=_environment(env or {})
            )
        except FileNotFoundError:
            raise GitError("git is not installed", do="install it, on Debian: apt-get install git") from None
        if done.returncode:
            message = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
            raise GitError(f"git {words[0]}: {message}", where=str(self.root))
        return done.stdout

    def _argv(self, *words: str) -> tuple[str, ...]:
        return ("git", "-C", str(self.root), *_DURABLE, *words)

    def maybe(self, *words: str) -> str | None:
        """Run git; None where it says no."""
        try:
            return self.git(*words)
        except GitError:
            return None

    def commit(self, revision: str = "HEAD") -> str:
        """The full id of a commit."""
        found = self.maybe("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if found is None:
            raise ReleaseError(f"there is no commit {revision}", where=str(self.root), do="commit something first")
        return found

    def epoch(self, commit: str) -> int:
        """When it was committed, in seconds since 1970; what SOURCE_DATE_EPOCH is set to."""
        return int(self.git("rev-list", "--no-walk", "--timestamp", commit).split()[0])

    def changes(self) -> list[str]:
        """Paths that differ from HEAD, untracked files included, as `git status` prints them."""
        return self.git("status", "--porcelain=v1", "--untracked-files=all").splitlines()

    def is_shallow(self) -> bool:
        """Whether part of the history is missing here, so that no version can be told."""
        return self.git("rev-parse", "--is-shallow-repository") == "true"

    def tags(self, *selection: str) -> list[Tag]:
        """Tags, by `git for-each-ref` selection such as `--points-at=COMMIT`; all of them without one.

        Tampered where one's object is not what its id says.
        """
        form = "--format=%(objecttype) %(objectname) %(refname:strip=2)"
        try:
            lines = self.git("for-each-ref", form, *selection, "refs/tags")
        except GitError as error:
            do = "take it from another clone: git fetch --force REMOTE refs/tags/*:refs/tags/*"
            raise Tampered(f"a tag can't be read: {error.what}", where="refs/tags", do=do) from error
        rows = (line.split(" ", 2) for line in lines.split("\n") if line)
        return [Tag(name, object_id, kind == "tag") for kind, object_id, name in rows]

    def contains(self, branch: str, commit: str) -> bool:
        """Whether the branch has the commit."""
        return self.maybe("merge-base", "--is-ancestor", commit, branch) is not None

    @cached_property
    def remotes(self) -> list[str]:
        """Names of the remotes."""
        return self.git("remote").splitlines()

    def remote_refs(self, remote: str, *patterns: str) -> dict[str, str]:
        """What the remote says its refs are: name to object id."""
        lines = self.git("ls-remote", remote, *patterns).split("\n")
        return {name: object_id for object_id, name in (line.split("\t", 1) for line in lines if line)}

    def file(self, commit: str, path: str) -> str:
        """A file's text in a commit. GitError where it is not there."""
        return self.output("show", f"{commit}:{path}").decode(errors="replace")

    def reference(self, name: str) -> str | None:
        """The object that a ref points to."""
        found = self._reader.read(name)
        return found[0] if found else self.maybe("rev-parse", "--verify", "--quiet", name)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._argv("cat-file", "--batch"), _environment({}))

    @cached_property
    def _transactions(self) -> Transactions:
        return Transactions(self._argv("update-ref", "--stdin"), _environment({}))

    def change(self, *changes: str) -> None:
        """Make changes of refs (`update REF NEW OLD`, `create REF NEW`) at one moment, or none: GitError."""
        refused = self._transactions.change(changes)
        if refused is not None:
            raise GitError(f"git update-ref: {refused}", where=str(self.root))

    @cached_property
    def _loose(self) -> LooseObjects:
        algorithm, _, folder = self.git("rev-parse", "--show-object-format", "--git-path", "objects").partition("\n")
        return LooseObjects(self.root / folder, algorithm)

    def store(self, kind: str, content: bytes) -> str:
        """Store an object, durably; its id."""
        return self._loose.write(kind, content)

    def object(self, name: str) -> tuple[str, str, bytes]:
        """Id, type and content of what `name` means to git: unchecked. GitError where it means nothing."""
        return self._reader.read(name) or next(self.objects([name]))

    def objects(self, ids: Sequence[str]) -> Iterator[tuple[str, str, bytes]]:
        """Id, type and content of each object, in that order, as git has them: unchecked."""
        for start in range(0, len(ids), _BATCH):
            yield from self._batch(ids[start : start + _BATCH])

    def _batch(self, ids: Sequence[str]) -> Iterator[tuple[str, str, bytes]]:
        output = memoryview(self.output("cat-file", "--batch", stdin="".join(f"{name}\n" for name in ids).encode()))
        position = 0
        for _ in ids:
            end = bytes(output[position : position + 200]).index(b"\n") + position
            name, *rest = bytes(output[position:end]).decode().split(" ")
            if len(rest) != 2:  # "ID missing"
                raise GitError(f"git cat-file: {name} {' '.join(rest)}", where=name)
            kind, size = rest[0], int(rest[1])
            yield name, kind, bytes(output[end + 1 : end + 1 + size])
            position = end + 2 + size

    def export(self, commit: str, folder: Path) -> None:
        """Check `commit` out into the new `folder`: a clone of its own, so that only what the commit has is seen.

        It has the history and the tags, which the version is computed from, and no remote, hooks or local settings.
        """
        clean = ("-c", "core.autocrlf=false", "-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false")
        options = ("--quiet", "--shared", "--no-checkout", "--origin=origin", "--template=")
        self.git("clone", *options, str(self.root), str(folder))
        inside = Repository.at(folder)
        inside.git("remote", "remove", "origin")
        inside.git(*clean, "checkout", "--quiet", "--detach", commit)

    def overlay(self, folder: Path) -> list[str]:
        """Bring what this work tree has over its HEAD into `folder`, an export of HEAD. Returns the changed paths."""
        index = {"GIT_INDEX_FILE": str(folder / ".git" / "overlay")}
        self.git("read-tree", "HEAD", env=index)
        self.git("add", "--all", env=index)
        tree = self.git("write-tree", env=index)
        Repository.at(folder).git("-c", "core.autocrlf=false", "read-tree", "--reset", "-u", tree)
        changed = self.git("diff-tree", "-r", "-z", "--name-only", "--no-renames", "HEAD", tree)
        return [path for path in changed.split("\0") if path]
