"""What functions and programs are known by."""

from __future__ import annotations

import functools
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from evaluations.model import Json
from evaluations.targets.sources import UNKNOWN, command_identity, function_identity

SOURCE = """
def plain(given): return given

def above(bound):
    def judge(given): return given > bound
    return judge

def with_default(bound):
    def judge(given, *, least=bound): return given > least
    return judge

class Callable:
    def __call__(self, given): return given

first, second = (lambda given: given + 1), (lambda given: given + 2)
members = (lambda given: given in {"b", "a", "c"})
nested = (lambda given: [each + 1 for each in given])
"""


def load(folder: Path, name: str, source: str = SOURCE) -> ModuleType:
    """A module of that text."""
    path = folder / f"{name}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def module(tmp_path: Path) -> ModuleType:
    """One with all kinds of functions."""
    return load(tmp_path, "kinds_of_functions")


def test_a_named_function_is_known_by_its_modules_file(module: ModuleType, tmp_path: Path) -> None:
    """An edit of the file makes it another one; nothing else has to be known."""
    before = function_identity(module.plain)
    digest = sha256((tmp_path / "kinds_of_functions.py").read_bytes()).hexdigest()
    assert {"function": "kinds_of_functions:plain", "sha256": digest} == before
    edited = load(tmp_path, "kinds_of_functions", SOURCE + "# edited\n")
    assert before["sha256"] != function_identity(edited.plain)["sha256"]


def test_a_function_without_source_says_so() -> None:
    """It is written in C, or was typed in."""
    assert {"function": "builtins:len", "sha256": UNKNOWN} == function_identity(len)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda m: m.first, lambda m: m.second),
        (lambda m: m.above(1), lambda m: m.above(2)),
        (lambda m: m.above(1), lambda m: m.above("1")),
        (lambda m: m.with_default(1), lambda m: m.with_default(2)),
        (lambda m: m.first, lambda m: m.nested),
    ],
)
def test_functions_of_one_name_are_told_apart(
    module: ModuleType, one: Callable[[Any], Any], other: Callable[[Any], Any]
) -> None:
    """Lambdas of one line, and what one function made of different values; the same is the same."""
    assert function_identity(one(module)) == function_identity(one(module))
    assert function_identity(one(module))["code"] != function_identity(other(module))["code"]


@pytest.mark.parametrize(
    "make",
    [
        lambda m: m.above([1]),
        lambda m: m.Callable(),
        lambda m: functools.partial(m.plain, 1),
        lambda m: m.Callable().__call__,
    ],
)
def test_what_holds_more_than_can_be_told_is_unknown(module: ModuleType, make: Callable[[Any], Any]) -> None:
    """And never taken for the same as another."""
    assert UNKNOWN == function_identity(make(module))["code"]


_SHOW = """
import sys
sys.path.insert(0, sys.argv[1])
import kinds_of_functions
from evaluations.targets.sources import function_identity
print(function_identity(kinds_of_functions.members)["code"])
"""


def test_a_lambda_is_the_same_in_another_process(module: ModuleType, tmp_path: Path) -> None:
    """Though sets are in another order there."""
    found = {
        subprocess.run(
            [sys.executable, "-c", _SHOW, str(tmp_path)],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[3])},
        ).stdout.strip()
        for seed in ("1", "2", "3")
    }
    assert {function_identity(module.members)["code"]} == found


def test_a_program_is_its_command_and_its_files(tmp_path: Path) -> None:
    """Those below the folder; what is installed is not looked at."""
    (tmp_path / "judge.py").write_text("one")
    files: Json = {"judge.py": sha256(b"one").hexdigest()}
    command = ("python3", "judge.py", "--strict")
    assert {"type": "command", "command": list(command), "files": files} == command_identity(command, tmp_path)
