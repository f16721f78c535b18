"""The ledger, in real repositories of both object formats."""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from release import ledger
from release.errors import ReleaseError, Tampered
from release.git import Repository
from release.ledger import REF, Author, Event
from tests.release.clones import append, make_clone, store

BOTH = pytest.mark.parametrize("clone", ["sha1", "sha256"], indirect=True)
"""For tests that are about git's object formats."""


@pytest.fixture
def clone(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    """A repository with one commit."""
    return make_clone(tmp_path / "clone", object_format=getattr(request, "param", "sha1"))


def head(repository: Repository) -> str:
    """The ledger's last commit."""
    return str(repository.reference(REF))


def read(repository: Repository) -> list[Event]:
    """All events."""
    return list(ledger.read(repository, head(repository)))


@BOTH
def test_events_are_read_as_written(clone: Repository) -> None:
    """Number, kind, sentence and data come back, first to last, and `git log` shows the sentences."""
    data = {"reason": 'naïve ✗ \u2028 "quoted"', "list": [1, 2.5, None, True], "empty": {}}
    events = append(clone, "a", "b", "c", data=data)
    assert [(1, "a"), (2, "b"), (3, "c")] == [(event.sequence, event.kind) for event in events]
    assert data == dict(events[1].data)
    assert "Event 2 ✓" == events[1].sentence
    assert clone.git("rev-list", "--reverse", REF).split() == [event.commit for event in events]
    assert "Event 3 ✓\nEvent 2 ✓\nEvent 1 ✓" == clone.git("log", "--format=%s", REF)
    assert events[-1] == ledger.last(clone, head(clone))


def test_tree_of_an_event_is_empty(clone: Repository) -> None:
    """The ledger holds no files."""
    append(clone, "a")
    assert "" == clone.git("ls-tree", REF)


def test_reading_goes_on_after_a_known_event(clone: Repository) -> None:
    """Only what came after an event that was read before is read; after the last there is nothing."""
    events = append(clone, "a", "b", "c")
    assert events[1:] == list(ledger.read(clone, head(clone), after=(events[0].commit, 1)))
    assert [] == list(ledger.read(clone, head(clone), after=(events[2].commit, 3)))


def test_ledger_that_lost_a_known_event_is_refused(clone: Repository) -> None:
    """A ledger that was written anew, or shortened, does not have what was read before."""
    events = append(clone, "a", "b")
    clone.git("update-ref", REF, events[0].commit)
    with pytest.raises(Tampered, match="not part of the ledger any more") as caught:
        list(ledger.read(clone, head(clone), after=(events[1].commit, 2)))
    assert events[1].commit in caught.value.where
    with pytest.raises(Tampered, match="not part of the ledger any more"):
        list(ledger.read(clone, head(clone), after=("12" * (len(head(clone)) // 2), 2)))


def test_wrong_number_after_a_known_event_is_refused(clone: Repository) -> None:
    """The known event's number must fit."""
    events = append(clone, "a", "b")
    with pytest.raises(Tampered, match="its number is 2, after 7"):
        list(ledger.read(clone, head(clone), after=(events[0].commit, 7)))


def raw(repository: Repository, content: str, kind: str = "commit") -> str:
    """Store an object with any content at all, with its right id."""
    return repository.git("hash-object", "--literally", "-t", kind, "-w", "--stdin", stdin=content.encode())


def forge(repository: Repository, change: Callable[[str], str]) -> str:
    """Put a changed copy of the last event, with its right id, in its place; the id."""
    name = raw(repository, change(repository.output("cat-file", "commit", REF).decode()))
    repository.git("update-ref", REF, name)
    return name


def test_event_of_a_newer_engine_is_told_apart(clone: Repository) -> None:
    """Its schema is not one of ours, so the clone is to be updated; nothing is damaged."""
    append(clone, "a", "b")
    name = forge(clone, lambda text: text.replace('"schema": 1', '"schema": 2'))
    with pytest.raises(ReleaseError, match="schema 2, this engine reads 1") as caught:
        list(ledger.read(clone, name))
    assert "git pull" in caught.value.do
    assert not isinstance(caught.value, Tampered)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace('"sequence": 2', '"sequence": 3'), "its number is 3, after 1"),
        (lambda text: text.replace('"sequence": 2', '"sequence": "two"'), "its body is not an event"),
        (lambda text: text.replace('"kind"', '"king"'), "its body is not an event"),
        (lambda text: text.replace('"data": {}', '"data": 5'), "its body is not an event"),
        (lambda text: text.partition("\n\n")[0] + "\n\nJust a commit\n", "its body is not an event"),
        (lambda text: text.partition("\n\n")[0] + "\n\n", "its body is not an event"),
        (lambda text: text.partition("\n\n")[0] + "\n\nSubject\n\n[1, 2]\n", "its body is not an event"),
        (lambda text: text.partition("\n\n")[0] + "\n\nSubject\n\nnull\n", "its body is not an event"),
    ],
)
def test_event_that_says_something_else_is_refused(clone: Repository, change: Callable[[str], str], why: str) -> None:
    """A commit with a right id, and a body or number that does not fit, is named with the reason."""
    append(clone, "a", "b")
    name = forge(clone, change)
    with pytest.raises(Tampered, match=why) as caught:
        read(clone)
    assert f"{REF} {name}" == caught.value.where
    assert caught.value.do


@BOTH
def test_second_parent_is_refused(clone: Repository) -> None:
    """An event has one parent, the event before it; a merge hides something."""
    append(clone, "a", "b")
    name = forge(clone, lambda text: text.replace("\nauthor", f"\nparent {clone.commit()}\nauthor", 1))
    with pytest.raises(Tampered, match="its parent is not the event before it") as caught:
        read(clone)
    assert name in caught.value.where


def test_ledger_begins_with_its_first_event(clone: Repository) -> None:
    """A ledger that stands on an ordinary commit is refused at that commit."""
    event = Event(1, ledger.now(), "a", "Event", {})
    clone.git("update-ref", REF, Author(clone).write(clone.commit(), event))
    with pytest.raises(Tampered, match="not an event") as caught:
        read(clone)
    assert clone.commit() in caught.value.where


@pytest.mark.parametrize("kind", ["blob", "tree", "tag", "project"])
def test_head_that_is_no_event_is_refused(clone: Repository, kind: str) -> None:
    """Whatever else the ref points to is never taken for an empty ledger."""
    append(clone, "a")
    objects: dict[str, Callable[[], str]] = {
        "blob": lambda: store(clone, "x"),
        "tree": lambda: clone.git("rev-parse", "HEAD^{tree}"),
        "tag": lambda: raw(clone, f"object {head(clone)}\ntype commit\ntag x\ntagger A <a@b> 1 +0000\n\nx\n", "tag"),
        "project": clone.commit,
    }
    wrong = objects[kind]()
    clone.git("update-ref", REF, wrong)
    with pytest.raises(Tampered) as caught:
        read(clone)
    assert wrong in caught.value.where
    with pytest.raises(Tampered):
        ledger.last(clone, wrong)


def loose(repository: Repository, name: str) -> Path:
    """The file of a loose object."""
    path = repository.root / ".git" / "objects" / name[:2] / name[2:]
    path.chmod(0o644)
    return path


@BOTH
@pytest.mark.parametrize("which", [0, 1, 2])
def test_changed_byte_of_a_commit_is_named(clone: Repository, which: int) -> None:
    """An event that was rewritten under its old id, first, middle or last, is refused by its id."""
    events = append(clone, "a", "b", "c")
    name = events[which].commit
    path = loose(clone, name)
    content = zlib.decompress(path.read_bytes())
    assert name == getattr(hashlib, "sha1" if len(name) == 40 else "sha256")(content).hexdigest()
    path.write_bytes(zlib.compress(content.replace(b"Event", b"Evant")))
    with pytest.raises(Tampered) as caught:
        read(clone)
    assert name in str(caught.value)


def test_changed_byte_on_the_disk_is_named(clone: Repository) -> None:
    """A byte of the file as it lies on the disk is noticed too, wherever it is."""
    name = append(clone, "a", "b")[0].commit
    path = loose(clone, name)
    whole = path.read_bytes()
    for position in range(2, len(whole), 23):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x10]) + whole[position + 1 :])
        with pytest.raises(Tampered) as caught:
            read(clone)
        assert name in str(caught.value)


def test_missing_event_is_refused(clone: Repository) -> None:
    """A gap in the chain, or a missing last event, is no shorter ledger."""
    events = append(clone, "a", "b")
    loose(clone, events[0].commit).unlink()
    with pytest.raises(Tampered, match=events[0].commit):
        read(clone)
    loose(clone, events[1].commit).unlink()
    with pytest.raises(Tampered, match=events[1].commit):
        ledger.last(clone, events[1].commit)


def test_replaced_event_is_refused(clone: Repository) -> None:
    """`git replace`, which shows other content under an old id, deceives nobody."""
    events = append(clone, "a", "b")
    other = forge(clone, lambda text: text.replace("Event 2", "Another"))
    clone.git("update-ref", REF, events[1].commit)
    clone.git("replace", events[1].commit, other)
    with pytest.raises(Tampered, match="does not hash to its id") as caught:
        read(clone)
    assert events[1].commit in caught.value.where


def test_sentence_is_one_line(clone: Repository) -> None:
    """A reason of several lines does not break the record: the sentence is one line, the data has it whole."""
    reason = "first\n\nsecond\n"
    event = Event(1, ledger.now(), "a", f"Rollback: {reason}", {"reason": reason})
    clone.git("update-ref", REF, Author(clone).write(None, event))
    (found,) = read(clone)
    assert ("Rollback: first second", reason) == (found.sentence, found.data["reason"])


def test_text_that_is_no_unicode_is_recorded(clone: Repository) -> None:
    """A path or reason with bytes that are not UTF-8 is recorded as well as it can be, and read again."""
    event = Event(1, ledger.now(), "a", "file \udce4", {"path": "l\udce4tin"})
    clone.git("update-ref", REF, Author(clone).write(None, event))
    (found,) = read(clone)
    assert ("file ?", "l?tin") == (found.sentence, found.data["path"])


def test_author_whose_name_is_no_utf8(clone: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A committer's name in an old encoding is in the commit, and the ledger is still read."""
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Jos\udce9")
    clone.git("config", "i18n.commitEncoding", "ISO-8859-1")
    event = Event(1, ledger.now(), "a", "Event", {})
    clone.git("update-ref", REF, Author(clone).write(None, event))
    assert ["Event"] == [event.sentence for event in read(clone)]
    assert b"Jos\xe9" in clone.output("cat-file", "commit", REF)


def test_nobody_to_commit_as_is_no_obstacle(clone: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name in git's configuration the engine writes in its own."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME", raising=False)
        monkeypatch.delenv(f"GIT_{role}_EMAIL", raising=False)
    for key in ("user.name", "user.email"):
        clone.git("config", "--unset", key)
    clone.git("config", "user.useConfigOnly", "true")
    append(clone, "a")
    assert "release <release@localhost>" == clone.git("log", "--format=%an <%ae>", REF)


def test_canonical_json_has_one_spelling() -> None:
    """The order of keys makes no difference, letters stay readable, and there is no NaN."""
    assert ledger.canonical({"b": 1, "a": "é"}) == ledger.canonical({"a": "é", "b": 1})
    assert "é" in ledger.canonical({"a": "é"})
    for number in (math.nan, math.inf):
        with pytest.raises(ValueError, match="not JSON compliant"):
            ledger.canonical({"a": number})


def test_time_is_utc() -> None:
    """Times are ISO 8601 with a Z and milliseconds."""
    assert json.dumps(ledger.now()).endswith('Z"')
    assert 24 == len(ledger.now())
