"""Secrets that were hidden show nowhere, in no form."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest

from release import process, redaction
from release.console import Console
from release.errors import CommandFailed, ReleaseError
from release.redaction import hide, scrub

SECRET = 'pa/ss w"örd+#5'


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test hides its own secrets."""
    monkeypatch.setattr(redaction, "_hidden", set())
    monkeypatch.setattr(redaction, "_pattern", [])


FORMS = {
    "plain": SECRET,
    "quoted": quote(SECRET, safe=""),
    "quoted path": quote(SECRET),
    "form": urlencode({"password": SECRET}),
    "small letters": quote_plus(SECRET).lower().replace("w%22", "w%22"),
    "JSON": json.dumps({"p": SECRET}),
    "JSON with letters": json.dumps({"p": SECRET}, ensure_ascii=False),
    "repr": repr([SECRET]),
    "hex": SECRET.encode().hex(),
    **{
        f"base64 after {before!r}": base64.b64encode(f"{before}{SECRET}{after}".encode()).decode()
        for before in ("", "u:", "me:", "user:")
        for after in ("", "\n", ":more")
    },
    "urlsafe base64": base64.urlsafe_b64encode(f"u:{SECRET}".encode()).decode(),
    "URL": f"https://user:{quote(SECRET, safe='')}@example.org/",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_a_secret_is_taken_out(text: str) -> None:
    """In each form that a program may write it in."""
    assert text == scrub(text)
    hide(SECRET)
    shown = scrub(f"before {text} after")
    assert redaction.SHOWN in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    core = base64.b64encode(SECRET.encode()).decode()[4:12]
    for known in (SECRET, quote(SECRET, safe=""), core, SECRET.encode().hex()):
        assert known not in shown


def test_other_text_stays() -> None:
    """Nothing but the secret goes; nothing is hidden before there is one, and an empty one hides nothing."""
    hide("")
    assert "all of it" == scrub("all of it")
    hide("hunter22")
    assert "all of it" == scrub("all of it")


def test_what_people_and_logs_see_has_no_secret(tmp_path: Path) -> None:
    """Console, its log, errors, and the logs of programs."""
    hide(SECRET)
    stream, log = io.StringIO(), tmp_path / "console.jsonl"
    Console(stream, log).say(f"it is {SECRET}", why=SECRET)
    error = ReleaseError(f"no {SECRET}", where=f"at {SECRET}", do=f"use {SECRET}")
    error.add(f"and {SECRET}")
    program = tmp_path / "program.txt"
    with pytest.raises(CommandFailed) as failed:
        process.run(
            ["sh", "-c", 'echo "$SECRET"; exit 1'], env={"SECRET": SECRET, "PATH": "/bin:/usr/bin"}, log=program
        )
    seen = stream.getvalue() + log.read_text() + str(error) + str(failed.value) + program.read_text()
    assert SECRET not in seen
    assert json.dumps(SECRET)[1:-1] not in seen
    assert seen.count(redaction.SHOWN) >= 8
