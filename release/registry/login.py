"""Says to a registry who is asking: nobody, a user with a password, or whoever a token server vouches for.

The registry names the way in `WWW-Authenticate` (RFC 7235). Tokens are as the distribution project has them: "Token
Authentication Specification", "OAuth2 Token Authentication".
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from requests.utils import parse_dict_header

from release import credentials
from release.credentials import Credentials
from release.errors import TargetFailed
from release.redaction import hide
from release.registry import docker_config
from release.registry.docker_config import Kept
from release.registry.names import ImageRepository
from release.web import Patience, Web

_BEARER = re.compile(r"bearer\s+(.*)", re.IGNORECASE)
_LIFETIME = 60.0
"""Seconds that a token lives whose server does not say so (Token Authentication Specification)."""
_ACTIONS = re.compile(r"repository:\S+:([a-z*,]+)")


@dataclass(frozen=True)
class _Token:
    value: str
    ends: float


def kept(name: str, host: str) -> Kept:
    """What there is to log in with: the target's own variables or keyring entry, else docker's configuration."""
    own = credentials.find(name, host)
    return Kept(own) if own is not None else docker_config.find(host)


class Login(AuthBase):
    """Adds the header `Authorization` to requests that go to the registry itself, and to no others."""

    def __init__(self, repository: ImageRepository, name: str, patience: Patience) -> None:
        """`name` is the target's."""
        self._repository, self._name, self._patience = repository, name, patience
        self._origin = _origin(repository.url)
        self._kept: Kept | None = None
        self._basic = ""
        self._realm: Mapping[str, str | None] = {}
        self._token: _Token | None = None
        self._actions = {"pull"}

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """With a new token where the old one ends; none for storage on another host, whose addresses give the right."""
        if _origin(str(request.url)) == self._origin:
            if self._realm and (self._token is None or time.monotonic() >= self._token.ends):
                self._token = self._fetch()
            header = f"Bearer {self._token.value}" if self._token else self._basic
            if header:
                request.headers["Authorization"] = header
        return request

    def answer(self, challenge: str) -> bool:
        """Take up what the registry demands; False where there is nothing to answer with."""
        bearer = _BEARER.search(challenge)
        if bearer is None:
            own = self._login().credentials
            before, self._basic = self._basic, _basic(own) if own else ""
            return self._basic != before
        self._realm = parse_dict_header(bearer[1])
        for actions in _ACTIONS.findall(self._realm.get("scope") or ""):
            self._actions.update(actions.split(","))
        self._token = self._fetch()
        return True

    def advice(self) -> str:
        """What to do where nobody has logged in; empty where somebody has, and may not."""
        login = self._login()
        if login.credentials or login.identity:
            return ""
        return f"{credentials.wanted(self._name)}, or docker login {self._repository.host}"

    def _login(self) -> Kept:
        if self._kept is None:
            self._kept = kept(self._name, self._repository.host)
        return self._kept

    def _fetch(self) -> _Token:
        """A token for all that was demanded so far."""
        web = Web(self._realm.get("realm") or "", name=f"the token server of {self._name}", patience=self._patience)
        login, service = self._login(), self._realm.get("service") or ""
        asked = {"service": service, "scope": f"repository:{self._repository.name}:{','.join(sorted(self._actions))}"}
        found: list[_Token] = []

        def take(answer: requests.Response) -> None:
            found[:] = [_token(answer, web)]

        if login.identity:
            form = {**asked, "grant_type": "refresh_token", "refresh_token": login.identity, "client_id": "release"}
            web.ask("POST", accept=take, body=lambda: form)
        else:
            own = login.credentials
            headers = {"Authorization": _basic(own)} if own else {}
            web.ask("GET", accept=take, headers=headers, params=asked)
        return found[0]


def _basic(own: Credentials) -> str:
    """In UTF-8, which is what servers take it for (RFC 7617)."""
    return f"Basic {base64.b64encode(f'{own.username}:{own.password}'.encode()).decode()}"


def _token(answer: requests.Response, web: Web) -> _Token:
    begun = time.monotonic()
    try:
        data = answer.json()
        value = data.get("token") or data["access_token"]
        lifetime = float(data.get("expires_in") or _LIFETIME)
    except (ValueError, KeyError, TypeError, AttributeError):
        do = "run the command again; if it stays so, ask who runs it"
        raise TargetFailed(f"{web.name} answers without a token", where=web.base, do=do) from None
    hide(str(value))
    return _Token(str(value), begun + lifetime * 0.8)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
