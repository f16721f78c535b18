"""Logins that `docker login` and its like have kept: docker's config.json and the credential helpers it names.

The file is docker's (docs.docker.com, "docker login"); helpers speak docker-credential-helpers' protocol.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from release.credentials import Credentials
from release.errors import CommandFailed, ConfigError
from release.model import Json
from release.process import run
from release.redaction import hide

_HUB = "https://index.docker.io/v1/"
_NOT_FOUND = "credentials not found"
"""What a helper says that has none (docker-credential-helpers, credentials/error.go)."""


@dataclass(frozen=True)
class Kept:
    """What there is to log in with."""

    credentials: Credentials | None = None
    identity: str = field(default="", repr=False)
    """An identity token, which the token server takes in place of a password (OAuth 2, refresh_token)."""

    def __post_init__(self) -> None:
        hide(self.identity)


def find(host: str) -> Kept:
    """The login for a registry; an empty one where there is none. ConfigError where the file or helper is broken."""
    path = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        helpers, auths, store = data.get("credHelpers", {}), data.get("auths", {}), data.get("credsStore", "")
        for key in (_HUB, "docker.io") if host == "docker.io" else (host, f"https://{host}", f"https://{host}/v2/"):
            if helper := helpers.get(key):
                return _ask(helper, key)
            if entry := auths.get(key):  # an empty one says that the store has it
                return _entry(entry)
        return _ask(store, _HUB if host == "docker.io" else host) if store else Kept()
    except FileNotFoundError:
        return Kept()
    except (OSError, ValueError, TypeError, AttributeError) as error:
        what = f"docker's configuration can't be read ({type(error).__name__})"  # the text may hold the password
        raise ConfigError(what, where=str(path), do=f"log in again: docker login {host}") from None


def _entry(entry: Json) -> Kept:
    username, password = entry.get("username", ""), entry.get("password", "")
    if entry.get("auth"):
        username, _, password = base64.b64decode(entry["auth"]).decode().rstrip("\0").partition(":")
    return _kept(username, password, entry.get("identitytoken", ""))


def _kept(username: str, password: str, identity: str) -> Kept:
    if identity:
        return Kept(identity=identity)
    return Kept(Credentials(username, password)) if username and password else Kept()


def _ask(helper: str, key: str) -> Kept:
    program = f"docker-credential-{helper}"
    shown = {name: value for name, value in os.environ.items() if not name.startswith(("RELEASE_", "TWINE_", "UV_"))}
    try:
        found = json.loads(run([program, "get"], stdin=key.encode(), env=shown, timeout=60))
    except CommandFailed as error:
        if _NOT_FOUND in error.what:
            return Kept()
        what = f"{program} gives no login: {error.what.splitlines()[-1]}"
        raise ConfigError(what, where=key, do=f"try it: echo {key} | {program} get") from None
    token = found.get("Username") == "<token>"
    return _kept(found.get("Username", ""), found.get("Secret", ""), found.get("Secret", "") if token else "")
