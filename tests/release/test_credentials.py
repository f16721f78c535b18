"""Where secrets come from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.credentials import SimpleCredential

from release import credentials
from release.credentials import Credentials, find
from release.errors import ConfigError
from release.redaction import scrub


class Ring(KeyringBackend):
    """A keyring with one entry, as the desktop's would have it."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        """The password of the one user."""
        return "from-the-ring" if (service, username) == ("https://example.org/", "ada") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        """It has only that one."""
        raise NotImplementedError

    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        """The user is known to it."""
        password = self.get_password(service, username or "ada")
        return SimpleCredential(username or "ada", password) if password else None


@pytest.fixture(autouse=True)
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable is set, and the keyring is the test's own."""
    for name in credentials.variables("my-index"):
        monkeypatch.delenv(name, raising=False)
    before = keyring.get_keyring()
    keyring.set_keyring(Ring())  # type: ignore[no-untyped-call] # keyring's own __init__
    yield
    keyring.set_keyring(before)


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the keyring is not asked; the password is hidden from all output at once."""
    monkeypatch.setenv("RELEASE_MY_INDEX_USERNAME", "grace")
    monkeypatch.setenv("RELEASE_MY_INDEX_PASSWORD", "in-the-environment")
    found = find("my-index", "https://example.org/")
    assert Credentials("grace", "in-the-environment") == found
    assert "in-the-environment" not in repr(found)
    assert "in-the-environment" not in scrub("in-the-environment")


def test_a_file_may_hold_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As secrets are mounted; the newline at its end is no part of it. A token needs no user name of its own."""
    (tmp_path / "token").write_text("in-a-file\n")
    monkeypatch.setenv("RELEASE_MY_INDEX_PASSWORD_FILE", str(tmp_path / "token"))
    assert Credentials("__token__", "in-a-file") == find("my-index", "https://example.org/", username="__token__")


def test_the_keyring_is_asked_last() -> None:
    """By the target's address."""
    assert Credentials("ada", "from-the-ring") == find("my-index", "https://example.org/")
    assert find("my-index", "https://elsewhere.example/") is None


@pytest.mark.parametrize(
    ("content", "message"), [(None, "the password can't be read"), ("", "the file of the password is empty")]
)
def test_a_wrong_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, message: str
) -> None:
    """Rather than going on without a password."""
    if content is not None:
        (tmp_path / "token").write_text(content)
    monkeypatch.setenv("RELEASE_MY_INDEX_PASSWORD_FILE", str(tmp_path / "token"))
    with pytest.raises(ConfigError, match=message) as caught:
        find("my-index", "https://example.org/")
    assert "RELEASE_MY_INDEX_PASSWORD_FILE" in caught.value.where


def test_a_password_belongs_to_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a user name the variable that is missing is named."""
    monkeypatch.setenv("RELEASE_MY_INDEX_PASSWORD", "alone")
    with pytest.raises(ConfigError, match="no user name") as caught:
        find("my-index", "https://nowhere.example/")
    assert "set RELEASE_MY_INDEX_USERNAME as well" == caught.value.do


def test_other_programs_get_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the engine's, nor twine's, nor what CI proves itself with; everything else stays."""
    ci = [
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "PYPI_ID_TOKEN", "TESTPYPI_ID_TOKEN",
        "SIGSTORE_ID_TOKEN", "BUILDKITE_AGENT_ACCESS_TOKEN", "CIRCLE_OIDC_TOKEN_V2",
    ]  # fmt: skip
    secret = [*credentials.variables("my-index"), "TWINE_PASSWORD", *ci]
    for name in (*secret, "RELEASE_NOTES", "PATH_TO_TWINE_"):
        monkeypatch.setenv(name, "x")
    seen = credentials.unsecret()
    assert not [name for name in secret if name in seen]
    assert {"RELEASE_NOTES", "PATH_TO_TWINE_", "PATH"} <= seen.keys()


def test_who_the_ci_job_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where a CI is named that such a variable is of; which one that is, is no secret."""
    for name in ("GITHUB_ACTIONS", "BUILDKITE", "BUILDKITE_JOB_ID", "BUILDKITE_AGENT_ENDPOINT", "CIRCLECI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("GITLAB_CI", raising=False)
    monkeypatch.setenv("PYPI_ID_TOKEN", "a-token-of-gitlab")
    assert {} == credentials.identity()
    monkeypatch.setenv("GITLAB_CI", "true")
    assert {"GITLAB_CI": "true", "PYPI_ID_TOKEN": "a-token-of-gitlab"} == credentials.identity()
    assert "GITLAB_CI" in credentials.unsecret()


def test_secrets_are_hidden_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever prints one shows nothing; the name of a user, and a word too short for a secret, are left alone."""
    monkeypatch.setenv("PYPI_ID_TOKEN", "never-asked-for")
    monkeypatch.setenv("RELEASE_MY_INDEX_PASSWORD", "of-another-target")
    monkeypatch.setenv("RELEASE_MY_INDEX_USERNAME", "somebody-else")
    monkeypatch.setenv("TWINE_PASSWORD", "ab")
    credentials.hide_all()
    text = "never-asked-for of-another-target somebody-else ab"
    assert "[secret] [secret] somebody-else ab" == scrub(text)
