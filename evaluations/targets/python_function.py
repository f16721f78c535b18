"""A Python function as a target."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluations.errors import Complaint, UsageError
from evaluations.model import Answer, Datapoint, Failure, Json, Refusal
from evaluations.shared import Shared
from evaluations.targets.calls import Raised, outcome
from evaluations.targets.protocol import UnusableAnswerError, readable
from evaluations.targets.replies import answer_of, refusal_of
from evaluations.targets.sources import function_identity
from evaluations.targets.threads import Threads

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


_GIVEN = ("input",)
"""What the function is called with, in words."""


class PythonTarget:
    """`module:function`, called with each input. Async functions are awaited, others are called in threads."""

    def __init__(
        self,
        reference: str | Callable[[Any], Any],
        *,
        folder: Path = Path(),
        where: str = "",
        timeout: float = 60.0,
        concurrency: int = 64,
        json_function: bool = False,
    ) -> None:
        """Import the function, whose module may lie in `folder`, or take it as it is.

        `where` is the key path that names it. With `json_function`, an object that it returns is the JSON of its
        answer. Raises UsageError where there is no such function.
        """
        self._reference = reference if isinstance(reference, str) else None
        if not isinstance(reference, str):
            refuse_signature(reference, getattr(reference, "__name__", repr(reference)), where, _GIVEN)
        self._function = load(reference, folder, where, _GIVEN) if isinstance(reference, str) else reference
        self._timeout = timeout
        self._json_function = json_function
        self._threads = Shared(lambda: _threads(concurrency))

    async def __aenter__(self) -> Self:
        """Threads come with the first calls. It may be entered again, also while it is open."""
        await self._threads.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the threads end, where nobody else has it open; one that hangs is left behind."""
        await self._threads.leave()

    @property
    def identity(self) -> Mapping[str, Json]:
        """The function, and its module's source: another source may give another answer."""
        identity = {"type": "python", **function_identity(self._function, self._reference)}
        return {**identity, "json_function": True} if self._json_function else identity

    def prepare(self, datapoint: Datapoint) -> bytes | Complaint:
        """The input as JSON, so that the function can't change the data set, and the cache knows what it was given."""
        return json.dumps(datapoint.input).encode()

    async def attempt(self, request: bytes) -> Answer | Refusal:
        """Call it once; what it raises is a failure of this datapoint."""
        started = time.perf_counter()
        try:
            reply = await outcome(self._call(request), self._timeout)
        except asyncio.TimeoutError:
            return Refusal(Failure("timeout", f"no answer within {self._timeout:g} s"), passing=False)
        if isinstance(reply, Raised):
            what = f"{type(reply.error).__name__}: {reply.error}"
            return Refusal(Failure("target", readable(what)), passing=False)
        try:
            return answer_of(reply, time.perf_counter() - started, json_function=self._json_function)
        except UnusableAnswerError as error:
            return refusal_of(error)

    async def _call(self, request: bytes) -> object:
        given = json.loads(request)
        if inspect.iscoroutinefunction(self._function):
            return await self._function(given)
        reply = await self._threads.value.call(self._function, given)
        return await reply if inspect.isawaitable(reply) else reply


@asynccontextmanager
async def _threads(most: int) -> AsyncIterator[Threads]:
    threads = Threads(most)
    try:
        yield threads
    finally:
        threads.end()


def load(reference: str, folder: Path, where: str, given: Sequence[str]) -> Callable[..., Any]:
    """The function `module:function`. Raises UsageError where it can't be imported, is none, or can't be called.

    `given` has the names of what it will be called with, for the message.
    """
    module, _, name = reference.partition(":")
    place = str(folder.resolve())
    if place not in sys.path:  # at the end: nothing that is installed gives way to it
        sys.path.append(place)
        importlib.invalidate_caches()
    do = f"name a function as module:function; modules are also looked for in {folder}"
    try:
        function = attrgetter(name)(importlib.import_module(module))
    except (Exception, SystemExit) as error:
        what = f"{reference} can't be imported: {type(error).__name__}: {error}"
        raise UsageError(what, where=where, do=do) from error
    if not callable(function):
        raise UsageError(f"{reference} is not a function", where=where, do=do)
    refuse_signature(function, reference, where, given)
    checked: Callable[..., Any] = function
    return checked


def refuse_signature(function: Callable[..., Any], called: str, where: str, given: Sequence[str]) -> None:
    """Raise UsageError where the function, which people call so, can't be called with what it will be given."""
    with suppress(ValueError):  # one written in C may not say what it takes
        signature = inspect.signature(function)
        try:
            signature.bind(*given)
        except TypeError:
            what = f"{called} takes {signature}, and is called with {' and '.join(given)}"
            name = called.rpartition(":")[2].rpartition(".")[2]
            name = name if name.isidentifier() else "function"
            do = f"let it take {len(given)} argument{'s'[: len(given) != 1]}: def {name}({', '.join(given)})"
            raise UsageError(what, where=where, do=do) from None
