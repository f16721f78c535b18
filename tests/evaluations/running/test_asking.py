"""What every request gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from evaluations.errors import Complaint
from evaluations.model import Answer, Datapoint, Failure, Json, Refusal
from evaluations.running.asking import Asker, Limiters
from evaluations.running.cache import Cache, CacheMode
from evaluations.running.retries import Retries
from evaluations.targets.python_function import PythonTarget

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class Scripted:
    """A target that gives what it is told to, in turn, and counts."""

    def __init__(self, *outcomes: Answer | Refusal, url: str = "http://one/v1") -> None:
        self._outcomes = outcomes
        self.identity: Mapping[str, Json] = {"type": "scripted", "url": url}
        self.asked: list[bytes] = []

    def prepare(self, datapoint: Datapoint) -> bytes | Complaint:
        """The input as it is."""
        if not isinstance(datapoint.input, str):
            return Complaint("it is no text", "give a text")
        return datapoint.input.encode()

    async def attempt(self, request: bytes) -> Answer | Refusal:
        """The next outcome; the last one again and again."""
        self.asked.append(request)
        return self._outcomes[min(len(self.asked), len(self._outcomes)) - 1]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


POINT = Datapoint("1", "q")
BROKEN = Refusal(Failure("http_500", "x"), passing=True)


def _ask(asker: Asker, *repeats: int) -> list[Answer | Failure]:
    async def main() -> list[Answer | Failure]:
        async with asker.target:
            return [await asker.ask(POINT, repeat) for repeat in repeats]

    return asyncio.run(main())


def test_an_answer_is_kept_and_found_again(tmp_path: Path) -> None:
    """Each repeat has an answer of its own; found again they are marked."""
    answers = [Answer("first", attempts=2), Answer("second")]
    target = Scripted(BROKEN, Answer("first"), Answer("second"))
    for times in range(2):
        with Cache(CacheMode.ON, tmp_path) as cache:
            asker = Asker(target, Retries(first=0.001), cache=cache)
            expected = answers if not times else [replace(each, cached=True) for each in answers]
            assert expected == _ask(asker, 0, 1)
    assert [b"q"] * 3 == target.asked


def test_failures_are_not_kept(tmp_path: Path) -> None:
    """The next run asks again."""
    target = Scripted(Refusal(Failure("http_400", "x"), passing=False))
    for _ in range(2):
        with Cache(CacheMode.ON, tmp_path) as cache:
            assert [Failure("http_400", "x")] == _ask(Asker(target, cache=cache), 0)
    assert 2 == len(target.asked)


class Slow(Scripted):
    """Answers when it is told to."""

    def __init__(self, *outcomes: Answer | Refusal) -> None:
        super().__init__(*outcomes)
        self.go = asyncio.Event()

    async def attempt(self, request: bytes) -> Answer | Refusal:
        """The next outcome, then."""
        outcome = await super().attempt(request)
        await self.go.wait()
        return outcome


def _ask_at_once(target: Slow, folder: Path, *repeats: int, mode: CacheMode = CacheMode.ON) -> list[Answer | Failure]:
    """All are asked before the first answer is there."""

    async def main() -> list[Answer | Failure]:
        asker = Asker(target, cache=cache)
        asked = [asyncio.ensure_future(asker.ask(POINT, repeat)) for repeat in repeats]
        await asyncio.sleep(0)
        target.go.set()
        return await asyncio.gather(*asked)

    with Cache(mode, folder) as cache:
        return asyncio.run(main())


def test_the_same_question_at_the_same_time_is_asked_once(tmp_path: Path) -> None:
    """As if it had come later: the others take the answer out of the cache. Another repeat is another question."""
    target = Slow(Answer("first"), Answer("second"))
    found = _ask_at_once(target, tmp_path, 0, 0, 1, 0)
    kept = replace(Answer("first"), cached=True)
    assert [Answer("first"), kept, Answer("second"), kept] == found
    assert 2 == len(target.asked)


@pytest.mark.parametrize("mode", [CacheMode.READ_ONLY, CacheMode.WRITE_ONLY])
def test_a_cache_that_would_not_give_it_later_does_not_give_it_now(mode: CacheMode, tmp_path: Path) -> None:
    """Each is asked."""
    target = Slow(Answer("first"), Answer("second"))
    assert [Answer("first"), Answer("second")] == _ask_at_once(target, tmp_path, 0, 0, mode=mode)


def test_a_failure_is_nobody_else_s(tmp_path: Path) -> None:
    """Who waited for the one that failed asks for himself."""
    target = Slow(Refusal(Failure("http_400", "x"), passing=False), Answer("second"))
    assert [Failure("http_400", "x"), Answer("second")] == _ask_at_once(target, tmp_path, 0, 0)


def test_who_is_given_up_keeps_nobody_waiting(tmp_path: Path) -> None:
    """The next one asks in its place."""

    async def main() -> Answer | Failure:
        target = Slow(Answer("first"), Answer("second"))
        asker = Asker(target, cache=cache)
        first, second = (asyncio.ensure_future(asker.ask(POINT)) for _ in range(2))
        await asyncio.sleep(0)
        target.go.set()
        first.cancel()
        return await second

    with Cache(CacheMode.ON, tmp_path) as cache:
        assert Answer("second") == asyncio.run(main())


def test_what_can_not_be_asked_fails_without_a_request() -> None:
    """With what is wrong, and what to do."""
    target = Scripted(Answer("a"))
    found = asyncio.run(Asker(target).ask(Datapoint("1", 5)))
    assert Failure("input", "it is no text: give a text") == found
    assert [] == target.asked


def test_questions_that_were_not_asked_are_counted() -> None:
    """After the endpoint has been given up."""
    target = Scripted(Answer("a"))
    limiters = Limiters()
    limiter = limiters.of(target)
    limiter.breaker.failure = Failure("endpoint_down", "gone", attempts=0)
    asker = Asker(target, limiter=limiter)
    assert [limiter.breaker.failure] * 3 == _ask(asker, 0, 1, 2)
    assert 3 == asker.not_asked
    assert [] == target.asked


@pytest.mark.parametrize(("url", "same"), [("http://one/v1", True), ("http://two/v1", False)])
def test_targets_of_one_endpoint_share_a_limiter(url: str, same: bool) -> None:
    """Whatever else differs between them."""
    limiters = Limiters(7)
    assert same == (limiters.of(Scripted(url="http://one/v1")) is limiters.of(Scripted(url=url)))


def test_a_run_out_of_the_cache_lets_others_have_their_turn(tmp_path: Path) -> None:
    """A signal or the progress waits for some answers only, not for all."""
    turns = 0

    async def main() -> None:
        asker = Asker(Scripted(Answer("a")), cache=cache)
        await asker.ask(POINT)

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.ensure_future(other())
        for _ in range(1000):
            await asker.ask(POINT)
        task.cancel()

    with Cache(CacheMode.ON, tmp_path) as cache:
        asyncio.run(main())
    assert turns >= 1000 // 64


def test_answers_of_code_that_can_not_be_told_apart_are_not_kept(tmp_path: Path) -> None:
    """Two functions of one name that hold lists look the same: the second must not get the first one's answers."""

    def answering(texts: list[str]) -> Callable[[Json], str]:
        return lambda _given: texts[0]

    def asked(text: str) -> Answer | Failure:
        with Cache(CacheMode.ON, tmp_path) as cache:
            return _ask(Asker(PythonTarget(answering([text])), cache=cache), 0)[0]

    found = [asked("one"), asked("two")]
    assert ["one", "two"] == [answer.text for answer in found if isinstance(answer, Answer)]
