"""The cache."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from evaluations import ExactMatch, evaluate
from evaluations.model import Answer, ToolCall, Usage
from evaluations.running.cache import FILE, Cache, CacheMode, default_folder
from evaluations.running.cache_store import Writer

ANSWER = Answer("yes ☃", 0.25, 3, (ToolCall("t", '{"a": 1}'),), None, "stop", Usage(10, 5, 0.001), cached=True)
WHO = {"type": "chat", "url": "http://one/v1"}


def _put(folder: Path, *requests: bytes, answer: Answer = ANSWER) -> None:
    with Cache(CacheMode.ON, folder) as cache:
        key = cache.keys(WHO)
        for request in requests:
            cache.put(key(request, 0), answer)
    assert [] == cache.notes


def test_an_answer_comes_back_whole(tmp_path: Path) -> None:
    """At once, and in the next run."""
    with Cache(CacheMode.ON, tmp_path) as cache:
        key = cache.keys(WHO)(b"q", 0)
        assert cache.get(key) is None
        cache.put(key, ANSWER)
        assert ANSWER == cache.get(key)
    with Cache(CacheMode.ON, tmp_path) as cache:
        assert ANSWER == cache.get(key)


@pytest.mark.parametrize(
    ("identity", "request_", "repeat"),
    [
        (WHO, b"q", 1),
        (WHO, b"Q", 0),
        ({**WHO, "url": "http://two/v1"}, b"q", 0),
        ({**WHO, "more": None}, b"q", 0),
        (WHO, b"0\0q", 0),
    ],
)
def test_all_that_decides_an_answer_is_in_its_key(identity: dict[str, str], request_: bytes, repeat: int) -> None:
    """Who is asked, what, and which repeat it is; the order of fields is nothing."""
    cache = Cache(CacheMode.OFF)
    assert cache.keys(WHO)(b"q", 0) != cache.keys(identity)(request_, repeat)
    assert cache.keys(WHO)(b"q", 0) == cache.keys(dict(reversed(WHO.items())))(b"q", 0)


@pytest.mark.parametrize(
    ("mode", "reads", "writes"),
    [
        (CacheMode.ON, True, True),
        (CacheMode.OFF, False, False),
        (CacheMode.READ_ONLY, True, False),
        (CacheMode.WRITE_ONLY, False, True),
    ],
)
def test_modes(tmp_path: Path, mode: CacheMode, reads: bool, writes: bool) -> None:
    """What is read, and what is kept."""
    _put(tmp_path, b"old")
    with Cache(mode, tmp_path) as cache:
        key = cache.keys(WHO)
        assert reads == (cache.get(key(b"old", 0)) is not None)
        cache.put(key(b"new", 0), ANSWER)
    with Cache(CacheMode.ON, tmp_path) as cache:
        assert writes == (cache.get(key(b"new", 0)) is not None)


@pytest.mark.parametrize("mode", [CacheMode.OFF, CacheMode.READ_ONLY])
def test_a_mode_that_does_not_write_makes_no_file(tmp_path: Path, mode: CacheMode) -> None:
    """Not even the folder."""
    with Cache(mode, tmp_path / "cache") as cache:
        assert cache.get(bytes(32)) is None
    assert [] == [*tmp_path.iterdir(), *cache.notes]


@pytest.mark.parametrize("size", [0, 100, 10_000])
def test_a_broken_database_is_set_aside(tmp_path: Path, size: int) -> None:
    """With a note, and a new one takes its place."""
    path = tmp_path / FILE
    path.write_bytes(os.urandom(size) if size else b"")
    with Cache(CacheMode.ON, tmp_path) as cache:
        key = cache.keys(WHO)(b"q", 0)
        cache.put(key, ANSWER)
    assert bool(size) == any("set aside" in note for note in cache.notes)
    with Cache(CacheMode.ON, tmp_path) as cache:
        assert ANSWER == cache.get(key)
    assert (1 if size else 0) == sum("broken" in each.name for each in tmp_path.iterdir())


def test_a_database_that_breaks_in_the_middle_does_not_end_the_run(tmp_path: Path) -> None:
    """Pages in the middle are overwritten; what can't be read is asked again, and the next run has a new cache."""
    _put(tmp_path, *(b"%d" % number for number in range(2000)))
    path = tmp_path / FILE
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(os.urandom(path.stat().st_size - 3 * 4096))
    with Cache(CacheMode.ON, tmp_path) as cache:
        key = cache.keys(WHO)
        found = [cache.get(key(b"%d" % number, 0)) for number in range(2000)]
        cache.put(key(b"new", 0), ANSWER)
    assert any(each is None for each in found)
    assert cache.notes
    _put(tmp_path, b"again")
    with Cache(CacheMode.ON, tmp_path) as cache:
        assert ANSWER == cache.get(key(b"again", 0))
    assert [] == cache.notes


@pytest.mark.skipif(os.name == "nt", reason="files as folders")
def test_a_folder_that_can_not_be_made_is_noted(tmp_path: Path) -> None:
    """And the run goes on without a cache."""
    (tmp_path / "file").write_text("")
    with Cache(CacheMode.ON, tmp_path / "file") as cache:
        key = cache.keys(WHO)(b"q", 0)
        cache.put(key, ANSWER)
        assert cache.get(key) is None
    assert 1 == len(cache.notes)


def test_what_no_database_can_keep_is_left_out(tmp_path: Path) -> None:
    """Half of a surrogate pair, which a JSON answer may hold."""
    _put(tmp_path, b"q", answer=Answer("\ud800"))
    with Cache(CacheMode.ON, tmp_path) as cache:
        assert cache.get(cache.keys(WHO)(b"q", 0)) is None


def test_the_oldest_answers_go_when_it_is_too_large(tmp_path: Path) -> None:
    """The newest stay, and the file is smaller than the bound."""
    largest = 200_000
    for number in range(5):
        with Cache(CacheMode.ON, tmp_path, largest=largest) as cache:
            key = cache.keys(WHO)
            for each in range(100):
                cache.put(key(b"%d" % (number * 100 + each), 0), Answer("x" * 1000))
    assert (tmp_path / FILE).stat().st_size <= largest
    with Cache(CacheMode.READ_ONLY, tmp_path) as cache:
        assert cache.get(key(b"0", 0)) is None
        assert cache.get(key(b"499", 0)) is not None


def test_an_answer_that_comes_again_while_the_first_is_written(tmp_path: Path) -> None:
    """The later one is kept, and so is all that comes after it."""
    with Cache(CacheMode.ON, tmp_path) as cache, closing(sqlite3.connect(tmp_path / FILE)) as other:
        key = cache.keys(WHO)
        other.execute("BEGIN IMMEDIATE")  # the writer waits in the middle of its first batch
        cache.put(key(b"q", 0), Answer("first"))
        time.sleep(0.05)
        for request in (b"q", b"r", b"q"):
            cache.put(key(request, 0), ANSWER)
        other.rollback()
    assert [] == cache.notes
    with Cache(CacheMode.READ_ONLY, tmp_path) as cache:
        assert [ANSWER, ANSWER] == [cache.get(key(request, 0)) for request in (b"q", b"r")]


def test_whatever_ends_the_writer_is_said(tmp_path: Path) -> None:
    """Here a time that no database can hold; nothing is left in memory, and nothing more is taken."""
    writer = Writer(tmp_path / FILE, now=1 << 70)
    writer.add(b"k", b"a")
    assert isinstance(writer.close(0), OverflowError)
    writer.add(b"l", b"a")
    assert {} == writer.waiting


def _write(folder: Path, number: int) -> None:
    with Cache(CacheMode.ON, folder) as cache:
        key = cache.keys(WHO)
        for each in range(500):
            cache.put(key(b"%d" % (each + number * 250), 0), Answer(str(each + number * 250)))
            if not each % 100:
                time.sleep(0.005)
    assert not cache.notes, cache.notes


def test_processes_share_it(tmp_path: Path) -> None:
    """Four begin it at the same time, write the same and other answers, and none is lost."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write, args=(tmp_path, number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [0] * 4 == [process.exitcode for process in processes]
    with Cache(CacheMode.READ_ONLY, tmp_path) as cache:
        key = cache.keys(WHO)
        assert all(cache.get(key(b"%d" % each, 0)) for each in range(1250))


def test_it_is_sound_after_a_kill(tmp_path: Path) -> None:
    """A process that ends without closing loses what was not written, and nothing else."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_write_and_die, args=(tmp_path,))
    process.start()
    process.join()
    _put(tmp_path, b"after")
    connection = sqlite3.connect(tmp_path / FILE)
    assert ("ok",) == connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()


def _write_and_die(folder: Path) -> None:
    cache = Cache(CacheMode.ON, folder).__enter__()
    key = cache.keys(WHO)
    for each in range(2000):
        cache.put(key(b"%d" % each, 0), ANSWER)
    os._exit(0)


def test_the_folder_is_the_user_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As the XDG specification says: a relative path is as good as none."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tmp_path / "evaluations" == default_folder()
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert tmp_path / "home" / ".cache" / "evaluations" == default_folder()


def test_a_run_says_that_answers_could_not_be_kept(tmp_path: Path) -> None:
    """It shows only when the cache is closed, so that is done before the notes of the run are read."""
    place = str(tmp_path / FILE)

    def answer(question: str) -> str:
        with closing(sqlite3.connect(place)) as database:
            database.execute("DROP TABLE answers")
        return question

    found = evaluate(
        [{"input": "q", "reference": "q"}], answer, [ExactMatch()], inference_cache="on", cache_folder=tmp_path
    )
    assert "pass" == found.summary.verdict.value
    (said,) = found.notes
    assert f"{place}: answers could not be kept: no such table: answers" == said
