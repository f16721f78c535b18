"""The history of a ledger, read whole or from a cache."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from release import ledger
from release.errors import Tampered
from release.git import Repository
from release.ledger import record
from release.ledger.history import History
from tests.release.clones import append, make_clone

DATA = {"verb": "release", "version": "1.0", "commit": "c" * 40, "by": "Ada"}
PAIR = ("operation.started", "operation.closed")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A clone; four events are many here, since 2,000 real ones would take a minute to write."""
    monkeypatch.setattr(record, "_RECENT", 4)
    return make_clone(tmp_path / "clone")


def head(clone: Repository) -> str:
    """The ledger's last commit."""
    return str(clone.reference(ledger.REF))


def cached(cache: Path) -> dict[str, object]:
    """What the cache holds."""
    loaded: dict[str, object] = json.loads((cache / "history.json").read_bytes().split(b"\n")[1])
    return loaded


def test_no_ledger_is_an_empty_history(clone: Repository, tmp_path: Path) -> None:
    """Before the first event there is nothing, and no cache."""
    assert History() == record.read(clone, None) == record.glance(clone, None, tmp_path)
    assert not (tmp_path / "history.json").exists()


def test_short_ledger_needs_no_cache(clone: Repository, tmp_path: Path) -> None:
    """A ledger that is read whole in no time leaves no cache behind."""
    append(clone, *PAIR, data=DATA)
    assert record.read(clone, head(clone)) == record.glance(clone, head(clone), tmp_path)
    assert not (tmp_path / "history.json").exists()


def test_long_ledger_is_cached(clone: Repository, tmp_path: Path) -> None:
    """All but the last events are in the cache, and a glance with it, without it and after more is the same."""
    append(clone, *PAIR * 4, data=DATA)
    whole = record.read(clone, head(clone))
    assert whole == record.glance(clone, head(clone), tmp_path)
    assert 4 == cached(tmp_path)["sequence"]
    assert whole == record.glance(clone, head(clone), tmp_path)
    append(clone, "operation.started", data=DATA)
    assert record.read(clone, head(clone)) == record.glance(clone, head(clone), tmp_path)
    assert 4 == cached(tmp_path)["sequence"]


def test_old_cache_is_made_anew(clone: Repository, tmp_path: Path) -> None:
    """When as many events again came after it, the cache moves on."""
    append(clone, *PAIR * 3, data=DATA)
    record.glance(clone, head(clone), tmp_path)
    assert 2 == cached(tmp_path)["sequence"]
    append(clone, *PAIR * 2, data=DATA)
    assert record.read(clone, head(clone)) == record.glance(clone, head(clone), tmp_path)
    assert 6 == cached(tmp_path)["sequence"]


def test_cache_saves_reading_what_is_in_it(clone: Repository, tmp_path: Path) -> None:
    """With a cache only what came after it is read; nothing that changes anything relies on it."""
    append(clone, *PAIR * 4, data=DATA)
    record.glance(clone, head(clone), tmp_path)
    path = tmp_path / "history.json"
    body = path.read_bytes().partition(b"\n")[2].replace(b'"Ada"', b'"Bob"').replace(b'"1.0":', b'"0.9":')
    path.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    assert {"0.9", "1.0"} == set(record.glance(clone, head(clone), tmp_path).releases)
    assert {"1.0"} == set(record.read(clone, head(clone)).releases)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"no cache", b"\xff\xfe\n{}", b"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n{}"],
    ids=["empty", "line", "words", "binary", "another form"],
)
def test_cache_that_is_none_is_ignored(clone: Repository, tmp_path: Path, content: bytes) -> None:
    """A damaged cache, or one of another form, is written anew."""
    append(clone, *PAIR * 4, data=DATA)
    (tmp_path / "history.json").write_bytes(content)
    assert record.read(clone, head(clone)) == record.glance(clone, head(clone), tmp_path)
    assert 4 == cached(tmp_path)["sequence"]


def test_cache_of_another_engine_is_made_anew(clone: Repository, tmp_path: Path) -> None:
    """What another form of the state says is not believed, though nothing in it was damaged."""
    append(clone, *PAIR * 4, data=DATA)
    whole = record.glance(clone, head(clone), tmp_path)
    path = tmp_path / "history.json"
    body = path.read_bytes().partition(b"\n")[2].replace(b'"form": 3', b'"form": 2').replace(b'"Ada"', b'"Bob"')
    path.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    assert whole == record.glance(clone, head(clone), tmp_path)
    assert 3 == cached(tmp_path)["form"]


def test_changed_byte_in_the_cache_is_noticed(clone: Repository, tmp_path: Path) -> None:
    """A cache that says something else than was written is not believed."""
    append(clone, *PAIR * 4, data=DATA)
    whole = record.glance(clone, head(clone), tmp_path)
    path = tmp_path / "history.json"
    path.write_bytes(path.read_bytes().replace(b'"1.0"', b'"6.6"'))
    assert whole == record.glance(clone, head(clone), tmp_path)


def test_cache_that_is_a_folder_is_ignored_until_it_must_be_written(clone: Repository, tmp_path: Path) -> None:
    """What can't be read is no cache."""
    (tmp_path / "history.json").mkdir()
    append(clone, *PAIR, data=DATA)
    assert 2 == record.glance(clone, head(clone), tmp_path).sequence


def test_rewritten_ledger_is_noticed(clone: Repository, tmp_path: Path) -> None:
    """A ledger that was written anew from its beginning, each event right, is not the one that was read before."""
    append(clone, *PAIR * 4, data=DATA)
    record.glance(clone, head(clone), tmp_path)
    clone.git("update-ref", "-d", ledger.REF)
    append(clone, *PAIR * 4, data={**DATA, "by": "Mallory"})
    assert 8 == record.read(clone, head(clone)).sequence
    with pytest.raises(Tampered, match="read before, and is not part of the ledger any more"):
        record.glance(clone, head(clone), tmp_path)
