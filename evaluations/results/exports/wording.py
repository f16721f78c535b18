"""Text of a data set or a model as other formats can hold it. Pure."""

from __future__ import annotations

import json
import re

from evaluations.model import Json
from evaluations.results.reading import Line, Run

REPLACEMENT = "\ufffd"
_SURROGATE = re.compile("[\ud800-\udfff]")


def as_text(value: Json) -> str:
    """A text as it is, nothing as nothing, and anything else as JSON; always something that UTF-8 can hold."""
    if value is None:
        return ""
    found = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return found if found.isascii() else _SURROGATE.sub(REPLACEMENT, found)


def short(value: Json, longest: int) -> str:
    """One line of at most so many characters: white space is one space, and what can't be seen is replaced."""
    words = " ".join(as_text(value)[: 20 * longest].split())
    seen = "".join(each if each.isprintable() else REPLACEMENT for each in words[: longest + 1])
    return seen if len(seen) <= longest else f"{seen[: longest - 1].rstrip()}…"


def number(value: float | None) -> str:
    """For people: four digits after the point at most, and a word where there is none."""
    if value is None:
        return "none"
    return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) < 1e6 else f"{value:.6g}"


def question(value: Json) -> Json:
    """What was asked: the last message of the user where it is a list of messages, the arguments otherwise."""
    if isinstance(value, list):
        asked = [each for each in value if isinstance(each, dict) and each.get("role") == "user"]
        return asked[-1].get("content") if asked else value
    return value


def repeat(run: Run, line: Line) -> str:
    """Which of a datapoint's repeats a result is; nothing where it has one."""
    return f" (repeat {line['repeat'] + 1} of {run.repeats})" if run.repeats > 1 else ""
