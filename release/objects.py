"""git's objects without a process for each: written as loose ones (gitformat-loose(5)), read by one git that stays."""

from __future__ import annotations

import hashlib
import re
import subprocess
import threading
import weakref
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from release import durable

_HEAD = re.compile(rb"([0-9a-f]+) ([a-z]+) ([0-9]+)\n")


class LooseObjects:
    """The folder `objects` of a repository."""

    def __init__(self, folder: Path, algorithm: str) -> None:
        """`algorithm` is the repository's object format: `sha1` or `sha256`."""
        self._folder = folder
        self._algorithm = algorithm

    def write(self, kind: str, content: bytes) -> str:
        """Store an object, whole and durable; its id. One that is there already stays as it is."""
        data = b"%s %d\0%s" % (kind.encode(), len(content), content)
        name = hashlib.new(self._algorithm, data).hexdigest()
        path = self._folder / name[:2] / name[2:]
        if not path.exists():
            with suppress(FileExistsError):
                path.parent.mkdir()
                path.parent.chmod(self._folder.stat().st_mode)  # in a shared repository others add to it too
                durable.sync_folder(self._folder)
            # What a kill leaves under such a name is cleared up by git itself (git-prune(1)).
            durable.write_bytes(path, zlib.compress(data), mode=0o444, prefix="tmp_obj_")
        return name


class Reader:
    """A `git cat-file --batch`, started at the first question; each answer is what is true when it is asked for."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """The whole command line, and its environment."""
        self._argv = argv
        self._env = env
        self._mutex = threading.Lock()  # the lock is renewed by a thread of its own
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, name: str) -> tuple[str, str, bytes] | None:
        """Id, type and content, unchecked, of what `name` means to git; None where git can't say."""
        with self._mutex:
            process = self._process or self._start()
            self._process = None
            try:
                answer = _ask(process, name)
            except (OSError, EOFError):  # it met a damaged object, or somebody ended it
                _end(process)
                return None
            except BaseException:  # after Ctrl-C half an answer may be left, which is none to the next question
                _end(process)
                raise
            self._process = process
            return answer

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            self._argv, env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        weakref.finalize(self, _end, process)
        return process


def _ask(process: subprocess.Popen[bytes], name: str) -> tuple[str, str, bytes] | None:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("it was started with pipes")
    process.stdin.write(f"{name}\n".encode())
    process.stdin.flush()
    line = process.stdout.readline()
    head = _HEAD.fullmatch(line)
    if head is None and line.endswith(b"\n"):
        return None  # missing, or ambiguous
    content = process.stdout.read(int(head[3]) + 1) if head else b""
    if head is None or len(content) <= int(head[3]):
        raise EOFError
    return head[1].decode(), head[2].decode(), content[:-1]


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError), process:
        process.kill()
