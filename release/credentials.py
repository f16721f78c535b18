"""Who the engine is to a target: read from the environment, a file that the environment names, or the keyring.

Never from an argument or from pyproject.toml, which others read. What is read is hidden from all output at once.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from release.errors import ConfigError
from release.redaction import hide

_IDENTITY = re.compile(r"ACTIONS_ID_TOKEN_REQUEST_|\w+_ID_TOKEN$|BUILDKITE_AGENT_ACCESS_TOKEN$|CIRCLE_OIDC_TOKEN")
"""Names of variables with which a CI job proves who it is (OIDC): GitHub's, GitLab's, Buildkite's, CircleCI's."""
_PLACE = re.compile(r"(GITHUB_ACTIONS|GITLAB_CI|BUILDKITE|BUILDKITE_JOB_ID|BUILDKITE_AGENT_ENDPOINT|CIRCLECI)$")
"""Names of variables that say which CI it is; they are no secrets."""
_SECRET = re.compile(rf"RELEASE_\w+_(PASSWORD|PASSWORD_FILE|USERNAME)$|TWINE_|{_IDENTITY.pattern}")
"""Names of variables that hold secrets, or lead to some: the one list of them."""
_HELD = re.compile(rf"RELEASE_\w+_PASSWORD$|TWINE_PASSWORD$|{_IDENTITY.pattern}")
"""Those of them whose value itself is the secret."""
_SHORTEST = 8
"""Letters of a value that is hidden unread; a shorter one is no token, and would black out half of the output."""


@dataclass(frozen=True)
class Credentials:
    """A user name and a password, or a token in its place."""

    username: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        hide(self.password)


def variables(name: str) -> tuple[str, str, str]:
    """The variables for the target `name`: of the user name, the password, and a file that holds the password."""
    prefix = f"RELEASE_{name.upper().replace('-', '_')}"
    return f"{prefix}_USERNAME", f"{prefix}_PASSWORD", f"{prefix}_PASSWORD_FILE"


def wanted(*names: str, user: bool = True) -> str:
    """What to do where there are no credentials for a target of one of these names; a token needs no `user` name."""
    ways = []
    for user_variable, password, file in map(variables, names):
        ways.append(f"{f'{user_variable} and ' * user}{password} (or {file})")
    return f"set {', or '.join(ways)}, or add them to the keyring"


def unsecret() -> dict[str, str]:
    """The environment of this process without secrets: what a program gets that has no business with them.

    Such as the project's own noxfile and git's hooks, which run code that nobody has tested yet.
    """
    return {name: value for name, value in os.environ.items() if not _SECRET.match(name)}


def identity() -> dict[str, str]:
    """What this CI job proves with who it is, as the package `id` looks for it; empty where there is nothing."""
    proof = {name: value for name, value in os.environ.items() if _IDENTITY.match(name)}
    place = {name: value for name, value in os.environ.items() if _PLACE.match(name)}
    return {**place, **proof} if place else {}


def hide_all() -> None:
    """Hide every secret of the environment from all output, whether or not anybody will ask for it."""
    for name, value in os.environ.items():
        if _HELD.match(name) and len(value) >= _SHORTEST:
            hide(value)


def find(name: str, address: str, *, username: str = "") -> Credentials | None:
    """The credentials for the target `name`, or for `address` in the keyring; None where there are none.

    `username` is who it is where only a password is given, such as `__token__`. ConfigError where a file that is named
    can't be read, or nobody says whose the password is.
    """
    user_variable, password_variable, file_variable = variables(name)
    who = os.environ.get(user_variable) or username
    password = os.environ.get(password_variable) or _from_file(file_variable)
    if password:
        if not who:
            raise ConfigError(
                "there is a password, and no user name", where=f"target {name}", do=f"set {user_variable} as well"
            )
        return Credentials(who, password)
    return _from_keyring(address, who)


def _from_file(variable: str) -> str:
    path = os.environ.get(variable)
    if not path:
        return ""
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the password can't be read: {error}", where=variable, do="name a file that can") from None
    if not text:
        raise ConfigError("the file of the password is empty", where=f"{variable}: {path}", do="write it there")
    return text


def _from_keyring(address: str, username: str) -> Credentials | None:
    import keyring  # noqa: PLC0415 - only where a target away from this machine has no variables
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        found = keyring.get_credential(address, username or None)
    except KeyringError:  # there is no keyring here, or it is locked
        return None
    return Credentials(found.username, found.password) if found is not None and found.password else None
