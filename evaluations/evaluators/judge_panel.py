"""The judges of one evaluator, asked side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from evaluations.evaluators.judge_replies import UnreadableReplyError, read_reason, read_reply
from evaluations.evaluators.votes import Vote
from evaluations.model import NOTHING, Answer, Datapoint, Failure, Json, Message, Usage
from evaluations.targets.sources import text_sha256

Ask = Callable[[Datapoint, int], Awaitable[Answer | Failure]]
"""Puts a datapoint's question for the n-th time, counted from 0. Retries, rates, cache and budget are its own."""

Read = Callable[[Mapping[str, Json]], float]
"""The score in a judge's reply. Raises UnreadableReplyError."""


class Judge(Struct, frozen=True):
    """A model with a rubric."""

    name: str
    ask: Ask
    rubric: str
    target: Mapping[str, Json] = MappingProxyType({})
    """What it asks describes itself as."""

    @property
    def identity(self) -> dict[str, Json]:
        """Who judges, by what rubric."""
        return {"name": self.name, "rubric_sha256": text_sha256(self.rubric), "target": dict(self.target)}

    async def vote(
        self, datapoint: Datapoint, messages: Sequence[Message], read: Read, untrusted: Iterable[str]
    ) -> Vote | Failure:
        """Its judgement of one case. `untrusted` are the texts in the case that others wrote.

        A Failure with the cause `judge` where there is none, whatever the reason; never a score of 0.
        """
        try:
            # Asked for the first time, whichever repeat is judged: the same answer gets the same judgement.
            reply = await self.ask(Datapoint(datapoint.id, list(messages)), 0)
        except Exception as error:  # noqa: BLE001, whatever a judge's target does, the other judges go on
            return self._failure(repr(error))
        if isinstance(reply, Failure):
            return self._failure(f"{reply.cause}: {reply.message}", reply.attempts)
        usage = NOTHING if reply.cached else reply.usage
        try:
            found = read_reply(reply, untrusted)
            value = read(found)
        except UnreadableReplyError as error:
            return self._failure(f"the reply is no judgement: {error}", reply.attempts, usage)
        return Vote(self.name, value, read_reason(found), usage)

    def _failure(self, message: str, attempts: int = 1, usage: Usage = NOTHING) -> Failure:
        return Failure("judge", f"{self.name}: {message}", attempts, usage)


async def ask_all(votes: Iterable[Awaitable[Vote | Failure]]) -> list[Vote | Failure]:
    """The votes in the order of the judges, however long each takes."""
    return list(await asyncio.gather(*votes))
