"""Commands in messages are spelt in one place, with the profile that they belong to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from release import commands
from release.commands import REASON, command

ROOT = Path(__file__).parents[2]
_BY_HAND = re.compile(
    r"nox -s (release|publish|promote|rollback|status|repair|version|build|container|inside|doctor)\b"
)


@pytest.fixture(autouse=True)
def in_force() -> Iterator[None]:
    """What is in force is put back."""
    yield
    commands.use(commands.EMBEDDED)


@pytest.mark.parametrize(
    ("words", "embedded", "production"),
    [
        (("rollback",), "nox -s rollback", "nox -s rollback -- --profile production"),
        (("release", "--abandon"), "nox -s release -- --abandon", "nox -s release -- --abandon --profile production"),
        (
            ("promote", "1.0", REASON),
            'nox -s promote -- 1.0 --reason "..."',
            'nox -s promote -- 1.0 --reason "..." --profile production',
        ),
    ],
)
def test_a_command_has_the_profile_in_force(words: tuple[str, ...], embedded: str, production: str) -> None:
    """Unless another profile is given; that of [tool.release] itself needs no word."""
    assert (embedded, production) == (command(*words), command(*words, profile="production"))
    commands.use("production")
    assert (production, embedded) == (command(*words), command(*words, profile="embedded"))


@pytest.mark.parametrize("path", sorted((ROOT / "release").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_command_is_spelt_by_hand(path: Path) -> None:
    """A session of the engine in a message comes from `command`, or it would reach the targets of another profile."""
    tree = ast.parse(path.read_text())
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in documentation]
    assert not [text.value for text in texts if isinstance(text.value, str) and _BY_HAND.search(text.value)]
