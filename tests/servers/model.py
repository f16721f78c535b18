"""A small model server for tests: OpenAI-compatible, quick, the same answers every time, with faults on request.

In a test: `with ModelServer(faults=[Fault("429", times=1)]) as server: ... server.url ... server.requests`.
As a program: `python tests/servers/model.py --port 0 --latency 0.05` prints its URL as the first line.
`GET /v1/models` lists the model, `GET /counts` says how many questions came. Standard library only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import socket
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

MODEL = "arithmetic"
FAULTS = (
    "401",
    "429",
    "quota",
    "500",
    "503",
    "reset",
    "garbage",
    "shapeless",
    "truncated",
    "drip",
    "endless",
    "hang",
    "null",
)
_QUESTION = re.compile(r"What is (-?\d{1,15}) ([-+*/]) (-?\d{1,15})\?")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    411: "Length Required",
    429: "Too Many Requests",
}


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with a share of the questions, chosen by seed; only so many times for each question."""

    kind: str
    """One of FAULTS; `null` is an answer without text."""
    share: float = 1.0
    times: int | None = None
    """None: every time."""

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist: a fault that never happens would prove nothing."""
        if self.kind not in FAULTS:
            raise ValueError(f"no fault {self.kind!r}; there are {', '.join(FAULTS)}")

    @classmethod
    def parse(cls, text: str) -> Fault:
        """From `KIND[:SHARE[:TIMES]]`."""
        kind, share, times = (*text.split(":"), "", "")[:3]
        return cls(kind, float(share or 1), int(times) if times else None)


@dataclass
class Model:
    """What the server answers, and what it has seen."""

    latency: float = 0.0
    """Seconds."""
    wrong: float = 0.0
    """Share of questions that get a wrong answer."""
    seed: int = 0
    answers: Mapping[str, str] | None = None
    """Question to answer; without it, arithmetic questions are worked out."""
    faults: Sequence[Fault] = ()
    retry_after: str | None = None
    """Sent with 429 and 503."""
    script: Callable[[dict[str, Any]], str | None] | None = None
    """Writes the answer, from the whole request; without it the model answers the last message. `grade` is a judge."""
    usage: dict[str, Any] | None = None
    """What each answer says that it took; nothing where it is None."""
    requests: int = 0
    """Questions that came, also those that met a fault."""
    at_once: int = 0
    most_at_once: int = 0
    seen: deque[tuple[str, dict[str, Any]]] = field(default_factory=lambda: deque(maxlen=1000))
    """The last questions: head of the request, and its body."""
    attempts: Counter[str] = field(default_factory=Counter)
    """Requests by question."""
    connections: set[asyncio.Transport] = field(default_factory=set)

    def answer(self, question: str) -> str:
        """The same answer for the same question and seed; wrong for the chosen share."""
        right = self.answers.get(question, "I do not know.") if self.answers is not None else _work_out(question)
        return f"not {right}" if self.draw("wrong", question) < self.wrong else right

    def fault(self, question: str) -> Fault | None:
        """What goes wrong this time."""
        for fault in self.faults:
            left = fault.times is None or self.attempts[question] <= fault.times
            if left and self.draw(fault.kind, question) < fault.share:
                return fault
        return None

    def draw(self, purpose: str, question: str) -> float:
        """A number in [0, 1) that depends on nothing but seed, purpose and question."""
        digest = blake2b(f"{self.seed}\0{purpose}\0{question}".encode("utf-8", "replace"), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64


class ModelServer(Model):
    """A Model that listens on loopback, in a thread of its own, between `with` and its end."""

    url = ""
    """The base URL, as `--endpoint` takes it."""

    def __enter__(self) -> Self:
        """Start, and return when connections are taken."""
        self._loop = asyncio.new_event_loop()
        self._listener = self._loop.run_until_complete(listen(self, 0))
        self.url = address(self._listener)
        self._thread = threading.Thread(target=self._loop.run_forever, name="model server", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and drop every connection."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._listener.close()
        for connection in tuple(self.connections):
            connection.abort()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


async def listen(model: Model, port: int) -> asyncio.Server:
    """Take connections for the model on loopback; port 0 is any free one."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: _Connection(model), "127.0.0.1", port, backlog=1024)


def address(listener: asyncio.Server) -> str:
    """The base URL."""
    return f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"


class _Connection(asyncio.Protocol):
    """One connection: stays open, answers one request after the other."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._buffer = b""
        self._busy = False
        self._loop = asyncio.get_running_loop()
        self._writable = asyncio.Event()
        self._writable.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._model.connections.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._model.connections.discard(self._transport)
        for task in self._tasks:
            task.cancel()
        if self._busy:
            self._model.at_once -= 1

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._busy:
            self._take()

    def _take(self) -> None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end]
        match = _LENGTH.search(head)
        size = end + 4 + (int(match[1]) if match else 0)
        if len(self._buffer) < size:
            return
        body, self._buffer = self._buffer[end + 4 : size], self._buffer[size:]
        self._busy = True
        self._model.at_once += 1
        self._model.most_at_once = max(self._model.most_at_once, self._model.at_once)
        self._dispatch(head.decode("latin-1"), body)

    def _dispatch(self, head: str, body: bytes) -> None:
        method, target = head.split(" ", 2)[:2]
        path = urlsplit(target).path  # a proxy gets a whole address
        if (method, path) == ("GET", "/v1/models"):
            self._send(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        elif (method, path) == ("GET", "/counts"):
            self._send(200, {"requests": self._model.requests, "most_at_once": self._model.most_at_once})
        elif (method, path) != ("POST", "/v1/chat/completions"):
            self._send(404, _error(f"there is no {method} {path}"))
        elif "transfer-encoding: chunked" in head.lower():
            self._send(411, _error("give a Content-Length"))
            self._transport.close()
        else:
            self._chat(head, body)

    def _chat(self, head: str, body: bytes) -> None:
        try:
            request = json.loads(body)
            question = _question(request["messages"])
        except (ValueError, LookupError, TypeError):
            self._send(400, _error("the request is no chat completion"))
            return
        model = self._model
        model.requests += 1
        model.attempts[question] += 1
        model.seen.append((head, request))
        fault = model.fault(question)
        if fault is None:
            text = model.script(request) if model.script else model.answer(question)
            taken = {} if model.usage is None else {"usage": model.usage}
            self._later(lambda: self._send(200, {**_completion(request.get("model"), text), **taken}))
        elif fault.kind != "hang":
            self._later(lambda: self._fail(fault.kind, head))

    def _later(self, act: Callable[[], None]) -> None:
        if self._model.latency:
            self._loop.call_later(self._model.latency, self._unless_closed, act)
        else:
            act()

    def _unless_closed(self, act: Callable[[], None]) -> None:
        if not self._transport.is_closing():
            act()

    def _fail(self, kind: str, head: str) -> None:
        if kind.isdecimal():
            key = re.search(r"(?i)^authorization: *Bearer (.*)$", head, re.MULTILINE)
            self._send(int(kind), _error(f"on purpose; the key is {key[1].strip() if key else 'missing'}"))
        elif kind == "quota":
            self._send(429, {"error": {"message": "nothing left to spend", "code": "insufficient_quota"}})
        elif kind == "reset":
            self._transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
            )
            self._transport.abort()
        elif kind == "garbage":
            self._send(200, b"<html>garbage {")
        elif kind == "shapeless":
            self._send(200, {"object": "surprise"})
        elif kind == "null":
            self._send(200, _completion(MODEL, None))
        elif kind == "truncated":
            self._transport.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"choices": [')
            self._transport.close()
        else:
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
            pause, piece = (0.02, b" ") if kind == "drip" else (0.0, b" " * (1 << 20))
            self._tasks.add(self._loop.create_task(self._stream(piece, pause)))

    async def _stream(self, piece: bytes, pause: float) -> None:
        while True:
            self._transport.write(piece)
            await asyncio.sleep(pause)
            await self._writable.wait()

    def _send(self, status: int, content: bytes | dict[str, Any]) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        head = f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}\r\nContent-Type: application/json\r\n"
        if self._model.retry_after is not None and status in (429, 503):
            head += f"Retry-After: {self._model.retry_after}\r\n"
        # Counted before it is written, since whoever reads the answer may ask for the count at once.
        self._busy = False
        self._model.at_once -= 1
        self._transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        if self._buffer:
            self._take()


def _question(messages: list[dict[str, Any]]) -> str:
    content = messages[-1]["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _work_out(question: str) -> str:
    match = _QUESTION.match(question)
    if match is None or (match[2] == "/" and not int(match[3])):
        return "I do not know."
    left, right = int(match[1]), int(match[3])
    return str({"+": left + right, "-": left - right, "*": left * right, "/": left // (right or 1)}[match[2]])


def grade(request: dict[str, Any]) -> str:
    """A judge: an answer is right that is the case's reference, or what comes out where that is not shown."""
    messages = request["messages"]
    case = _question(messages)
    number = case.split("The number of this case is ", 1)[1][:16]
    parts = re.findall(
        rf"^--- ([\w ]+), {number} ---\n(.*?)\n--- end of \1, {number} ---$", case, re.DOTALL | re.MULTILINE
    )
    texts = dict(parts)
    right = texts.get("reference") or _work_out(texts["question"])
    if "answer A" in texts:
        first, second = (texts[title] == right for title in ("answer A", "answer B"))
        return json.dumps({"thinking": f"It is {right}.", "winner": "tie" if first == second else "BA"[first]})
    score = texts["answer"] == right
    boolean = "true or false" in messages[0]["content"]
    return json.dumps({"thinking": f"It is {right}.", "score": score if boolean else float(score)})


def _completion(model: str | None, text: str | None) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": model, "choices": [choice]}


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "test"}}


def read_answers(path: Path) -> dict[str, str]:
    """Question to answer, from JSON Lines with `input` and `reference` (as in a data set)."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return {line["input"]: line["reference"] for line in lines}


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A model server for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds")
    parser.add_argument("--answers", type=Path, help="JSON Lines with input and reference")
    parser.add_argument("--wrong", type=float, default=0.0, help="share of wrong answers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--fault", type=Fault.parse, action="append", default=[], help=f"KIND[:SHARE[:TIMES]] of {FAULTS}"
    )
    parser.add_argument("--retry-after", help="header with 429 and 503")
    parser.add_argument("--judge", action="store_true", help="judge cases of `evaluations` instead of answering")
    options = parser.parse_args(argv)
    answers = read_answers(options.answers) if options.answers else None
    script = grade if options.judge else None
    model = Model(options.latency, options.wrong, options.seed, answers, options.fault, options.retry_after, script)
    try:
        asyncio.run(_serve(model, options.port))
    except KeyboardInterrupt:
        return 130
    return 0


async def _serve(model: Model, port: int) -> None:
    listener = await listen(model, port)
    print(address(listener), flush=True)  # noqa: T201, who started it reads this line
    await listener.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
