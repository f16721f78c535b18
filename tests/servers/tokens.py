"""A real small token server for registries, as the distribution project's "Token Authentication" describes it.

It knows users, gives each what it may do, and signs that; docker-registry checks the signature by its certificate.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID


@dataclass
class TokenServer:
    """Who it knows, what they may do, and what it was asked."""

    users: Mapping[str, str]
    """Names and passwords."""
    identities: Mapping[str, str] = field(default_factory=dict)
    """Identity tokens, each with the user it stands for."""
    may: frozenset[str] = frozenset({"pull", "push", "delete"})
    """What users may do; nobody else may do anything."""
    lifetime: float = 300.0
    """Seconds that it says a token lives."""
    signed_for: float | None = None
    """Seconds that a token really lives, where that is another time."""
    service: str = "registry of the tests"
    issuer: str = "tests"
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and scope of each request."""
    given: list[str] = field(default_factory=list)
    """Every token."""

    def __post_init__(self) -> None:
        """Make the key and its certificate."""
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        now = datetime.now(timezone.utc)
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self._key.public_key())
            .serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )  # fmt: skip
        self.certificate = made.public_bytes(serialization.Encoding.PEM)
        self._der = made.public_bytes(serialization.Encoding.DER)

    def token(self, user: str, scopes: list[str]) -> str:
        """A JSON web token (RFC 7519) with what the user may do of what was asked."""
        now = int(time.time())
        life = self.lifetime if self.signed_for is None else self.signed_for
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": sorted(self.may & set(actions.split(",")))})
        claims = {"iss": self.issuer, "sub": user, "aud": self.service, "exp": now + int(life), "nbf": now - 5,
                  "iat": now, "jti": secrets.token_hex(8), "access": access}  # fmt: skip
        head = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(self._der).decode()]}
        signed = ".".join(_letters(json.dumps(part).encode()) for part in (head, claims))
        token = f"{signed}.{_letters(self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"
        self.given.append(token)
        return token

    def who(self, authorization: str) -> str | None:
        """The user of a header Authorization."""
        with_password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        return with_password[0] if self.users.get(with_password[0], object()) == with_password[2] else None


@contextmanager
def serve(tokens: TokenServer) -> Iterator[TokenServer]:
    """Serve it on loopback, on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            """With a password, or as nobody, who gets a token that allows nothing."""
            query = parse_qs(urlsplit(self.path).query)
            header = self.headers.get("Authorization")
            self._give(query, tokens.who(header) if header else "")

        def do_POST(self) -> None:
            """With an identity token (OAuth 2)."""
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._give(form, tokens.identities.get(form["refresh_token"][0]))

        def _give(self, asked: Mapping[str, list[str]], user: str | None) -> None:
            scopes = asked.get("scope", [])
            tokens.asked.append((self.command, " ".join(scopes)))
            answer: dict[str, Any] = {"errors": [{"code": "UNAUTHORIZED", "message": "wrong user or password"}]}
            if user is not None and asked.get("service") == [tokens.service]:
                word = "token" if self.command == "GET" else "access_token"
                answer = {word: tokens.token(user, scopes if user else []), "expires_in": tokens.lifetime}
            data = json.dumps(answer).encode()
            self.send_response(200 if user is not None else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    tokens.url = f"http://127.0.0.1:{server.server_port}/token"
    try:
        yield tokens
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _letters(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
