"""What code is made of, as far as that can be told: so that scores and answers of other code are never mixed up.

Modules that a function's module imports are not looked at, nor what a program reads: they are for the reader's git.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from types import CodeType
from typing import Any

from evaluations.model import Json
from evaluations.targets.files import read_below

UNKNOWN = "unknown"
"""Where a digest would stand. Nothing is compared with it."""
_LARGEST_PROGRAM = 16 << 20
_PLAIN = (str, bytes, int, float, bool, type(None))


def function_identity(function: Callable[..., Any], reference: str | None = None) -> dict[str, Json]:
    """`module:name`, and the sha256 of the module's file; `unknown` where there is none.

    A function that its module has under no name, such as a lambda or one made by another function, has `code` too: the
    sha256 of its compiled code with what it was made with, which other versions of Python give otherwise. It is
    `unknown` where the function holds more than text and numbers, or is an object of another kind.
    """
    module = getattr(function, "__module__", None) or type(function).__module__
    name = getattr(function, "__qualname__", type(function).__qualname__)
    identity = {"function": reference or f"{module}:{name}", "sha256": module_sha256(module)}
    if reference is None and not _is_found(function, module, name):
        identity["code"] = _code_sha256(function)
    return identity


def module_sha256(name: str) -> str:
    """Of the file of a module that is loaded; `unknown` where it has none."""
    with suppress(KeyError, TypeError, OSError):
        return sha256(Path(inspect.getsourcefile(sys.modules[name]) or "").read_bytes()).hexdigest()
    return UNKNOWN


def command_identity(command: Sequence[str], folder: Path) -> dict[str, Json]:
    """The command, and the files below the configuration's folder that it names: they are its program."""
    files = {}
    for word in command:
        with suppress(ValueError):  # not a file of ours
            files[word] = sha256(read_below(folder, word, _LARGEST_PROGRAM)).hexdigest()
    return {"type": "command", "command": list(command), "files": files}


def text_sha256(text: str) -> str:
    """Of a text in UTF-8."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def is_unknown(path: str, *values: Json) -> bool:
    """Whether the digest at that key path of a manifest is not known."""
    return path.endswith((".sha256", ".code")) and UNKNOWN in values


def _is_found(function: object, module: str, name: str) -> bool:
    with suppress(KeyError, AttributeError):
        return attrgetter(name)(sys.modules[module]) is function
    return False


def _code_sha256(function: Callable[..., Any]) -> str:
    if not inspect.isfunction(function):
        return UNKNOWN
    try:
        held = [cell.cell_contents for cell in function.__closure__ or ()]
    except ValueError:  # a variable that is not set yet
        return UNKNOWN
    defaults: Mapping[str, Any] = function.__kwdefaults__ or {}
    state = [*held, *(function.__defaults__ or ()), *(part for pair in sorted(defaults.items()) for part in pair)]
    if not all(isinstance(each, _PLAIN) for each in state):
        return UNKNOWN
    return text_sha256(repr((_parts(function.__code__), state)))


def _parts(code: CodeType) -> tuple[object, ...]:
    """What a function does, without where its source stands."""
    constants = [_parts(each) if isinstance(each, CodeType) else _constant(each) for each in code.co_consts]
    return (code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_argcount, constants)


def _constant(value: object) -> object:
    """A set has no order that is the same in another process."""
    return sorted(map(repr, value)) if isinstance(value, frozenset) else (type(value).__name__, value)
