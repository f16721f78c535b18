"""Answers from servers that mean no good, or are broken: each its own cause, in bounded time and memory."""

from __future__ import annotations

import asyncio
import gzip
import time
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest

from evaluations.model import Answer, Datapoint, Refusal
from evaluations.targets.chat import ChatTarget
from evaluations.targets.endpoint import LARGEST_ANSWER
from tests.evaluations.targets.raw import Script, respond, serve

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def attempt(url: str, timeout: float = 20.0) -> Answer | Refusal:
    """One question, once."""

    async def run() -> Answer | Refusal:
        async with ChatTarget(url, "m", timeout=timeout) as target:
            request = target.prepare(Datapoint("1", "?"))
            assert isinstance(request, bytes)
            return await asyncio.wait_for(target.attempt(request), 60)

    return asyncio.run(run())


def pieces(*given: bytes) -> Script:
    """Always the same."""
    return lambda _body: given


def endless(head: bytes, piece: bytes, pause: float = 0.0) -> Script:
    """Until the client goes."""

    def script(_body: bytes) -> Iterator[bytes]:
        yield head
        while True:
            time.sleep(pause)
            yield piece

    return script


@pytest.mark.parametrize(
    ("script", "cause", "passing"),
    [
        (pieces(), "connection", True),
        (pieces(b"\xff\xfe\x00garbage\r\n\r\n"), "connection", True),
        (pieces(b"SSH-2.0-OpenSSH_9.6\r\n"), "connection", True),
        (pieces(OK), "connection", True),
        (pieces(OK + b"Content-Length: x\r\n\r\n"), "connection", True),
        (pieces(OK + b"Content-Length: -1\r\n\r\n"), "connection", True),
        (pieces(OK + b"A: " + b"x" * 100_000 + b"\r\n\r\n"), "connection", True),
        (pieces(OK + b"Content-Length: 100\r\n\r\n{"), "truncated", True),
        (pieces(CHUNKED + b"5\r\n{"), "truncated", True),
        (pieces(CHUNKED + b"zz\r\n{}\r\n"), "connection", True),
        (pieces(respond(b"{")), "response", False),
        (pieces(respond(b"\x00" * 1000)), "response", False),
        (pieces(respond(b"[" * 1_000_000)), "response", False),
        (pieces(respond({"choices": []})), "response", False),
        (pieces(respond({"error": "no"}, "302 Found\r\nLocation: http://127.0.0.1:1/")), "http_302", False),
        (pieces(respond({"error": "no"}, "404 Not Found")), "http_404", False),
        (pieces(respond({"error": "no"}, "599 Odd")), "http_599", True),
        (pieces(respond(b"x", "500 " + "y" * 3000)), "http_500", True),
        (endless(OK + b"\r\n", b"x" * (1 << 16)), "too_long", False),
        (endless(CHUNKED, b"10000\r\n" + b"x" * (1 << 16) + b"\r\n"), "too_long", False),
        (endless(b"HTTP/1.1 500 Down\r\n\r\n", b"x" * (1 << 16)), "too_long", False),
    ],
)
def test_each_fault_has_its_cause(script: Script, cause: str, *, passing: bool) -> None:
    """In one short line, and not only when the time is over."""
    with serve(script) as server:
        refusal = attempt(server.url)
    assert isinstance(refusal, Refusal)
    assert (cause, passing) == (refusal.failure.cause, refusal.passing)
    assert refusal.failure.message.isprintable()
    assert len(refusal.failure.message) <= 200


@pytest.mark.parametrize(
    "script",
    [
        endless(b"HTTP/1.1 200 O", b"K", 0.02),
        endless(OK, b"A: b\r\n", 0.02),
        endless(OK + b"\r\n", b" ", 0.02),
        endless(CHUNKED, b"1\r\n \r\n", 0.02),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.02),
    ],
)
def test_a_drip_ends_at_the_time_limit(script: Script) -> None:
    """However little it sends, and wherever in the answer."""
    with serve(script) as server:
        refusal = attempt(server.url, timeout=0.2)
    assert isinstance(refusal, Refusal)
    assert "timeout" == refusal.failure.cause


def test_a_compressed_answer_is_not_unpacked() -> None:
    """A thousandth of its size may be what is sent."""
    bomb = gzip.compress(b" " * (50 << 20))
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with serve(pieces(head + bomb)) as server:
        tracemalloc.start()
        refusal = attempt(server.url)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert "Accept-Encoding: identity" in server.heads[0]
    assert isinstance(refusal, Refusal)
    assert ("response", True) == (refusal.failure.cause, "compressed" in refusal.failure.message)
    assert peak < 4 << 20


def test_an_endless_answer_takes_little_memory() -> None:
    """The bound, and what is in flight."""

    def script(_body: bytes) -> Iterable[bytes]:
        return endless(OK + b"\r\n", b"x" * (1 << 20))(_body)

    with serve(script) as server:
        tracemalloc.start()
        refusal = attempt(server.url)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert isinstance(refusal, Refusal)
    assert peak < 4 * LARGEST_ANSWER


def test_a_server_that_sends_the_key_back() -> None:
    """It is not in the message."""

    async def run(url: str) -> Answer | Refusal:
        async with ChatTarget(url, "m", api_key="sk-secret") as target:
            return await target.attempt(b"{}")

    with serve(pieces(respond({"error": "key sk-secret is wrong"}, "401 Unauthorized"))) as server:
        refusal = asyncio.run(run(server.url))
    assert isinstance(refusal, Refusal)
    assert "HTTP 401: key [hidden] is wrong" == refusal.failure.message
