"""Small real git repositories, and the shared refs and events that tests put into them."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from release import ledger
from release.git import Repository
from release.ledger.refs import SharedRefs, Swap
from release.model import Json

_TEMPLATES = tempfile.TemporaryDirectory(prefix="clones-", ignore_cleanup_errors=True)


def make_clone(root: Path, *, object_format: str = "sha1") -> Repository:
    """A repository at `root`, on branch main, with one commit of one file, and with somebody to commit as."""
    shutil.copytree(_template(object_format), root)
    return Repository(root)


@functools.cache
def _template(object_format: str) -> Path:
    """Made once a test run, since a copy takes less time than git does."""
    repository = _init(Path(_TEMPLATES.name) / object_format, f"--object-format={object_format}")
    repository.git("config", "user.name", "Ada")
    repository.git("config", "user.email", "ada@example.org")
    commit(repository, {"README.md": "# Project\n"})
    return repository.root


def _init(folder: Path, *options: str) -> Repository:
    folder.mkdir(parents=True)
    repository = Repository.at(folder)
    repository.git("init", "--quiet", "--template=", "--initial-branch=main", *options)
    return repository


def commit(repository: Repository, files: Mapping[str, str], message: str = "Change") -> str:
    """Write files, commit everything, and return the commit's id."""
    for name, text in files.items():
        (repository.root / name).parent.mkdir(parents=True, exist_ok=True)
        (repository.root / name).write_text(text)
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--allow-empty", "--message", message)
    return repository.commit()


def add_remote(clone: Repository, folder: Path) -> Repository:
    """An empty bare repository in `folder`, which the clone knows as `origin`."""
    bare = _init(folder, "--bare")
    clone.git("remote", "add", "origin", str(folder))
    return bare


def store(repository: Repository, content: str) -> str:
    """Store a blob, which refs can point to; its id."""
    return repository.git("hash-object", "-w", "--stdin", stdin=content.encode())


def append(repository: Repository, *kinds: str, data: Mapping[str, Json] | None = None) -> list[ledger.Event]:
    """Append an event of each kind to the ledger of a repository without a remote, without any lock; all events."""
    refs, author = SharedRefs(repository, None), ledger.Author(repository)
    for kind in kinds:
        head = refs.read(ledger.REF)
        sequence = ledger.last(repository, head).sequence if head else 0
        event = ledger.Event(sequence + 1, ledger.now(), kind, f"Event {sequence + 1} ✓", data or {})
        refs.swap(Swap(ledger.REF, head, author.write(head, event)))
    head = refs.read(ledger.REF)
    return list(ledger.read(repository, head)) if head else []
