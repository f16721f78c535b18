"""What a datapoint's fields may be: values in, a datapoint or one clear error out. Pure.

Errors carry no place here; who reads the file adds it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NoReturn

from evaluations.errors import DatasetError
from evaluations.model import Json

ROLES = ("system", "developer", "user", "assistant", "tool")
"""The roles of the OpenAI protocol."""
_CLOSE = 0.8
"""How like each other names are of which one is taken for a misspelling of the other (difflib's ratio)."""


def question(given: Json, field: str) -> Json:
    """The input: a text, a list of messages, or an object, none of them empty."""
    if given and isinstance(given, (str, dict)):
        return given
    if not isinstance(given, list) or not given:
        found = "empty" if given in ("", [], {}, None) else kind(given)
        refuse(f'"{field}" is {found}', "give the question as a text, a list of messages, or an object")
    for position, message in enumerate(given):
        wrong = _wrong_with(message)
        if wrong:
            refuse(f'"{field}[{position}]" {wrong}', 'a message is {"role": "user", "content": "text"}')
    return given


def name(given: Json, field: str) -> str:
    """An id or a group: a text or a whole number."""
    if type(given) is str and given:
        return given
    if isinstance(given, bool) or not isinstance(given, int):
        found = "empty" if given == "" else kind(given)
        refuse(f'"{field}" is {found}', "give a text or a whole number, or leave it out")
    return str(given)


def tags(given: Json, field: str) -> tuple[str, ...]:
    """Tags from a list of texts, a text with commas, or an object, whose entries become KEY=VALUE."""
    if given is None:
        return ()
    if isinstance(given, list) and {type(tag) for tag in given} <= {str}:
        return tuple(given)
    if isinstance(given, str):
        return tuple(tag for tag in map(str.strip, given.split(",")) if tag)
    if not isinstance(given, dict) or not all(isinstance(value, (str, int, float)) for value in given.values()):
        inner = " with more than texts in it" if isinstance(given, (list, dict)) else ""
        refuse(f'"{field}" is {kind(given)}{inner}', "give a list of texts, a text with commas, or an object of texts")
    return tuple(f"{key}={_word(value)}" for key, value in given.items())


def metadata(given: Json, field: str) -> dict[str, Json]:
    """An object."""
    if given is not None and not isinstance(given, dict):
        refuse(f'"{field}" is {kind(given)}', "give an object, or leave it out")
    return given or {}


def nearest(wanted: str, there: Iterable[str]) -> str | None:
    """The name that is likely meant."""
    near = difflib.get_close_matches(wanted, list(there), 1, _CLOSE)
    return near[0] if near else None


def refuse(what: str, do: str) -> NoReturn:
    """Raise DatasetError, without a place."""
    raise DatasetError(what, do=do)


def kind(value: Json) -> str:
    """What it is, in JSON's words."""
    kinds = {
        dict: "an object",
        list: "an array",
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a number",
    }
    return kinds.get(type(value), "null")


def _word(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wrong_with(message: Json) -> str | None:
    if not isinstance(message, dict):
        return f"is {kind(message)}, not a message"
    if message.get("role") not in ROLES:
        return f"has the role {message.get('role')!r}, not one of {', '.join(ROLES)}"
    content = message.get("content")
    if isinstance(content, str) or (content is None and message.get("tool_calls")):
        return None
    if isinstance(content, list) and content and all(isinstance(part, dict) and "type" in part for part in content):
        return None
    return f"has a content that is {kind(content)}, not text or a list of parts"
