"""A git that stays and answers one question after another: a process for each would be most of the engine's time."""

from __future__ import annotations

import re
import subprocess
import tempfile
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Generic, TypeVar

_HEAD = re.compile(rb"([0-9a-f]+) ([a-z]+) ([0-9]+)\n")

Answer = TypeVar("Answer")
Object = tuple[str, str, bytes]
"""Id, type and content."""


class _Resident(ABC, Generic[Answer]):
    """Started at the first question, and again after a failure; one question at a time, whoever asks."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """The whole command line, and its environment."""
        self._argv = argv
        self._env = env
        self._mutex = threading.Lock()  # the lock is renewed by a thread of its own
        self._process: subprocess.Popen[bytes] | None = None

    def _question(self, text: str) -> Answer:
        """Ask. OSError and EOFError where git ended: it met damage, refused, or somebody ended it."""
        with self._mutex:
            process = self._process
            if process is None or process.poll() is not None:
                process = self._start()
            self._process = None
            try:
                answer = self._answer(process, text)
            except BaseException:  # after Ctrl-C half an answer may be left, which is none to the next question
                _end(process)
                raise
            self._process = process
            return answer

    @abstractmethod
    def _answer(self, process: subprocess.Popen[bytes], text: str) -> Answer:
        """Write the question, and read the answer to its end."""

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            self._argv, env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors()
        )
        weakref.finalize(self, _end, process)
        return process

    def _errors(self) -> int | IO[bytes]:
        """Where it is to write what is wrong."""
        return subprocess.DEVNULL


class Reader(_Resident[Object | None]):
    """`git cat-file --batch`; each answer is what is true when it is asked for."""

    def read(self, name: str) -> Object | None:
        """Id, type and content, unchecked, of what `name` means to git; None where git can't say."""
        try:
            return self._question(f"{name}\n")
        except (OSError, EOFError):
            return None

    def _answer(self, process: subprocess.Popen[bytes], text: str) -> Object | None:
        asked, answers = _pipes(process)
        asked.write(text.encode())
        asked.flush()
        line = answers.readline()
        head = _HEAD.fullmatch(line)
        if head is None and line.endswith(b"\n"):
            return None  # missing, or ambiguous
        content = answers.read(int(head[3]) + 1) if head else b""
        if head is None or len(content) <= int(head[3]):
            raise EOFError
        return head[1].decode(), head[2].decode(), content[:-1]


class Transactions(_Resident[None]):
    """`git update-ref --stdin`: changes of refs, each whole or not at all (git-update-ref(1))."""

    def change(self, lines: Sequence[str]) -> str | None:
        """Make the changes (`update REF NEW OLD`, `create REF NEW`) together. What git says where it makes none."""
        try:
            return self._question("".join(f"{line}\n" for line in ("start", *lines, "prepare", "commit")))
        except (OSError, EOFError):
            return self._last_words()

    def _answer(self, process: subprocess.Popen[bytes], text: str) -> None:
        asked, answers = _pipes(process)
        asked.write(text.encode())  # as a whole: should the engine be killed now, git makes the change all the same
        asked.flush()
        for expected in (b"start: ok\n", b"prepare: ok\n", b"commit: ok\n"):
            if answers.readline() != expected:
                raise EOFError

    def _errors(self) -> IO[bytes]:
        # A file, not a pipe, which hooks could fill.
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        weakref.finalize(self, self._said.close)
        return self._said

    def _last_words(self) -> str:
        self._said.seek(0)
        return self._said.read().decode(errors="replace").strip() or "it was ended"


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("it was started with pipes")
    return process.stdin, process.stdout


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError), process:
        process.kill()
