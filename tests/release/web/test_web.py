"""Asking servers: patience, its ends, and what is not done over an open line."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from release.errors import ConfigError, TargetFailed, VerifyFailed
from release.web import Patience, Web
from tests.servers import proxy
from tests.servers.proxy import Break, Proxy

WHOLE = b"0123456789" * 1000


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that answers GET with WHOLE, and takes what is posted."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """WHOLE."""
            self.send_response(200)
            self.send_header("Content-Length", str(len(WHOLE)))
            self.end_headers()
            self.wfile.write(WHOLE)

        def do_POST(self) -> None:
            """How long it was."""
            data = str(len(self.rfile.read(int(self.headers["Content-Length"])))).encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def between() -> Iterator[Proxy]:
    """A proxy before it."""
    with serving() as port, proxy.serve("127.0.0.1", port) as made:
        yield made


@pytest.fixture
def slept() -> list[float]:
    """The seconds that would have been waited."""
    return []


@pytest.fixture
def web(between: Proxy, slept: list[float]) -> Web:
    """Asks that server, without waiting."""
    between.rewind()
    return Web(between.url, name="index", patience=Patience(stall=0.5, pause=2.0, longest=100), sleep=slept.append)


@pytest.mark.parametrize("kind", ["refuse", "reset", "500", "429", "stall", "no-but-done", "truncate"])
def test_what_passes_is_tried_again(kind: str, web: Web, between: Proxy, slept: list[float]) -> None:
    """After one failure the answer comes, and after two of them the pause was longer."""
    between.rewind(Break(kind, times=2))
    assert WHOLE == web.ask("GET").content
    assert [2.0, 4.0] == slept


@pytest.mark.parametrize(("kind", "status"), [("refuse", None), ("500", 500), ("429", 429)])
def test_patience_ends(kind: str, status: int | None, web: Web, between: Proxy, slept: list[float]) -> None:
    """After four tries it is an error with the address, the status and what to do."""
    between.rewind(Break(kind, times=None))
    with pytest.raises(TargetFailed) as caught:
        web.ask("GET", "/simple/?page=2")
    assert (status, f"GET {between.url}/simple/") == (caught.value.status, caught.value.where)
    assert caught.value.do
    assert 4 == len(between.seen)


def test_what_may_not_be_repeated_is_asked_once(web: Web, between: Proxy, slept: list[float]) -> None:
    """A request that changes something is not sent twice unless that is allowed."""
    between.rewind(Break("no-but-done"))
    with pytest.raises(TargetFailed, match="answers 500"):
        web.ask("POST", ok=(201,), body=lambda: WHOLE, repeat=False)
    assert (1, []) == (len(between.seen), slept)


def test_body_and_check_are_made_anew(web: Web, between: Proxy) -> None:
    """Each try has a body of its own, and is checked right before."""
    between.rewind(Break("500", times=2))
    checked: list[int] = []
    answer = web.ask("POST", ok=(201,), body=lambda: iter([WHOLE]), check=lambda: checked.append(len(between.seen)))
    assert (str(len(WHOLE)), [0, 1, 2]) == (answer.text, checked)


@pytest.mark.parametrize(("said", "waited"), [("7", 7.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 2.0), ("soon", 2.0)])
def test_retry_after(said: str, waited: float, web: Web, between: Proxy, slept: list[float]) -> None:
    """The server says how long to wait, in seconds or as a date; what is not understood counts as nothing."""
    between.rewind(Break("429", retry_after=said))
    web.ask("GET")
    assert [waited] == slept


def test_too_long_a_wait_is_no_answer(web: Web, between: Proxy, slept: list[float]) -> None:
    """A server that wants to be left alone for longer than patience lasts is an error at once."""
    between.rewind(Break("429", retry_after="101"))
    with pytest.raises(TargetFailed, match="answers 429"):
        web.ask("GET")
    assert [] == slept


def test_answer_that_is_looked_at(web: Web, between: Proxy) -> None:
    """What finds fault with a good answer makes another try, and its error is the last one's."""
    between.rewind(Break("garble"))
    got: list[bytes] = []

    def accept(answer: object) -> None:
        got.append(web.read(answer, len(WHOLE)))  # type: ignore[arg-type]
        if got[-1] != WHOLE:
            raise VerifyFailed("other bytes")

    web.ask("GET", accept=accept, stream=True)
    assert [False, True] == [one == WHOLE for one in got]
    between.rewind(Break("garble", times=None))
    with pytest.raises(VerifyFailed, match="other bytes"):
        web.ask("GET", accept=accept, stream=True)


def test_too_much_is_not_read(web: Web) -> None:
    """A body longer than what may come is given up."""
    with pytest.raises(TargetFailed, match="it sends too much"):
        web.ask("GET", accept=lambda answer: _read(web, answer), stream=True)


def _read(web: Web, answer: object) -> None:
    web.read(answer, len(WHOLE) - 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("http://index.example.org/", "is not encrypted"),
        ("ftp://index.example.org/", "is no http or https URL"),
        ("https://user:secret@index.example.org/", "may hold no user name and no password"),
    ],
)
def test_wrong_address(base: str, message: str) -> None:
    """An open line to another machine, and a password in an address, are refused before anything is sent."""
    with pytest.raises(ConfigError, match=message) as caught:
        Web(base, name="index")
    assert "secret" not in str(caught.value)


def test_server_that_leads_to_an_open_line(web: Web, between: Proxy) -> None:
    """An address that a server gives is not followed where the line there is open."""
    with pytest.raises(TargetFailed, match=r"sends this on to http://elsewhere\.example\.org, which is not encrypted"):
        web.ask("GET", "http://elsewhere.example.org/file?signature=letters")
    assert not between.seen


def test_signature_is_not_shown() -> None:
    """The query of an address, which may give a right, is in no error."""
    web = Web("http://127.0.0.1:9/", name="index", patience=Patience(tries=1))
    with pytest.raises(TargetFailed, match="does not answer") as caught:
        web.ask("GET", "file?signature=letters")
    assert "letters" not in str(caught.value)


def test_proxy_of_the_environment_is_not_asked_for_this_machine(
    web: Web, between: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP_PROXY is for other machines."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert WHOLE == Web(between.url, name="index").ask("GET").content


def _certificate(folder: Path) -> Path:
    """Of 127.0.0.1, signed by nobody but itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    day = datetime.now(timezone.utc)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(day - timedelta(1)).not_valid_after(day + timedelta(1))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(made.sign(key, SHA256()).public_bytes(Encoding.PEM) + secret)
    return path


def test_certificate_that_nobody_trusts_is_said_plainly(tmp_path: Path) -> None:
    """What is wrong with it, without the four errors around it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path))
    with serving(context) as port:
        web = Web(f"https://127.0.0.1:{port}/", name="index", patience=Patience(tries=1))
        with pytest.raises(TargetFailed) as caught:
            web.ask("GET")
    assert caught.value.what.startswith("index does not answer: its certificate is not trusted: self")
    assert "(" not in caught.value.what


def test_server_without_tls_is_said_plainly() -> None:
    """An https address of a server that speaks plain http."""
    with serving() as port:
        web = Web(f"https://127.0.0.1:{port}/", name="index", patience=Patience(tries=1))
        with pytest.raises(TargetFailed) as caught:
            web.ask("GET")
    assert caught.value.what.startswith("index does not answer: no TLS connection comes about: ")
    assert "(" not in caught.value.what
    assert "[" not in caught.value.what


def test_server_that_stalls_is_said_plainly(between: Proxy) -> None:
    """The name of a connection pool says nothing to anybody."""
    web = Web(between.url, name="index", patience=Patience(stall=0.2, tries=1))
    between.rewind(Break("stall"))
    with pytest.raises(TargetFailed, match=r"index does not answer: Read timed out\."):
        web.ask("GET")
