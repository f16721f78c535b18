"""The noxfile: thin sessions, each with a line that says what it does."""

from __future__ import annotations

import ast
import functools
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SESSIONS = {
    "lint", "typecheck", "test", "coverage", "build", "version", "container", "publish", "release", "rollback",
    "promote", "status", "torture", "doctor", "bench",
}  # fmt: skip


def sessions() -> dict[str, ast.FunctionDef]:
    """Functions that are decorated with nox.session."""
    tree = ast.parse((ROOT / "noxfile.py").read_text())
    return {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any("nox.session" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def test_every_session_is_there() -> None:
    """What people, CI and the documents call exists."""
    assert set() == SESSIONS - set(sessions())


def test_every_session_has_one_line() -> None:
    """Each session's docstring is one line, which `nox -l` shows, and its body is short."""
    for name, node in sessions().items():
        text = ast.get_docstring(node)
        assert text, name
        assert "\n" not in text, name
        assert text.endswith("."), name
        assert len(node.body) <= 12, name


def test_nox_lists_every_session(tmp_path: Path) -> None:
    """`nox -l` works, shows each session's line, and marks what bare `nox` runs."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("NOX")}
    done = subprocess.run(
        [sys.executable, "-m", "nox", "--list", "--noxfile", ROOT / "noxfile.py"],
        cwd=ROOT, env={**env, "NO_COLOR": "1"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = [line for line in done.stdout.splitlines() if line.startswith(("* ", "- "))]
    shown = {line[2:].split(" -> ")[0].strip(): line for line in rows}
    for name, node in sessions().items():
        first = next(line for title, line in shown.items() if title == name or title.startswith(f"{name}-3."))
        assert str(ast.get_docstring(node)) in first
    default = {title.partition("-3.")[0] for title, line in shown.items() if line.startswith("* ")}
    assert {"lint", "typecheck", "test"} == default


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (["--in", "image", "-k", "x"], ["-k", "x"]),
        (["--in=image", "-k", "x"], ["-k", "x"]),
        (["--in=image"], []),
        (["--in", "other"], None),
        (["-k", "image"], None),
        ([], None),
    ],
)
def test_tests_in_the_image_by_either_spelling(words: list[str], after: list[str] | None) -> None:
    """Options are spelt with a blank or with `=`; what follows is pytest's."""
    assert after == _noxfile().after_in_image(words)


@functools.cache
def _noxfile() -> ModuleType:
    """Loaded once: Nox knows a session of one name only."""
    found = importlib.util.spec_from_file_location("noxfile", ROOT / "noxfile.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
