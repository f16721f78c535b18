"""What the person in front sees, on a terminal and elsewhere, and the log."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from release import console as module
from release.console import Console
from tests.waiting import until


def log_lines(path: Path) -> list[dict[str, object]]:
    """The log, parsed."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_lines_are_plain_where_there_is_no_terminal(tmp_path: Path) -> None:
    """Text goes out as it is; the log has it with a time and the fields."""
    stream = io.StringIO()
    console = Console(stream, tmp_path / "deep" / "log.jsonl")
    console.say("  one ✓", version="1.0")
    console.say("two\nlines")
    assert "  one ✓\ntwo\nlines\n" == stream.getvalue()
    first, second = log_lines(tmp_path / "deep" / "log.jsonl")
    assert ("one ✓", "1.0", "two\nlines") == (first["text"], first["version"], second["text"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(first["time"]))


def test_nothing_is_kept_before_the_log_is_known(tmp_path: Path) -> None:
    """Lines before the project is known go to the screen only."""
    stream = io.StringIO()
    console = Console(stream)
    console.say("early")
    console.log = tmp_path / "log.jsonl"
    console.say("late")
    assert ["late"] == [line["text"] for line in log_lines(tmp_path / "log.jsonl")]


def test_standard_error_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output stays for results."""
    Console().say("hello")
    assert ("", "hello\n") == tuple(capsys.readouterr())


def test_name_that_is_no_utf8_is_logged(tmp_path: Path) -> None:
    """A file name with any bytes neither stops the command nor breaks the log."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="backslashreplace")
    Console(stream, tmp_path / "log.jsonl").say("file l\udce4tin ✓")
    assert ["file l\udce4tin ✓"] == [line["text"] for line in log_lines(tmp_path / "log.jsonl")]


def test_step_ends_with_one_line(tmp_path: Path) -> None:
    """A step that goes well says so, with its seconds; the log has its beginning too."""
    stream = io.StringIO()
    with Console(stream, tmp_path / "log.jsonl").step("build"):
        pass
    assert re.fullmatch(r"  ✓ build \(\d+\.\d s\)\n", stream.getvalue())
    began, ended = log_lines(tmp_path / "log.jsonl")
    assert "build: began" == began["text"]
    assert isinstance(ended["seconds"], float)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_step_that_fails_says_so_and_raises(error: type[BaseException]) -> None:
    """A step that fails is marked, and its error goes on; no thread is left."""
    stream = io.StringIO()
    threads = threading.active_count()
    with pytest.raises(error), Console(stream).step("build"):
        raise error
    assert re.fullmatch(r"  ✗ build \(\d+\.\d s\)\n", stream.getvalue())
    assert threads == threading.active_count()


def test_long_step_reminds_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a log without a live line a long step says now and then that it is still at work."""
    monkeypatch.setattr(module, "_REMINDER", 0.05)
    stream = io.StringIO()
    with Console(stream).step("build"):
        until(lambda: "so far" in stream.getvalue())
    assert stream.getvalue().startswith("  … build, 0 s so far\n")


def on_terminal(show: Callable[[Console], None]) -> str:
    """What a real terminal gets."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "w", encoding="utf-8") as stream:
        show(Console(stream))
        stream.write("END")
    shown = b""
    while b"END" not in shown:
        shown += os.read(master, 4096)
    os.close(master)
    return shown.decode().removesuffix("END")


def test_terminal_shows_a_live_line() -> None:
    """On a terminal the line of a running step is rewritten in place, and gone when something else is said."""

    def show(console: Console) -> None:
        with console.step("build"):
            time.sleep(0.25)
            console.say("    between")

    shown = on_terminal(show)
    assert "\r\x1b[K  … build 0 s" in shown
    assert "\r\x1b[K    between\r\n" in shown
    assert re.search(r"\r\x1b\[K  ✓ build \(\d+\.\d s\)\r\n$", shown)
    assert "so far" not in shown


def test_every_line_survives_many_threads(tmp_path: Path) -> None:
    """Lines that are said at the same time are whole, on the screen and in the log."""
    stream = io.StringIO()
    console = Console(stream, tmp_path / "log.jsonl")
    threads = [threading.Thread(target=console.say, args=(f"line {number} " + "x" * 500,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {f"line {number} " + "x" * 500 for number in range(20)}
    assert expected == set(stream.getvalue().splitlines())
    assert expected == {str(line["text"]) for line in log_lines(tmp_path / "log.jsonl")}
    assert sys.stderr is not stream


def test_ctrl_c_in_the_middle_of_a_line_has_its_say() -> None:
    """What a signal's handler says while a line is being written is said, and nobody waits for ever."""

    class Interrupted(io.StringIO):
        """A stream in whose first write a signal arrives."""

        first = True

        def write(self, text: str) -> int:
            if self.first:
                self.first = False
                console.say("interrupted")
            return super().write(text)

    stream = Interrupted()
    console = Console(stream)
    thread = threading.Thread(target=console.say, args=("line",), daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert "interrupted\nline\n" == stream.getvalue()
