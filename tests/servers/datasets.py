"""A real small TensorZero gateway: it lists the datapoints of a data set, and nothing else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

Json = Any


@dataclass
class Gateway:
    """What it holds, what it was asked, and how it fails."""

    datasets: dict[str, Sequence[dict[str, Json]]]
    key: str | None = None
    """What requests have to bring as a bearer token."""
    answer: tuple[int, bytes] | None = None
    """A status and a body that every request gets instead."""
    most: int = 1000
    """Datapoints of a page, however many are asked for."""
    cut: bool = False
    """Whether the connection is closed in the middle of an answer."""
    redirect: str | None = None
    """Where every request is sent on to."""
    url: str = ""
    asked: list[dict[str, Json]] = field(default_factory=list)
    """The body of each request."""
    keys: list[str | None] = field(default_factory=list)
    """The header `Authorization` of each request."""

    def page(self, name: str, asked: dict[str, Json]) -> tuple[int, Json]:
        """The status and the answer to a good request."""
        if name not in self.datasets:
            return 200, {"datapoints": []}
        wanted = asked.get("function_name")
        found = [each for each in self.datasets[name] if wanted in (None, each["function_name"])]
        start = asked.get("offset", 0)
        return 200, {"datapoints": found[start : start + min(asked.get("limit", 20), self.most)]}


@contextmanager
def serve(gateway: Gateway) -> Iterator[Gateway]:
    """Serve it on loopback, on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """POST /v1/datasets/NAME/list_datapoints."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.asked.append(json.loads(body))
            gateway.keys.append(self.headers["Authorization"])
            status, data = gateway.answer or self._answer(gateway.asked[-1])
            self.send_response(status)
            if gateway.redirect is not None:
                self.send_header("Location", gateway.redirect)
            self.send_header("Content-Length", str(len(data) + (100 if gateway.cut else 0)))
            self.end_headers()
            self.wfile.write(data)

        def _answer(self, asked: dict[str, Json]) -> tuple[int, bytes]:
            parts = self.path.strip("/").split("/")
            if gateway.key is not None and self.headers["Authorization"] != f"Bearer {gateway.key}":
                status, answer = 401, {"error": "TensorZero API key is missing or wrong"}
            elif gateway.redirect is not None:
                status, answer = 302, {}
            elif len(parts) != 4 or (parts[:2], parts[3]) != (["v1", "datasets"], "list_datapoints"):
                status, answer = 404, {"error": "Route not found"}
            else:
                status, answer = gateway.page(unquote(parts[2]), asked)
            return status, json.dumps(answer).encode()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield gateway
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
