"""The project's git repository: the questions that the engine asks of it. No shell, no caller's GIT_* variables."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from release.errors import CommandFailed, ReleaseError

# A ledger that is lost in a power cut is no ledger: loose objects and refs are synced before git answers.
_DURABLE = ("-c", "core.fsync=committed,loose-object,reference", "-c", "core.fsyncMethod=fsync")


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
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or _identity(name)}
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
                "this folder is not in a git repository",
                where=str(root),
                do="run the command inside a clone of the project",
            ) from error

    def git(self, *words: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run git and return its output without the newline at its end. GitError where it fails."""
        return self.output(*words, stdin=stdin, env=env).decode(errors="surrogateescape").removesuffix("\n")

    def output(self, *words: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> bytes:
        """Run git and return its output as it is."""
        argv = ("git", "-C", str(self.root), *_DURABLE, *words)
        try:
            done = subprocess.run(
                argv, input=stdin or b"", capture_output=True, check=False, env=_environment(env or {})
            )
        except FileNotFoundError:
            raise GitError("git is not installed", do="install it, on Debian: apt-get install git") from None
        if done.returncode:
            message = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
            raise GitError(f"git {words[0]}: {message}", where=str(self.root))
        return done.stdout

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
        return int(self.git("show", "--no-patch", "--format=%ct", commit))

    def changes(self) -> list[str]:
        """Paths that differ from HEAD, untracked files included, as `git status` prints them."""
        return self.git("status", "--porcelain=v1", "--untracked-files=all").splitlines()

    def is_shallow(self) -> bool:
        """Whether part of the history is missing here, so that no version can be told."""
        return self.git("rev-parse", "--is-shallow-repository") == "true"

    def tags(self, *selection: str) -> list[Tag]:
        """Tags, by `git for-each-ref` selection such as `--points-at=COMMIT`; all of them without one."""
        lines = self.git(
            "for-each-ref", "--format=%(objecttype) %(objectname) %(refname:strip=2)", *selection, "refs/tags"
        )
        rows = (line.split(" ", 2) for line in lines.splitlines())
        return [Tag(name, object_id, kind == "tag") for kind, object_id, name in rows]

    def contains(self, branch: str, commit: str) -> bool:
        """Whether the branch has the commit."""
        return self.maybe("merge-base", "--is-ancestor", commit, branch) is not None

    def remotes(self) -> list[str]:
        """Names of the remotes."""
        return self.git("remote").splitlines()

    def remote_refs(self, remote: str, *patterns: str) -> dict[str, str]:
        """What the remote says its refs are: name to object id."""
        lines = self.git("ls-remote", remote, *patterns).splitlines()
        return {name: object_id for object_id, name in (line.split("\t", 1) for line in lines)}

    def file(self, commit: str, path: str) -> str:
        """A file's text in a commit. GitError where it is not there."""
        return self.output("show", f"{commit}:{path}").decode()

    def reference(self, name: str) -> str | None:
        """The object that a ref points to."""
        return self.maybe("rev-parse", "--verify", "--quiet", name)

    def objects(self, ids: Sequence[str]) -> Iterator[tuple[str, str, bytes]]:
        """Id, type and content of each object, in that order, as git has them: unchecked."""
        if not ids:
            return
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
        self.git("clone", "--quiet", "--shared", "--no-checkout", str(self.root), str(folder))
        inside = Repository(folder)
        inside.git("remote", "remove", "origin")
        inside.git(*clean, "checkout", "--quiet", "--detach", commit)

    def overlay(self, folder: Path) -> list[str]:
        """Bring what this work tree has over its HEAD into `folder`, an export of HEAD. Returns the changed paths."""
        listed = self.git("ls-files", "-z", "--modified", "--others", "--exclude-standard")
        paths = sorted({path for path in listed.split("\0") if path} | set(_staged(self)))
        for path in paths:
            source, copy = self.root / path, folder / path
            if source.is_symlink() or source.is_file():
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.unlink(missing_ok=True)
                if source.is_symlink():
                    copy.symlink_to(source.readlink())
                else:
                    copy.write_bytes(source.read_bytes())
                    copy.chmod(source.stat().st_mode & 0o777)
            else:
                copy.unlink(missing_ok=True)
        return paths


def _staged(repository: Repository) -> Iterable[str]:
    return (path for path in repository.git("diff", "--cached", "--name-only", "-z").split("\0") if path)
