"""The OpenAI chat protocol, without a connection."""

from __future__ import annotations

import pytest

from evaluations.errors import UsageError
from evaluations.targets.protocol import (
    authorization,
    completions_url,
    readable,
    said,
)


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("http://localhost:8000/v1", "http://localhost:8000/v1/chat/completions"),
        ("https://example.org/v1/", "https://example.org/v1/chat/completions"),
        ("http://[::1]:80", "http://[::1]:80/chat/completions"),
    ],
)
def test_the_address_is_made_from_the_base(endpoint: str, expected: str) -> None:
    """With or without a slash at the end."""
    assert expected == completions_url(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "localhost:8000/v1",
        "ftp://host/v1",
        "http://",
        "http://host:port/v1",
        "http://host:99999/v1",
        "http://[::1/v1",
        "http://host/v1 x",
        "http://host/\x00",
        "http://host/v1?key=secret",
        "http://user:secret@host/v1",
        "http://host/v1#secret",
        "https://user:secret@host:port/v1",
        "ftp://user:secret@host/v1",
        "host/v1?key=secret",
        "host/v1#secret",
        "http://host/v1/chat/completions",
    ],
)
def test_what_is_no_base_address_is_refused(endpoint: str) -> None:
    """With what to do, and without repeating a password."""
    with pytest.raises(UsageError) as caught:
        completions_url(endpoint)
    assert caught.value.do
    assert "secret" not in str(caught.value)


def test_the_key_becomes_a_header() -> None:
    """No key, no header."""
    assert {} == authorization(None) == authorization("")
    assert {"Authorization": "Bearer sk-1"} == authorization("sk-1")


@pytest.mark.parametrize("key", ["sk-secret\n", " sk-secret", "sk-secret\r\nX: y", "sk-sécret"])
def test_a_key_that_no_header_can_carry_is_refused(key: str) -> None:
    """Without showing it."""
    with pytest.raises(UsageError, match="letters that no key has") as caught:
        authorization(key)
    assert key.strip() not in str(caught.value)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("plain", "plain"),
        ("two\n  lines\t\x1b[31m", "two lines ?[31m"),
        ("key sk/1+ and sk%2F1%2B and c2svMSs=", "key [hidden] and [hidden] and [hidden]"),
        ("x" * 300, "x" * 197 + "..."),
        ("\ud800", "?"),
    ],
)
def test_messages_are_made_readable(message: str, expected: str) -> None:
    """One short line, no control characters, and no form of the key."""
    assert expected == readable(message, "sk/1+")


def test_messages_without_a_key_are_left() -> None:
    """There is nothing to hide."""
    assert readable("text", None) == "text"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"error": {"message": "too many"}}', "too many"),
        (b'{"error": "too many"}', "too many"),
        (b'{"error": {}}', '{"error": {}}'),
        (b"<html>", "<html>"),
        (b"[]", "[]"),
        (b"", "(empty)"),
        (b"\xff", "\ufffd"),
    ],
)
def test_what_a_server_says_about_an_error(content: bytes, expected: str) -> None:
    """Its message where it has one, else the beginning of what it sent."""
    assert expected == said(content)
