"""One line of a JSON Lines data set, read strictly: bytes in, a datapoint or one clear error out. Pure."""

from __future__ import annotations

import difflib
import json
from typing import NoReturn

from evaluations.errors import DatasetError
from evaluations.model import Datapoint, Json, Message

ROLES = ("system", "developer", "user", "assistant", "tool")
"""The roles of the OpenAI protocol."""

_MARKS = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))
_SHAPE = 'each line is one whole JSON object: {"id": "optional", "input": "question", "reference": "answer"}'


def parse_line(line: bytes, number: int, name: str) -> Datapoint | None:
    """The datapoint on a line, or None for an empty line; fields that are not known are left unread.

    `number` counts from 1 and becomes the id where the line has none; `name` is the data set's, for messages.
    Raises DatasetError with the line's number and what to do.
    """
    where = f"{name}, line {number}"
    text = _decode(line, where)
    if not text.strip():
        return None
    fields = _load(text, where)
    if not isinstance(fields, dict):
        _refuse(f"the line is {_kind(fields)}, not a JSON object", where, _SHAPE)
    for field in ("input", "reference"):
        near = [] if field in fields else difflib.get_close_matches(field, fields, 1, 0.8)
        if near:
            _refuse(f'"{field}" is missing, "{near[0]}" is there', where, f'rename it to "{field}"')
    identity = _name(fields, "id", where)
    messages, group = _messages(fields, where), _name(fields, "group", where)
    return Datapoint(str(number) if identity is None else identity, messages, fields.get("reference"), group)


def _refuse(what: str, where: str, do: str) -> NoReturn:
    raise DatasetError(what, where=where, do=do)


def _decode(line: bytes, where: str) -> str:
    for mark, encoding in _MARKS:
        if line.startswith(mark):
            _refuse(
                "the line begins with a byte order mark", where, f"save the file as UTF-8 without BOM (now {encoding})"
            )
    if b"\0" in line:
        _refuse(
            "the line holds a NUL byte",
            where,
            "the file is damaged or not UTF-8: write it again, or convert it with iconv",
        )
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        _refuse(
            f"byte {error.start + 1} of the line is not UTF-8",
            where,
            "convert the file, from Latin-1 for example: iconv -f latin1 -t utf-8 OLD > NEW",
        )


def _load(text: str, where: str) -> Json:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        _refuse(f"not JSON at column {error.colno}: {error.msg}", where, _SHAPE)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        _refuse(f"not usable JSON: {reason}", where, _SHAPE)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        keys = [key for key, _value in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is there twice")
    return fields


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant)


def _kind(value: Json) -> str:
    kinds = {
        dict: "an object",
        list: "an array",
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a number",
    }
    return kinds.get(type(value), "null")


def _name(fields: dict[str, Json], field: str, where: str) -> str | None:
    given = fields.get(field)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, (str, int)) or given == "":
        _refuse(
            f'"{field}" is {_kind(given) if given != "" else "empty"}',
            where,
            "give a string or a whole number, or leave it out",
        )
    return str(given)


def _messages(fields: dict[str, Json], where: str) -> tuple[Message, ...]:
    if "input" not in fields:
        _refuse('"input" is missing', where, _SHAPE)
    given = fields["input"]
    if isinstance(given, str) and given:
        return ({"role": "user", "content": given},)
    if not isinstance(given, list) or not given:
        found = "empty" if given in ("", []) else _kind(given)
        _refuse(f'"input" is {found}', where, "give the question as a string, or a list of messages")
    for position, message in enumerate(given):
        wrong = _wrong_with(message)
        if wrong:
            _refuse(f'"input[{position}]" {wrong}', where, 'a message is {"role": "user", "content": "text"}')
    return tuple(given)


def _wrong_with(message: Json) -> str | None:
    if not isinstance(message, dict):
        return f"is {_kind(message)}, not a message"
    if message.get("role") not in ROLES:
        return f"has the role {message.get('role')!r}, not one of {', '.join(ROLES)}"
    content = message.get("content")
    if isinstance(content, str) or (content is None and message.get("tool_calls")):
        return None
    if isinstance(content, list) and content and all(isinstance(part, dict) and "type" in part for part in content):
        return None
    return f"has a content that is {_kind(content)}, not text or a list of parts"
