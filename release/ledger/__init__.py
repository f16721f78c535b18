"""The ledger: one commit with an empty tree per event on `refs/releases/ledger`, in the project's own git repository.

A sentence as its subject, canonical JSON as its body. The parent ids chain the events (git's object ids are hashes of
the content), so a change anywhere is seen; `git log refs/releases/ledger` reads it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from release.errors import ReleaseError, Tampered
from release.git import GitError, Repository
from release.model import Json
from release.redaction import scrub

REF = "refs/releases/ledger"
SCHEMA = 1


@dataclass(frozen=True)
class Event:
    """One line of the record."""

    sequence: int
    """1 for the first event, one more for each."""
    time: str
    """ISO 8601 in UTC, by the writer's clock."""
    kind: str
    """`operation.started`, `step.done`, `act.intended`, `act.done`, ...: release/ledger/history.py has them all."""
    sentence: str
    """What happened, for people."""
    data: Mapping[str, Json]
    commit: str = ""
    """The id of the commit that holds it."""


def now() -> str:
    """The time as the ledger writes it."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def canonical(data: Json) -> str:
    """JSON with one spelling: sorted keys, no NaN, readable in `git log`."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)


class Author:
    """Writes events as commits, which are on no ref until a swap puts them there."""

    def __init__(self, repository: Repository) -> None:
        """Find out who is to be recorded; there is a default, since a missing setting must not stop the record."""
        self._repository = repository
        self._tree = repository.store("tree", b"")
        self._author, self._committer = (self._identity(role) for role in ("AUTHOR", "COMMITTER"))

    def _identity(self, role: str) -> bytes:
        try:
            said = self._repository.output("var", f"GIT_{role}_IDENT")  # with the time: NAME <EMAIL> SECONDS ZONE
        except GitError:
            return b"release <release@localhost>"
        return said[: said.rindex(b">") + 1]

    def write(self, parent: str | None, event: Event) -> str:
        """Store the event as a commit after `parent`; its id."""
        body = {
            "schema": SCHEMA,
            "sequence": event.sequence,
            "time": event.time,
            "kind": event.kind,
            "data": event.data,
        }
        sentence = " ".join(event.sentence.split())  # a reason that somebody gave may have lines
        message = scrub(f"{sentence}\n\n{canonical(body)}\n").encode(errors="replace")
        head = f"tree {self._tree}\n" + (f"parent {parent}\n" if parent else "")
        seconds = int(time.time())
        who = b"author %s %d +0000\ncommitter %s %d +0000\n" % (self._author, seconds, self._committer, seconds)
        return self._repository.store("commit", b"%s%s\n%s" % (head.encode(), who, message))


def read(repository: Repository, head: str, *, after: tuple[str, int] | None = None) -> Iterator[Event]:
    """The events up to the commit `head`, first to last, each checked.

    `after` is the commit and the sequence number of an event that was read before: only later ones are read.
    Raises Tampered, with the id of the first commit that is not what its id, its parent or its number says.
    """
    previous, sequence = after or (None, 0)
    try:
        if previous is not None and not repository.contains(head, previous):
            raise tampered(previous, "it was read before, and is not part of the ledger any more")
        span = [head] if previous is None else [head, f"^{previous}"]
        ids = repository.git("rev-list", "--first-parent", "--reverse", *span).split()
        if head != previous and ids[-1:] != [head]:
            raise tampered(head, "it is no commit")
        for name, kind, content in repository.objects(ids):
            event = _parse(name, kind, content, previous)
            if event.sequence != sequence + 1:
                raise tampered(name, f"its number is {event.sequence}, after {sequence}")
            yield event
            previous, sequence = name, event.sequence
    except GitError as error:
        raise tampered("", error.what) from error


def last(repository: Repository, head: str) -> Event:
    """The event in the commit `head`, checked by its id."""
    try:
        name, kind, content = repository.object(head)
    except GitError as error:
        raise tampered(head, error.what) from error
    return _event(name, _checked(name, kind, content)[1])


def _parse(name: str, kind: str, content: bytes, previous: str | None) -> Event:
    head, message = _checked(name, kind, content)
    parents = [line[7:] for line in head.splitlines() if line.startswith("parent ")]
    if parents != ([] if previous is None else [previous]):
        raise tampered(name, "its parent is not the event before it")
    return _event(name, message)


def _checked(name: str, kind: str, content: bytes) -> tuple[str, str]:
    algorithm = hashlib.sha1 if len(name) == 40 else hashlib.sha256
    if kind != "commit" or algorithm(b"commit %d\0" % len(content) + content).hexdigest() != name:
        raise tampered(name, "its content does not hash to its id")
    head, _, message = content.decode(errors="replace").partition("\n\n")  # names need not be UTF-8
    return head, message


def _event(name: str, message: str) -> Event:
    sentence, _, body = message.partition("\n\n")
    try:
        data = json.loads(body)
        if data["schema"] != SCHEMA:
            raise ReleaseError(
                f"the ledger has an event of schema {data['schema']}, this engine reads {SCHEMA}",
                where=f"{REF} {name}",
                do="a newer engine wrote it: update this clone (git pull), then run the command again",
            )
        return Event(int(data["sequence"]), str(data["time"]), str(data["kind"]), sentence, dict(data["data"]), name)
    except (ValueError, KeyError, TypeError) as error:
        raise tampered(name, f"its body is not an event ({error})") from error


def tampered(commit: str, why: str) -> Tampered:
    """What to say of a commit of the ledger that is not as it was written."""
    return Tampered(
        f"the ledger is damaged: commit {commit}: {why}" if commit else f"the ledger can't be read: {why}",
        where=f"{REF} {commit}".strip(),
        do="take it from another clone, as docs/runbook.md says under 'The ledger is lost or damaged'",
    )
