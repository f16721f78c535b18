"""A real small package index that behaves as PyPI does: a name is taken for ever, late files are refused, pages lag.

- The same bytes under the same name: 200, and nothing changes. Other bytes under a name that was ever used: 400, also
  after deletion. The same bytes under another name: 400.
- A release whose first file is older than `late_days` takes no new ones: 400.
- The pages (PEP 503 and 691) show a file only `lag` seconds after it was taken.
- Yanking is for a whole release, by hand (`yank`), as is deletion (`delete`); there is no API for either.
"""

from __future__ import annotations

import base64
import email.parser
import email.policy
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from packaging.utils import canonicalize_name

TOKEN = "pypi-AgEIcHlwaS5vcmc"
_JSON = "application/vnd.pypi.simple.v1+json"
_DAY = 86400.0


@dataclass
class Stored:
    """A file that was taken."""

    project: str
    version: str
    name: str
    data: bytes
    taken: float
    yanked: bool = False
    deleted: bool = False
    attestations: str = ""

    @property
    def sha256(self) -> str:
        """Hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass
class Index:
    """What it holds, how it behaves, and what it was asked."""

    lag: float = 0.0
    """Seconds until the pages show a file."""
    late_days: float = 14.0
    html: bool = False
    """Whether it speaks HTML alone."""
    hashes: bool = True
    """Whether its pages say the files' sha256."""
    url: str = ""
    files: dict[str, Stored] = field(default_factory=dict)
    uploads: list[tuple[int, str]] = field(default_factory=list)
    """Status and file name of each upload."""
    aged: float = 0.0
    """Seconds by which every file is older than it is."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def upload(self, form: dict[str, Any], name: str, data: bytes) -> tuple[int, str]:
        """The status and the reason of an upload."""
        with self._lock:
            known = self.files.get(name)
            if known is not None and (known.data != data or known.deleted):
                status = 400, "File already exists, or its name was used before"
            elif known is not None:
                status = 200, "OK"
            elif any(file.data == data for file in self.files.values()):
                status = 400, "This content exists under another name"
            elif hashlib.sha256(data).hexdigest() != form.get("sha256_digest"):
                status = 400, "The digest supplied does not match the file"
            elif self._is_late(form):
                status = 400, "The release is too old for new files"
            else:
                project = canonicalize_name(form["name"])
                self.files[name] = Stored(
                    project, form["version"], name, data, time.monotonic(), attestations=form.get("attestations", "")
                )
                status = 200, "OK"
            self.uploads.append((status[0], name))
            return status

    def _is_late(self, form: dict[str, Any]) -> bool:
        """Whether the release has been there for too long."""
        began = [file.taken for file in self.files.values() if file.version == form["version"]]
        return bool(began) and time.monotonic() + self.aged - min(began) > self.late_days * _DAY

    def yank(self, version: str, *, back: bool = False) -> None:
        """What a person does in the web page."""
        for file in self.files.values():
            if file.version == version:
                file.yanked = not back

    def delete(self, version: str) -> None:
        """What a person does in the web page, and can't take back."""
        for file in self.files.values():
            if file.version == version:
                file.deleted = True

    def shown(self, project: str) -> list[Stored]:
        """What the pages show by now."""
        now = time.monotonic() - self.lag
        return [
            file for file in self.files.values() if file.project == project and file.taken <= now and not file.deleted
        ]

    def page(self, project: str, accept: str) -> tuple[str, bytes] | None:
        """The media type and the bytes of a project's page; None where there is no project."""
        files = self.shown(project)
        if not files:
            return None
        if _JSON in accept and not self.html:
            entries = [
                {
                    "filename": file.name, "url": f"../../files/{file.name}", "yanked": file.yanked,
                    "hashes": {"sha256": file.sha256} if self.hashes else {},
                }
                for file in files
            ]  # fmt: skip
            body = {"meta": {"api-version": "1.1"}, "name": project, "files": entries}
            return _JSON, json.dumps(body).encode()
        lines = []
        for file in files:
            mark = f"#sha256={file.sha256}" if self.hashes else ""
            yanked = ' data-yanked=""' if file.yanked else ""
            lines.append(f'<a href="../../files/{escape(file.name)}{mark}"{yanked}>{escape(file.name)}</a><br>')
        return "text/html", f"<!DOCTYPE html><html><body>{''.join(lines)}</body></html>".encode()


@contextmanager
def serve(index: Index) -> Iterator[Index]:
    """Serve it on loopback: uploads at `url`/legacy/, pages at `url`/simple/."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """GET /simple/PROJECT/ or /files/NAME."""
            kind, _, name = self.path.strip("/").partition("/")
            file = index.files.get(name)
            page = index.page(name, self.headers.get("Accept", "")) if kind == "simple" else None
            if page is not None:
                self._answer(200, "OK", *page)
            elif kind == "files" and file is not None and not file.deleted:
                self._answer(200, "OK", "application/octet-stream", file.data)
            else:
                self._answer(404, "Not Found", "text/plain", b"not found")

        def do_POST(self) -> None:
            """POST /legacy/, a multipart form, as twine sends it."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            wanted = base64.b64encode(f"__token__:{TOKEN}".encode()).decode()
            if self.headers.get("Authorization") != f"Basic {wanted}":
                self._answer(403, "Invalid or non-existent authentication information", "text/plain", b"")
                return
            form, name, data = _parsed(self.headers["Content-Type"], body)
            if not name:
                self._answer(400, "There is no content", "text/plain", b"")
                return
            status, reason = index.upload(form, name, data)
            self._answer(status, reason, "text/plain", b"")

        def _answer(self, status: int, reason: str, kind: str, body: bytes) -> None:
            self.send_response(status, reason)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    index.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield index
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _parsed(kind: str, body: bytes) -> tuple[dict[str, Any], str, bytes]:
    """The fields of a multipart form, the file's name and its bytes; no name where there is no whole file."""
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
        f"Content-Type: {kind}\r\n\r\n".encode() + body
    )
    form: dict[str, Any] = {}
    name, data = "", b""
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        if part.get_filename():
            name, data = str(part.get_filename()), bytes(content)
        else:
            form[str(part.get_param("name", header="content-disposition"))] = bytes(content).decode().rstrip("\r\n")
    return form, name, data
