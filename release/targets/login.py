"""Logs in to an index: as whom is looked up when it is first needed, since most commands only read."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from release import credentials
from release.credentials import Credentials
from release.errors import ConfigError, TargetFailed
from release.redaction import hide
from release.web import Web


class Who:
    """Remembers the credentials for an address; None where there are none."""

    def __init__(self, names: tuple[str, ...], address: str, *, username: str = "") -> None:
        """`names` are tried in order: of the variables, as `release.credentials` has them."""
        self._names, self._address, self._username = names, address, username
        self._found: list[Credentials | None] = []

    @property
    def advice(self) -> str:
        """What to set where there are none."""
        return credentials.wanted(*self._names, user=not self._username)

    def __call__(self) -> Credentials | None:
        if not self._found:
            every = (credentials.find(name, self._address, username=self._username) for name in self._names)
            self._found.append(next((found for found in every if found is not None), None))
        return self._found[0]


class Basic(AuthBase):
    """Basic authentication (RFC 7617) on one host, where there are credentials for it."""

    def __init__(self, who: Callable[[], Credentials | None], address: str) -> None:
        self._who, self._host = who, urlsplit(address).netloc

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        found = self._who() if urlsplit(request.url or "").netloc == self._host else None
        return request if found is None else HTTPBasicAuth(found.username, found.password)(request)


class DevpiSession(AuthBase):
    """A devpi session: user name and password are exchanged for a token, which changes are made with."""

    def __init__(self, web: Web, who: Callable[[], Credentials | None]) -> None:
        """`web` asks the server without any credentials."""
        self._web, self._who = web, who
        self._header = ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-Devpi-Auth"] = self.header()
        return request

    def header(self) -> str:
        """The value of X-Devpi-Auth. ConfigError where there are no credentials, TargetFailed where they don't do."""
        if not self._header:
            found = self._who()
            if found is None:
                raise ConfigError(
                    f"there are no credentials for {self._web.base}", where=f"target {self._web.name}",
                    do=credentials.wanted(self._web.name),
                )  # fmt: skip
            tokens: list[str] = []
            self._web.ask(
                "POST", "+login", json={"user": found.username, "password": found.password},
                accept=lambda answer: tokens.append(_token(answer)),
            )  # fmt: skip
            token = tokens[-1]
            hide(token)
            self._header = base64.b64encode(f"{found.username}:{token}".encode()).decode()
            hide(self._header)
        return self._header


def _token(answer: requests.Response) -> str:
    try:
        return str(answer.json()["result"]["password"])
    except (ValueError, LookupError, TypeError):
        raise TargetFailed(
            "the answer to the login is none of devpi's", where=answer.url, do="see whether the url is that of a devpi"
        ) from None
