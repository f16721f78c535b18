"""A real small registry by the distribution specification v1.1, in memory, for what docker-registry does otherwise.

It keeps what came of an upload that was cut and says how far it got, refuses pieces out of order, removes tags, and on
request takes no pieces at all, says no digests, or sends readers on to a storage server.
"""

from __future__ import annotations

import re
import secrets
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_PATH = re.compile(r"/v2/(?P<name>.+?)/(?P<what>manifests|blobs)/(?P<reference>(?:uploads/)?[^/]*)")


@dataclass
class OciRegistry:
    """What it holds, how it behaves, and what it was asked."""

    takes_pieces: bool = True
    """Whether PATCH is allowed."""
    least: int = 0
    """Bytes of a piece that is not the last one."""
    says_digests: bool = True
    """Whether manifests come with the header Docker-Content-Digest."""
    removes: bool = True
    """Whether DELETE of tags and manifests is allowed."""
    takes_empty: bool = True
    """Whether an image is taken that is none."""
    storage: str = ""
    """Where readers of blobs are sent on to, an address without a path."""
    uploads_at: str = ""
    """Where uploads are sent to, likewise."""
    login: str = ""
    """`USER:PASSWORD`, where somebody has to log in."""
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """By digest: media type and bytes."""
    tags: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Method and path of each request."""
    headers: list[dict[str, str]] = field(default_factory=list)
    """Of each request."""
    host: str = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    registry: OciRegistry

    def handle_one_request(self) -> None:
        """One request of any method; a client that has gone is no error."""
        self.close_connection = True
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if self.raw_requestline and self.parse_request():
                self._serve()
        except ConnectionError:
            self.close_connection = True

    def _manifest(self, reference: str) -> None:
        held = self.registry
        digest = held.tags.get(reference, reference)
        if self.command == "PUT":
            data = self._read()
            digest = f"sha256:{sha256(data).hexdigest()}"
            kind = self.headers["Content-Type"]
            if reference.startswith("sha256:") and reference != digest:
                self._say(400, b"DIGEST_INVALID")
            elif any(one not in held.blobs for one in re.findall(r"sha256:[0-9a-f]{64}", data.decode())):
                self._say(404, b"MANIFEST_BLOB_UNKNOWN")
            elif not held.takes_empty and b"vnd.oci.empty" in data:
                self._say(400, b"MANIFEST_INVALID")
            else:
                held.manifests[digest] = (kind, data)
                held.tags.update({} if reference.startswith("sha256:") else {reference: digest})
                self._say(201, headers={"Location": f"/v2/x/manifests/{digest}"})
        elif digest not in held.manifests:
            self._say(404, b"MANIFEST_UNKNOWN")
        elif self.command == "DELETE":
            if held.removes and reference in held.tags:
                del held.tags[reference]
            elif held.removes:
                del held.manifests[reference]
            self._say(202 if held.removes else 405)
        else:
            kind, data = held.manifests[digest]
            stated = {"Docker-Content-Digest": digest} if held.says_digests else {}
            self._say(200, data, {"Content-Type": kind, **stated})

    def _blob(self, digest: str) -> None:
        held = self.registry
        if digest not in held.blobs:
            self._say(404, b"BLOB_UNKNOWN")
        elif held.storage and self.command == "GET":
            self._say(307, headers={"Location": f"{held.storage}{self.path}?signature=letters"})
        else:
            self._say(200, held.blobs[digest])

    def _upload(self, reference: str, query: dict[str, list[str]]) -> None:
        held = self.registry
        if self.command == "POST":
            name = secrets.token_hex(8)
            held.uploads[name] = bytearray()
            place = f"{held.uploads_at}{urlsplit(self.path).path}" if held.uploads_at else ""
            least = {"OCI-Chunk-Min-Length": str(held.least)} if held.least else {}
            self._say(202, headers={"Location": f"{place}{name}?_state=x", **least})
            return
        upload = held.uploads.get(reference)
        if upload is None:
            self._say(404, b"BLOB_UPLOAD_UNKNOWN")
        elif self.command == "GET":
            range_ = f"0-{max(0, len(upload) - 1)}"
            self._say(204, headers={"Location": f"{reference}?_state=y", "Range": range_})
        elif self.command == "DELETE":
            del held.uploads[reference]
            self._say(204)
        elif self.command == "PATCH" and not held.takes_pieces:
            self._read()
            self._say(405, b"UNSUPPORTED")
        elif self.headers.get("Content-Range", f"{len(upload)}-").partition("-")[0] != str(len(upload)):
            self._read()
            self._say(416)
        elif self.command == "PATCH" and int(self.headers["Content-Length"]) < held.least:
            self._read()
            self._say(400, b"BLOB_UPLOAD_INVALID")
        else:
            self._take(upload, reference, query)

    def _take(self, upload: bytearray, reference: str, query: dict[str, list[str]]) -> None:
        left = int(self.headers.get("Content-Length") or 0)
        while left and (block := self.rfile.read1(min(left, 1 << 14))):
            upload += block  # what came before a cut stays
            left -= len(block)
        if left:
            self.close_connection = True
            return
        if self.command == "PATCH":
            self._say(202, headers={"Location": f"{reference}?_state=z", "Range": f"0-{len(upload) - 1}"})
            return
        digest = f"sha256:{sha256(upload).hexdigest()}"
        if query.get("digest") != [digest]:
            self._say(400, b"DIGEST_INVALID")
            return
        self.registry.blobs[digest] = bytes(self.registry.uploads.pop(reference))
        self._say(201, headers={"Location": f"/v2/x/blobs/{digest}"})

    def _serve(self) -> None:
        self.registry.asked.append(f"{self.command} {self.path}")
        self.registry.headers.append(dict(self.headers))
        parts = urlsplit(self.path)
        match = _PATH.fullmatch(parts.path)
        needed = f"Basic {b64encode(self.registry.login.encode()).decode()}"
        if self.registry.login and self.headers["Authorization"] != needed:
            self._read()
            self._say(401, headers={"WWW-Authenticate": 'Basic realm="tests"'})
        elif match is None:
            self._say(404)
        elif match["what"] == "manifests":
            self._manifest(match["reference"])
        elif match["reference"].startswith("uploads/"):
            self._upload(match["reference"].removeprefix("uploads/"), parse_qs(parts.query))
        else:
            self._blob(match["reference"])

    def _read(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _say(self, status: int, data: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def serve(registry: OciRegistry) -> Iterator[OciRegistry]:
    """Serve it on loopback, on a port of its own."""

    class Handler(_Handler):
        pass

    Handler.registry = registry
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    registry.host = f"127.0.0.1:{server.server_port}"
    try:
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
