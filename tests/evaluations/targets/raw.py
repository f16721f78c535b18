"""A server that sends whatever bytes a test wants, and keeps what it was sent."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from evaluations.model import Json

Script = Callable[[bytes], Iterable[bytes]]
"""From a request's body to the pieces of the answer, each sent at once; then the connection is closed."""


class Raw:
    """What the server was sent."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.heads: list[str] = []
        self.bodies: list[bytes] = []

    def body(self, number: int = 0) -> Json:
        """A request's body."""
        return json.loads(self.bodies[number])


@contextmanager
def serve(script: Script) -> Iterator[Raw]:
    """Answer each connection's first request by the script."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        raw = Raw(f"http://127.0.0.1:{listener.getsockname()[1]}")
        done = threading.Event()
        thread = threading.Thread(target=_accept, args=(listener, script, raw, done), daemon=True)
        thread.start()
        try:
            yield raw
        finally:
            done.set()
            with suppress(OSError):
                socket.create_connection(listener.getsockname()).close()
            thread.join(5)


def respond(body: Json, status: str = "200 OK") -> bytes:
    """A whole answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


def _accept(listener: socket.socket, script: Script, raw: Raw, done: threading.Event) -> None:
    while True:
        connection, _address = listener.accept()
        with connection:
            if done.is_set():
                return
            with suppress(OSError):  # the client may go at any time
                connection.settimeout(5)
                for piece in script(_request(connection, raw)):
                    connection.sendall(piece)


def _request(connection: socket.socket, raw: Raw) -> bytes:
    content = b""
    while b"\r\n\r\n" not in content:
        content += connection.recv(1 << 16)
    head, _, body = content.partition(b"\r\n\r\n")
    sizes = (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    size = next(sizes, 0)  # a CONNECT has none
    while len(body) < size:
        body += connection.recv(1 << 16)
    raw.heads.append(head.decode())
    raw.bodies.append(body)
    return body
