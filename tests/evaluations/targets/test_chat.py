"""The chat endpoint, against the model server."""

from __future__ import annotations

import asyncio
import time

import pytest

from evaluations.errors import UsageError
from evaluations.model import Answer, Datapoint, Failure
from evaluations.running.asking import Asker
from evaluations.running.retries import Retries
from evaluations.targets.chat import ChatTarget
from tests.servers.model import Fault, ModelServer

QUESTION = Datapoint("1", "What is 2 + 2?", "4")
QUICK = Retries(attempts=3, first=0.01, refusals=3)


def ask(url: str, *, system: str | None = None, api_key: str | None = None, timeout: float = 5.0) -> Answer | Failure:
    """One question, with quick retries."""

    async def run() -> Answer | Failure:
        async with ChatTarget(url, "m", system=system, api_key=api_key, timeout=timeout) as target:
            return await Asker(target, QUICK).ask(QUESTION)

    return asyncio.run(run())


def test_an_answer() -> None:
    """Model, system message and key reach the server."""
    with ModelServer(latency=0.05) as server:
        answer = ask(server.url, system="Be brief.", api_key="sk-1")
        head, body = server.seen[0]
    assert isinstance(answer, Answer)
    assert ("4", 1) == (answer.text, answer.attempts)
    assert 0.05 <= answer.seconds < 20
    assert {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is 2 + 2?"}],
    } == body
    assert "Authorization: Bearer sk-1" in head


def test_no_key_no_header() -> None:
    """Local servers want none."""
    with ModelServer() as server:
        ask(server.url)
        assert "authorization" not in server.seen[0][0].lower()


def test_no_text_is_an_answer() -> None:
    """Which an evaluator may judge."""
    with ModelServer(faults=[Fault("null")]) as server:
        answer = ask(server.url)
    assert isinstance(answer, Answer)
    assert answer.text is None


@pytest.mark.parametrize("kind", ["429", "500", "503", "reset", "truncated"])
def test_what_passes_is_tried_again(kind: str) -> None:
    """Two faults, then the answer at the third attempt."""
    with ModelServer(faults=[Fault(kind, times=2)]) as server:
        answer = ask(server.url)
        assert server.requests == 3
    assert isinstance(answer, Answer)
    assert ("4", 3) == (answer.text, answer.attempts)


@pytest.mark.parametrize(
    ("kind", "cause", "attempts"),
    [
        ("401", "http_401", 1),
        ("429", "http_429", 3),
        ("quota", "http_429", 1),
        ("500", "http_500", 3),
        ("503", "http_503", 3),
        ("reset", "connection", 3),
        ("truncated", "truncated", 3),
        ("garbage", "response", 1),
        ("shapeless", "response", 1),
        ("endless", "too_long", 1),
        ("drip", "timeout", 1),
        ("hang", "timeout", 1),
    ],
)
def test_what_stays_is_a_failure_with_its_cause(kind: str, cause: str, attempts: int) -> None:
    """After as many attempts as make sense, in bounded time, in one line without the key."""
    with ModelServer(faults=[Fault(kind)]) as server:
        started = time.monotonic()
        failure = ask(server.url, api_key="sk-secret", timeout=0.3 if cause == "timeout" else 60.0)
        assert time.monotonic() - started < 30
        assert attempts == server.requests
    assert isinstance(failure, Failure)
    assert (cause, attempts) == (failure.cause, failure.attempts)
    assert failure.message
    assert "\n" not in failure.message
    assert "sk-secret" not in failure.message


def test_the_server_says_when_to_come_back() -> None:
    """And is not asked before that."""
    with ModelServer(faults=[Fault("429", times=1)], retry_after="0.3") as server:
        started = time.monotonic()
        answer = ask(server.url)
        assert time.monotonic() - started >= 0.3
    assert isinstance(answer, Answer)


def test_a_server_that_wants_too_long_a_wait_is_given_up() -> None:
    """An hour is longer than any run should hang."""
    with ModelServer(faults=[Fault("503")], retry_after="3600") as server:
        failure = ask(server.url)
        assert server.requests == 1
    assert isinstance(failure, Failure)
    assert ("http_503", 1) == (failure.cause, failure.attempts)


def test_nobody_listens() -> None:
    """A connection error, tried again."""
    with ModelServer() as server:
        url = server.url
    failure = ask(url)
    assert isinstance(failure, Failure)
    assert ("connection", 3) == (failure.cause, failure.attempts)


def test_a_wrong_path_says_what_is_wrong() -> None:
    """The server's own words are kept."""
    with ModelServer() as server:
        failure = ask(f"{server.url}/v2")
    assert isinstance(failure, Failure)
    assert "there is no POST /v1/v2/chat/completions" in failure.message


def test_a_wrong_endpoint_is_refused_before_anything() -> None:
    """Also for those who use the library."""
    with pytest.raises(UsageError):
        ChatTarget("localhost", "m")
