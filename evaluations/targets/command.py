"""A program that speaks JSON Lines as a target: `{"id": 1, "input": ...}` in, `{"id": 1, "text": ...}` out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evaluations.errors import Complaint
from evaluations.model import Answer, Datapoint, Failure, Json, Refusal
from evaluations.processes import WorkerError, Workers
from evaluations.targets.protocol import UnusableAnswerError, readable
from evaluations.targets.replies import answer_of, refusal_of
from evaluations.targets.sources import command_identity

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class CommandTarget:
    """Processes of one program. Their answers are objects as `answer_of` takes them, or `{"error": "why"}`.

    With `"retry": true` beside `error`, the same input is tried again.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        processes: int = 1,
        timeout: float = 60.0,
        where: str = "",
        json_function: bool = False,
    ) -> None:
        """`command` is run in `folder`; `timeout` is seconds for one answer; `where` is the key path that names it.

        With `json_function`, an object that has none of an answer's parts is the JSON of its answer.
        """
        self._command = tuple(command)
        self._json_function = json_function
        self._folder = folder
        self._workers = Workers(command, folder=folder, processes=processes, timeout=timeout, where=where)

    async def __aenter__(self) -> Self:
        """Start the processes. Raises UsageError where that can't be done."""
        await self._workers.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End them."""
        await self._workers.__aexit__(kind, error, trace)

    @property
    def identity(self) -> Mapping[str, Json]:
        """The command, and the files that are its program."""
        identity = command_identity(self._command, self._folder)
        return {**identity, "json_function": True} if self._json_function else identity

    def prepare(self, datapoint: Datapoint) -> bytes | Complaint:
        """The question without its id."""
        return json.dumps({"input": datapoint.input}).encode()

    async def attempt(self, request: bytes) -> Answer | Refusal:
        """Ask a process once. One that died or did not answer in time is replaced, and may answer the next time."""
        try:
            fields, seconds = await self._workers.ask(json.loads(request))
        except WorkerError as error:
            return Refusal(Failure(error.cause, readable(error.message)), passing=error.cause == "process")
        if "error" in fields:
            message = readable(str(fields["error"]))
            return Refusal(Failure("target", message), passing=fields.get("retry") is True)
        try:
            return answer_of(fields, seconds, json_function=self._json_function)
        except UnusableAnswerError as error:
            return refusal_of(error)
