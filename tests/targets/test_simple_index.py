"""Reading an index's pages and files, from real servers on loopback."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from release.credentials import Credentials
from release.errors import Tampered, TargetFailed
from release.model import Artifact
from release.targets.login import Basic
from release.targets.simple_index import PageFile, SimpleIndex
from release.web import Patience, Web
from tests.servers import proxy, pypi
from tests.servers.proxy import Break

DATA = b"the bytes of a wheel"
SHA256 = hashlib.sha256(DATA).hexdigest()
NAME = "demo_project-1.0-py3-none-any.whl"
QUICK = Patience(stall=2.0, tries=2, pause=0.01)


def stored(index: pypi.Index) -> None:
    """Put one file into it."""
    index.files[NAME] = pypi.Stored("demo-project", "1.0", NAME, DATA, -1e9)


def reader(url: str) -> SimpleIndex:
    """What reads the pages of `url`."""
    return SimpleIndex(Web(url, name="shop", patience=QUICK), url, "Demo.Project")


@pytest.mark.parametrize(("html", "hashes"), [(False, True), (True, True), (False, False), (True, False)])
def test_pages_in_json_and_html(html: bool, hashes: bool) -> None:
    """Both forms give the same; a hash that the page does not say is computed from the bytes."""
    with pypi.serve(pypi.Index(html=html, hashes=hashes)) as index:
        stored(index)
        index.yank("1.0")
        found = reader(f"{index.url}/simple")
        file = found.files()[NAME]
        assert PageFile(NAME, f"{index.url}/files/{NAME}", SHA256 if hashes else None, yanked=True) == file
        assert SHA256 == found.sha256(file) == found.sha256(file)


def test_no_project_is_no_error() -> None:
    """An index that does not know the project shows nothing of it."""
    with pypi.serve(pypi.Index()) as index:
        assert {} == reader(f"{index.url}/simple").files()


@contextmanager
def answering(status: int, headers: dict[str, str], body: bytes = b"") -> Iterator[str]:
    """A server that gives every request the same answer, with `{}` in a header replaced by its own address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value.format(f"http://127.0.0.1:{server.server_port}"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_another_index_is_not_this_one() -> None:
    """Sent to another host, as pypiserver does by default, the reader does not go: a stranger's project is there."""
    with pypi.serve(pypi.Index()) as other:
        stored(other)
        with answering(302, {"Location": f"{other.url}/simple/demo-project/"}) as url:
            assert {} == reader(url).files()


def test_circles_end() -> None:
    """A page that sends the reader back to itself is an error."""
    with answering(301, {"Location": "{}/demo-project/"}) as url, pytest.raises(TargetFailed, match="in circles"):
        reader(url).files()


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"files": [{}]}', b'{"files": 7}', b'{"files": [{"filename": "a"}]}'])
def test_a_page_that_is_none(body: bytes) -> None:
    """What can't be read is an error with the page's address."""
    kind = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
    with answering(200, kind, body) as url, pytest.raises(TargetFailed, match="can't be read") as caught:
        reader(url).files()
    assert f"{url}demo-project/" == caught.value.where


@pytest.mark.parametrize("html", [False, True])
def test_a_page_that_was_spoiled_on_the_way(html: bool) -> None:
    """A page that was cut off comes whole the second time."""
    with pypi.serve(pypi.Index(html=html)) as index:
        stored(index)
        with proxy.serve("127.0.0.1", int(index.url.rpartition(":")[2])) as front:
            front.rewind(Break("truncate"))
            assert [NAME] == list(reader(f"{front.url}/simple/").files())
            assert ["truncate", ""] == [seen.broken for seen in front.seen]


def test_files_are_compared(tmp_path: Path) -> None:
    """The right bytes arrive, also at the second try; wrong ones, and a file that is only listed, are errors."""
    good, other = Artifact("wheel", NAME, SHA256, len(DATA)), Artifact("wheel", NAME, "0" * 64, len(DATA))
    with pypi.serve(pypi.Index()) as index:
        stored(index)
        with proxy.serve("127.0.0.1", int(index.url.rpartition(":")[2])) as front:
            found = reader(f"{front.url}/simple/")
            file = found.files()[NAME]
            for fault in ("truncate", "garble", "500"):
                front.rewind(Break(fault))
                assert DATA == found.fetch(file, good, tmp_path).read_bytes()
                assert front.happened()
            with pytest.raises(Tampered, match="the ledger has 0000"):
                found.fetch(file, other, tmp_path)
            index.delete("1.0")
            with pytest.raises(TargetFailed, match="and does not have it"):
                found.fetch(file, good, tmp_path)


def test_credentials_stay_on_their_host() -> None:
    """A password goes to the host that it is for, and to no other one that a page links to."""
    with pypi.serve(pypi.Index()) as files, answering(200, {}) as _:
        stored(files)
        with proxy.serve("127.0.0.1", int(files.url.rpartition(":")[2])) as elsewhere:
            page = f'<a href="{elsewhere.url}/files/{NAME}">{NAME}</a>'.encode()
            with answering(200, {"Content-Type": "text/html"}, page) as url:
                auth = Basic(lambda: Credentials("ada", "only for one host"), url)
                found = SimpleIndex(Web(url, name="shop", auth=auth, patience=QUICK), url, "demo-project")
                assert SHA256 == found.sha256(found.files()[NAME])
            assert [False] == [seen.authorized for seen in elsewhere.seen]
