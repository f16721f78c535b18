"""Programs that answer JSON Lines: a JSON object a line on standard input, one a line back on standard output.

Each question carries an `id` that its answer must repeat, so that no line that a program prints by the way is taken for
an answer to something else. Whatever goes wrong with a process ends it; the next question starts a new one.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from evaluations.errors import UsageError
from evaluations.model import Json
from evaluations.shared import Shared

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

LARGEST_LINE = 16 << 20
"""Bytes. A longer answer is given up while it is read."""
_GRACE = 2.0
"""Seconds between the end of its input and the end of the process."""
_TAIL = 2000
"""Bytes of standard error that are kept for messages."""


class Reply(NamedTuple):
    """What a program answered."""

    fields: Mapping[str, Json]
    """The object, without its `id`."""
    seconds: float
    """From writing the question to having read the answer; waiting for a free process is not in it."""


class WorkerError(Exception):
    """There is no answer. `cause` is `timeout`, `process` (it ended) or `response` (no JSON object with that `id`)."""

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message
        """One line for people, without control characters."""


class Workers:
    """So many processes of one program, each asked one thing at a time; an async context manager that ends them.

    It may be entered while it is open: the same processes then answer all.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path | None = None,
        processes: int = 1,
        timeout: float = 60.0,
        where: str = "",
    ) -> None:
        """`command` is run in `folder`, never through a shell; `timeout` is seconds for one answer.

        `where` is the key path that names the command, for messages.
        """
        self._command = tuple(command)
        self._where = where
        self._timeout = timeout
        self._ids = count(1)
        self._free = Shared(lambda: self._started(folder, processes))

    @asynccontextmanager
    async def _started(self, folder: Path | None, processes: int) -> AsyncIterator[asyncio.LifoQueue[_Worker]]:
        free: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()  # the last used one has its memory warm
        workers = [_Worker(self._command, folder) for _ in range(processes)]
        try:
            for worker in workers:
                await worker.start()
                free.put_nowait(worker)
            yield free
        except OSError as error:
            do = "install it, or mend the command; it is run without a shell"
            raise UsageError(
                f"the program can't be started: {error}", where=self._where or " ".join(self._command), do=do
            ) from None
        finally:
            await asyncio.gather(*(worker.end(_GRACE) for worker in workers))

    async def __aenter__(self) -> Self:
        """Start them all. Raises UsageError where that can't be done."""
        await self._free.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End them: their input ends, and after two seconds they are killed."""
        await self._free.leave()

    async def ask(self, question: Mapping[str, Json]) -> Reply:
        """The answer to `question`, a JSON object without `id`. Raises WorkerError."""
        free = self._free.value
        worker = await free.get()
        try:
            return await asyncio.wait_for(worker.ask(next(self._ids), question), self._timeout)
        except asyncio.TimeoutError:
            await worker.end(0)
            hint = "does it write its answers out at once (flush)?"
            raise WorkerError("timeout", f"no answer within {self._timeout:g} s; {hint}") from None
        except BaseException:
            await worker.end(0)
            raise
        finally:
            free.put_nowait(worker)


class _Worker:
    """One process, or the place of one that has ended."""

    def __init__(self, command: Sequence[str], folder: Path | None) -> None:
        self._command = command
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},  # a Python program that never flushes would answer nothing
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LARGEST_LINE,
            start_new_session=True,  # Ctrl-C is for us: we end the program when the run has ended
        )
        self._complaints = asyncio.create_task(_tail(self._process.stderr))
        return self._process

    async def ask(self, number: int, question: Mapping[str, Json]) -> Reply:
        try:
            process = self._process or await self.start()
        except OSError as error:
            raise WorkerError("process", f"can't be started again: {error}") from None
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process without pipes")
        started = time.perf_counter()
        with suppress(ConnectionError):  # it has ended, which reading says better
            process.stdin.write(json.dumps({"id": number, **question}).encode() + b"\n")
            await process.stdin.drain()
        try:
            line = await process.stdout.readline()
        except ValueError:
            raise WorkerError("response", f"the answer is longer than {LARGEST_LINE >> 20} MiB") from None
        if not line.endswith(b"\n"):
            raise WorkerError("process", await self._last_words(process))
        return Reply(_fields(line, number), time.perf_counter() - started)

    async def end(self, grace: float) -> None:
        """Its input ends; what is still there after `grace` seconds is killed, with all that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if grace:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), grace)
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        self._complaints.cancel()
        await asyncio.gather(self._complaints, return_exceptions=True)
        # Nothing public closes the pipes of an ended process; Python 3.10 complains of those that outlive the loop.
        process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001
        await asyncio.sleep(0)

    async def _last_words(self, process: asyncio.subprocess.Process) -> str:
        code = await process.wait()
        how = f"was ended by signal {-code}" if code < 0 else f"exited with {code}"
        said = (await self._complaints).decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(said) if line.strip()), "nothing on standard error")
        return f"the program {how}: {_printable(last)}"


def _fields(line: bytes, number: int) -> dict[str, Json]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        shown = _printable(line[:200].decode(errors="replace").strip())
        raise WorkerError("response", f"standard output has a line that is not JSON: {shown}") from None
    if not isinstance(fields, dict):
        raise WorkerError("response", "the answer is not a JSON object")
    if fields.pop("id", None) != number:
        raise WorkerError("response", "the answer does not repeat the question's id")
    return fields


async def _tail(stream: asyncio.StreamReader | None) -> bytes:
    kept = b""
    while stream is not None and (chunk := await stream.read(1 << 16)):
        kept = (kept + chunk)[-_TAIL:]
    return kept


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
