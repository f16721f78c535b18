"""Asks a server over HTTP: bounded in time, patient with what passes, and with no secret on an open line.

What a server said is one thing, what it did another: a request that changes something is followed by a question, and a
TargetFailed says only that no good answer came.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from release.errors import ConfigError, ReleaseError, TargetFailed, VerifyFailed
from release.web.answers import PASSING, advice, reason, retry_after, said_by, shown

Body = bytes | Iterable[bytes] | Mapping[str, str] | None
"""Bytes, pieces or a file of them, or the fields of a form."""


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for."""

    stall: float = 30.0
    """Seconds without a byte after which a connection is given up."""
    tries: int = 4
    """Of one request that may be repeated."""
    pause: float = 0.5
    """Seconds before the second try; doubled for each one after it."""
    longest: float = 60.0
    """Seconds that a Retry-After may ask for; a server that wants more is one that did not answer."""

    @classmethod
    def of(cls, stall: float, *, once: bool) -> Patience:
        """With that limit; `once` is for those who only look, and would rather know now that there is no answer."""
        return cls(stall=stall, tries=1 if once else cls.tries)


class _Nobody(AuthBase):
    """Without it, requests would look into the user's netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Session(requests.Session):
    """Follows no redirect to an open line of another machine."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where an answer sends us on to."""
        found = super().get_redirect_target(resp)
        if found and _is_open(urljoin(str(resp.url), found)):
            raise requests.exceptions.InvalidURL(f"it sends us on to {shown(found)}, which is not encrypted")
        return found


class Web:
    """One server."""

    def __init__(
        self, base: str, *, name: str, auth: AuthBase | None = None, patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        """`base` is what addresses are relative to; `name` is the target's, for messages.

        ConfigError where `base` is no http or https URL, or a plain one of another machine.
        """
        self.base, self.name = base, name
        _refuse_open_line(base, name)
        self.patience = patience or Patience()
        self._auth = auth or _Nobody()
        self._session = _Session()
        self._session.trust_env = not is_loopback(urlsplit(base).hostname)  # no proxy has a part in this machine's own
        self.sleep = sleep

    def ask(
        self, method: str, address: str = "", *, ok: Collection[int] = (200,), headers: Mapping[str, str] | None = None,
        body: Callable[[], Body] | None = None, repeat: bool = True, check: Callable[[], None] | None = None,
        accept: Callable[[requests.Response], None] | None = None, **options: Any,
    ) -> requests.Response:  # fmt: skip
        """The answer, whose status is one of `ok`. TargetFailed where none came in time, or another one.

        `repeat` tries again after what passes; only for requests that may be repeated. `body` makes the body anew for
        each try, and `check` is called right before each. `accept` looks at a good answer, and reads it where it is
        streamed, which nobody else can; where it raises TargetFailed or VerifyFailed, that try has failed. `options`
        go to requests. TargetFailed where the address is another machine's, and the line there is open.
        """
        url = urljoin(self.base, address)
        self._refuse_way_out(url)
        timeout = (min(10.0, self.patience.stall), self.patience.stall)
        request = self._session.request
        send = partial(request, method, url, headers=headers, auth=self._auth, timeout=timeout, **options)
        pause = self.patience.pause
        for left in reversed(range(self.patience.tries if repeat else 1)):
            (check or _nothing)()
            failed, wait = self._once(f"{method} {shown(url)}", send, ok, body, accept)
            if isinstance(failed, requests.Response):
                return failed
            if not left or wait is None:
                raise failed
            self.sleep(max(pause, wait))
            pause *= 2
        raise AssertionError("there is a last try")

    def _once(
        self, where: str, send: Callable[..., requests.Response], ok: Collection[int],
        body: Callable[[], Body] | None, accept: Callable[[requests.Response], None] | None,
    ) -> tuple[requests.Response | ReleaseError, float | None]:  # fmt: skip
        """An answer, or the failure with the seconds after which another try makes sense, or None."""
        try:
            answer = send(data=body() if body else None)
        except (requests.RequestException, OSError) as error:
            what = f"{self.name} does not answer: {reason(error)}"
            return TargetFailed(
                what, where=where, do="see whether it is up and reachable, then run the command again"
            ), 0
        if answer.status_code in ok:
            try:
                (accept or _nothing)(answer)
            except (TargetFailed, VerifyFailed) as error:
                answer.close()
                return error, 0
            _end(answer)
            return answer, None
        failed = self.refused(answer)
        wait = retry_after(answer) if answer.status_code in PASSING else None
        return failed, wait if wait is not None and wait <= self.patience.longest else None

    def refused(self, answer: requests.Response) -> TargetFailed:
        """The error of an answer that is not the wanted one; ends the answer."""
        failed = TargetFailed(
            f"{self.name} answers {answer.status_code} {answer.reason}{said_by(answer)}",
            where=f"{answer.request.method} {shown(str(answer.url))}", do=advice(answer.status_code),
            status=answer.status_code,
        )  # fmt: skip
        answer.close()
        return failed

    def _refuse_way_out(self, url: str) -> None:
        """What a server names may lead to another one, and there too the line must not be open."""
        if _is_open(url):
            parts = urlsplit(url)
            what = f"{self.name} sends this on to {parts.scheme}://{parts.hostname}, which is not encrypted"
            do = "let the server give addresses with https (behind a reverse proxy: X-Forwarded-Proto)"
            raise TargetFailed(what, where=self.base, do=do)

    def read(self, answer: requests.Response, most: int) -> bytes:
        """The body of a streamed answer. TargetFailed where it breaks off, is too slow, or longer than `most` bytes."""
        data, end = bytearray(), time.monotonic() + max(self.patience.stall * 4, most / 50_000)
        try:
            for block in answer.iter_content(1 << 16):
                data += block
                if len(data) > most or time.monotonic() > end:
                    raise self._broken(answer, "it sends too much, or too slowly")
        except (requests.RequestException, OSError) as error:
            raise self._broken(answer, reason(error)) from None
        wanted = answer.headers.get("Content-Length")
        if wanted and wanted.isdecimal() and "Content-Encoding" not in answer.headers and len(data) != int(wanted):
            raise self._broken(answer, f"{len(data)} of {wanted} bytes came")
        return bytes(data)

    def _broken(self, answer: requests.Response, why: str) -> TargetFailed:
        what = f"an answer of {self.name} broke off: {why}"
        return TargetFailed(what, where=shown(str(answer.url)), do="run the command again; look at what stands between")


def _end(answer: requests.Response) -> None:
    """Read what is left of a streamed answer, so that its connection can be used again."""
    with suppress(HTTPError, OSError):
        answer.raw.drain_conn()
    answer.close()


def _nothing(*_: object) -> None:
    """For requests without a check."""


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine, by its very name."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _is_open(url: str) -> bool:
    """Whether others could read what goes there."""
    parts = urlsplit(url)
    return parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname))


def _refuse_open_line(base: str, name: str) -> None:
    parts = urlsplit(base)
    if parts.username is not None or parts.password is not None:
        where, do = f"target {name}", "see docs/targets.md for the variables that hold them"
        raise ConfigError("a URL may hold no user name and no password", where=where, do=do)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{base!r} is no http or https URL", where=f"target {name}", do="write https://...")
    if _is_open(base):
        raise ConfigError(f"{base} is not encrypted, and not of this machine", where=f"target {name}", do="use https")
