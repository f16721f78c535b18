"""A real reverse proxy on loopback that breaks chosen requests on purpose, and counts what travels.

In a test: `with serve("127.0.0.1", port) as proxy: proxy.breaks = Break("stall", 3) ... proxy.url ... proxy.seen`.
The address that a client sees is kept in the header Host, so that a server's own links lead through the proxy too.
"""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KINDS = ("refuse", "reset", "500", "429", "stall", "no-but-done", "yes-but-not", "truncate", "garble")
"""What can go wrong, in the words of `Break.kind`."""
_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"})
Reply = tuple[int, Mapping[str, str], bytes]
"""Status, headers, body."""


@dataclass(frozen=True)
class Seen:
    """One request that came."""

    number: int
    """From 1, since the last `rewind`."""
    method: str
    path: str
    """With the query."""
    sent: int = 0
    """Bytes of the request's body that the proxy took."""
    got: int = 0
    """Bytes of the answer's body that the proxy gave."""
    status: int = 0
    """Of the answer that the client got; 0 where it got none."""
    broken: str = ""
    """What was done to it, where something was."""
    authorized: bool = False
    """Whether it had a header Authorization."""


def plausible(method: str, _path: str, _headers: Mapping[str, str], _body: bytes) -> Reply:
    """An answer as a server gives it that did what it was asked to; servers of a kind have better ones."""
    status = {"POST": 201, "PUT": 201, "PATCH": 202, "DELETE": 202}.get(method, 200)
    return status, {}, b""


@dataclass(frozen=True)
class Break:
    """What goes wrong, and with which requests.

    | kind | what the client sees, and what the server |
    | --- | --- |
    | refuse | the connection is reset before anything was read; the server sees nothing |
    | reset | the connection is reset in the middle of the request's body; the server gets half of it |
    | 500, 429 | that status, the latter with Retry-After; the server sees nothing |
    | stall | silence until the client gives up; the server sees nothing |
    | no-but-done | 500, though the server did it |
    | yes-but-not | a plausible 2xx, though the server saw nothing |
    | truncate | the connection is closed in the middle of the answer's body |
    | garble | an answer of the right length with some other bytes in it |
    """

    kind: str
    first: int = 1
    """The number of the first request that it happens to, counted among those that `only` takes."""
    times: int | None = 1
    """How many in a row; None for all from there on."""
    only: Callable[[str, str], bool] = lambda _method, _path: True
    """By method and path."""
    retry_after: str = "0"
    """With 429; seconds, or a date."""

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist: a fault that never happens would prove nothing."""
        if self.kind not in KINDS:
            raise ValueError(f"no break {self.kind!r}; there are {', '.join(KINDS)}")

    def hits(self, number: int) -> bool:
        """Whether it happens to the request of that number."""
        return number >= self.first and (self.times is None or number < self.first + self.times)


@dataclass
class Proxy:
    """What it stands in front of, what it breaks, and what it saw."""

    host: str
    port: int
    breaks: Break | None = None
    plausible: Callable[[str, str, Mapping[str, str], bytes], Reply] = plausible
    """The answer of `yes-but-not`, by method, path, headers and body."""
    address: str = ""
    """Host and port that clients connect to."""
    seen: list[Seen] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _counted: int = 0
    _matched: int = 0

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"http://{self.address}"

    def rewind(self, breaks: Break | None = None) -> None:
        """Forget what was seen, count from 1 again, and break that from now on."""
        with self._lock:
            self.seen.clear()
            self._counted = self._matched = 0
            self.breaks = breaks

    def happened(self) -> bool:
        """Whether a request was broken since the last `rewind`."""
        return any(each.broken for each in self.seen)

    def count(self, method: str, path: str) -> tuple[int, Break | None]:
        """The number of the request that begins, and what happens to it."""
        with self._lock:
            self._counted += 1
            breaks = self.breaks
            if breaks is None or not breaks.only(method, path):
                return self._counted, None
            self._matched += 1
            return self._counted, breaks if breaks.hits(self._matched) else None

    def note(self, seen: Seen) -> None:
        """Remember a request."""
        with self._lock:
            self.seen.append(seen)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: Proxy

    def handle_one_request(self) -> None:
        """One request of any method."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            self._serve()
            self.wfile.flush()
        except (OSError, http.client.HTTPException):  # the client has gone, or was sent away
            self.close_connection = True

    def _serve(self) -> None:
        number, breaks = self.proxy.count(self.command, self.path)
        kind = breaks.kind if breaks else ""
        seen = Seen(number, self.command, self.path, broken=kind, authorized="Authorization" in self.headers)
        if kind in ("refuse", "stall"):
            self.proxy.note(seen)
            self._silence(stall=kind == "stall")
        elif kind == "reset":
            self._reset(seen)
        else:
            self._reply(seen, breaks, self._body())

    def _reply(self, seen: Seen, breaks: Break | None, body: bytes) -> None:
        kind = seen.broken
        wrong: Reply = (500, {"Content-Type": "text/plain"}, b"broken on purpose")
        if kind == "500":
            reply = wrong
        elif kind == "429" and breaks:
            reply = (429, {"Retry-After": breaks.retry_after}, b"")
        elif kind == "yes-but-not":
            reply = self.proxy.plausible(self.command, self.path, dict(self.headers), body)
        else:
            reply = self._forward(body)
        data = reply[2]
        reply = wrong if kind == "no-but-done" else reply
        has_body = bool(data) and self.command != "HEAD"
        kind = "" if kind in ("truncate", "garble") and not has_body else kind
        given = b"" if self.command == "HEAD" else reply[2]
        given = given[: len(given) // 2] if kind == "truncate" else given
        self.proxy.note(
            Seen(seen.number, seen.method, seen.path, len(body), len(given), reply[0], kind, authorized=seen.authorized)
        )
        self._answer(reply, kind)

    def _answer(self, reply: Reply, kind: str) -> None:
        status, headers, data = reply
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers and status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if kind == "truncate":
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
        elif kind == "garble":
            middle = len(data) // 2
            self.wfile.write(data[:middle] + bytes([data[middle] ^ 0x20]) + data[middle + 1 :])
        else:
            self.wfile.write(data)

    def _forward(self, body: bytes) -> Reply:
        upstream = self._ask(str(len(body)) if body or self.command in ("POST", "PUT", "PATCH") else None)
        try:
            upstream.send(body) if body else None
            answer = upstream.getresponse()
            data = answer.read()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            return answer.status, headers, data
        finally:
            upstream.close()

    def _ask(self, length: str | None) -> http.client.HTTPConnection:
        """A connection to the server with the head of the request sent."""
        upstream = http.client.HTTPConnection(self.proxy.host, self.proxy.port, timeout=60)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _HOP | {"content-length", "expect"}:
                upstream.putheader(name, value)
        if length is not None:
            upstream.putheader("Content-Length", length)
        upstream.endheaders()
        return upstream

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = bytearray()
        while size := int(self.rfile.readline().split(b";")[0], 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return bytes(data)

    def _reset(self, seen: Seen) -> None:
        """Half of the request's body reaches the server; then both connections end."""
        length = int(self.headers.get("Content-Length") or 0)
        half = self.rfile.read(length // 2)
        if half:
            upstream = self._ask(str(length))
            upstream.send(half)
            _await_the_end(upstream.sock)
            upstream.close()
        self.proxy.note(
            Seen(seen.number, seen.method, seen.path, len(half), broken="reset", authorized=seen.authorized)
        )
        self._silence(stall=False)

    def _silence(self, *, stall: bool) -> None:
        """Reset the connection, at once or after the client gave up."""
        if stall:
            self.connection.settimeout(60)
            while self.connection.recv(1 << 16):
                pass
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def _await_the_end(sock: socket.socket) -> None:
    """Say that no more comes, and wait until the server has read what came: the client may ask about it at once."""
    sock.settimeout(5)
    with suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(1 << 16):
            pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close without a farewell first, so that a connection which is to be reset is."""
        if isinstance(request, socket.socket):
            linger = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
            if struct.unpack("ii", linger)[0]:
                request.close()
                return
        super().shutdown_request(request)


@contextmanager
def serve(host: str, port: int) -> Iterator[Proxy]:
    """Stand in front of the server at that place, on a port of its own."""
    proxy = Proxy(host, port)

    class Handler(_Handler):
        pass

    Handler.proxy = proxy
    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    proxy.address = f"127.0.0.1:{server.server_port}"
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
