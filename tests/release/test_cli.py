"""The command line: verbs, help, usage errors, and how errors end."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, NoReturn

import pytest

from release import cli, opening
from release.errors import GateFailed, Refused, ReleaseError
from tests.release.clones import commit, make_clone

VERBS = [
    "release", "publish", "promote", "rollback", "status", "version", "build", "container", "inside", "doctor",
]  # fmt: skip
PYPROJECT = """\
[project]
name = "sample"

[tool.release]
gates = ["test"]
smoke = ["{command}", "--version"]

[tool.release.targets.index]
kind = "static-index"
path = ".release/targets/index"
"""


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """The test run's own answer to Ctrl-C is back afterwards."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder is a clone that is configured for releases."""
    repository = make_clone(tmp_path / "clone")
    commit(repository, {"pyproject.toml": PYPROJECT, "CHANGELOG.md": "## [Unreleased]\n\n### Added\n\n- All.\n"})
    monkeypatch.chdir(repository.root)
    return repository.root


def verbs() -> dict[str, argparse.ArgumentParser]:
    """Each verb with its own parser."""
    (found,) = (one for one in cli._parser()._actions if isinstance(one, argparse._SubParsersAction))
    return dict(found.choices)


def test_verbs_are_these() -> None:
    """No verb comes or goes unnoticed."""
    assert set(VERBS) <= set(verbs())


@pytest.mark.parametrize("verb", sorted(verbs()))
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help of each verb says what it does, and what each of its words means."""
    with pytest.raises(SystemExit) as caught:
        cli.main([verb, "--help"])
    assert 0 == caught.value.code
    printed = capsys.readouterr().out
    assert f"usage: python -m release {verb}" in printed
    one = verbs()[verb]
    assert one.description
    assert all(action.help for action in one._actions)


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """--help without a verb has them all."""
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert 0 == caught.value.code
    printed = capsys.readouterr().out
    assert all(re.search(rf"^    {verb}\s", printed, re.MULTILINE) for verb in verbs())


@pytest.mark.parametrize(
    "words", [[], ["invented"], ["release", "--invented"], ["release", "1.0"], ["rollback", "--to"], ["build", "x"]]
)
def test_wrong_command_line_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What argparse does not understand ends with 2 and says how it is used."""
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert 2 == caught.value.code
    assert "usage: python -m release" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["promote", "--reason", "x"], "go with a version"),
        (["promote", "--dry-run"], "go with a version"),
        (["version", "one"], "is no version"),
        (["container"], "no image is configured"),
    ],
)
def test_words_that_do_not_fit_together_exit_with_2(
    clone: Path, words: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the engine itself finds wrong with a command line ends with 2 and says what to do."""
    assert 2 == cli.main(words)
    printed = capsys.readouterr()
    assert what in printed.err
    assert "  do:    " in printed.err
    assert "" == printed.out


AWAY = """
[tool.release.profiles.away.targets.team]
kind = "devpi"
url = "{url}"
staging = "team/staging"
canary = "team/canary"
stable = "team/stable"
"""


class Down(BaseHTTPRequestHandler):
    """A server that is down for maintenance."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Say so."""
        self.asked.append(self.path)
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def test_status_of_a_target_that_is_down(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is known of it, which is no drift: exit code 10, a field of its own, and it was asked once a channel."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Down) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        (clone / "pyproject.toml").write_text(PYPROJECT + AWAY.format(url=url))
        codes = [cli.main(["status", "--profile", "away", *words]) for words in ([], ["--json"])]
        server.shutdown()
    assert [10, 10] == codes
    shown, _, data = capsys.readouterr().out.partition("\n{")
    assert "unknown: team answers 503 Service Unavailable" in shown
    rows = json.loads("{" + data)["channels"]
    assert ["canary", "stable"] == [row["channel"] for row in rows]
    assert {""} == {row["drift"] for row in rows}
    assert all("503" in row["unknown"] for row in rows)
    assert 4 == len(Down.asked)


IMAGE = """
[tool.release.image]
python = "3.11"
"""


@pytest.mark.parametrize("words", [["container", "--dev"], ["inside", "true"]])
def test_an_image_for_tests_needs_their_lock(clone: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is built the file that is missing is named, with its key."""
    (clone / "pyproject.toml").write_text(PYPROJECT + IMAGE)
    assert 2 == cli.main(words)
    printed = capsys.readouterr().err
    assert "there is no requirements/test.txt, and the `-dev` image is made of it" in printed
    assert "where: tool.release.requirements.test" in printed


def test_doctor_says_who_needs_the_lock_of_the_tests(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is nothing to mend before a release; a project without an image is not bothered with it."""
    assert 3 == cli.main(["doctor"])
    assert "requirements/test.txt" not in capsys.readouterr().out
    (clone / "pyproject.toml").write_text(PYPROJECT + IMAGE)
    assert 3 == cli.main(["doctor"])
    said = "  ✓ requirements/test.txt: missing; only container -- --dev, inside and tests in the image need it\n"
    assert said in capsys.readouterr().out


def test_folder_that_is_no_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Outside of a clone the command says so and ends with 1; in a clone without configuration with 2."""
    monkeypatch.chdir(tmp_path)
    assert 1 == cli.main(["status"])
    assert "not in a git repository" in capsys.readouterr().err
    monkeypatch.chdir(make_clone(tmp_path / "clone").root)
    assert 2 == cli.main(["status"])
    assert "there is no pyproject.toml" in capsys.readouterr().err


def test_command_works_in_a_folder_of_the_clone(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any folder of the clone will do, and the next version is on standard output alone."""
    (clone / "deep").mkdir()
    monkeypatch.chdir(clone / "deep")
    assert 0 == cli.main(["version", "--next"])
    assert ("0.1.0\n", "") == tuple(capsys.readouterr())


@pytest.mark.parametrize(
    ("error", "printed"),
    [
        (GateFailed("test failed", do="mend it"), "test failed\n  do:    mend it"),
        (Refused([ReleaseError("one"), ReleaseError("two")]), "one\ntwo\n2 problems, nothing was changed"),
    ],
)
def test_error_ends_with_its_exit_code(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    error: ReleaseError, printed: str,
) -> None:  # fmt: skip
    """Whatever goes wrong is printed once, in its own words, and decides the exit code."""

    def fail(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(opening, "project", fail)
    assert error.exit_code == cli.main(["repair"])
    assert printed in capsys.readouterr().err


def test_what_the_system_refuses_is_no_traceback(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Outside of a release's steps too: a file where the engine's folder should be is named, with what to do."""
    (clone / ".release").touch()
    assert 1 == cli.main(["status"])
    printed = capsys.readouterr().err
    assert "the operating system refused: File exists\n  where: " in printed
    assert "/.release\n  do:    mend that" in printed


def test_ctrl_c_says_at_once_how_to_go_on(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real SIGINT ends with 130, one clear line, and no traceback; a second one does not cut the end short."""

    def wait(*_: object) -> NoReturn:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError

    monkeypatch.setattr(opening, "project", wait)
    assert 130 == cli.main(["repair"])
    expected = "\ninterrupted\n  do:    run the same command again: it goes on from what is recorded\n"
    assert expected == capsys.readouterr().err


def test_who_builds_makes_no_difference(clone: Path) -> None:
    """A caller's strict umask does not get into what is built."""
    before = os.umask(0o077)
    try:
        cli.main(["version", "--next"])
        assert 0o022 == os.umask(0o077)
    finally:
        os.umask(before)
