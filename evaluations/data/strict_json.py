"""JSON, strictly: a key that is there twice, NaN, infinity and half a surrogate pair are refused (RFC 7493, I-JSON).

msgspec reads quickly and refuses all of these but the first, which is found by counting keys. Where it refuses or the
count leaves a doubt, Python's own parser decides, and says clearly what is wrong.
"""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

import msgspec

from evaluations.model import Json

UNSURE = object()
"""What `quick` gives where `strict` has to decide."""

_KEYS = re.compile(rb'"[ \t\r\n]*:')
_decode = msgspec.json.Decoder().decode
encode = msgspec.json.Encoder().encode
"""A value as JSON. Raises UnicodeEncodeError for half a surrogate pair."""


def quick(data: bytes) -> Json:
    """The value, or UNSURE where it may be wrong.

    Each key ends with a quote and a colon, so the bytes hold at least as many of these as keys were written; and what
    was read holds at most as many keys as were written. Where both are the same number, no key was there twice.
    """
    try:
        value = _decode(data)
        flat = type(value) is dict and data.count(b"{") == 1
        keys = len(value) if flat else _count(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return UNSURE
    sure = data.count(b":") == keys or len(_KEYS.findall(data)) == keys
    return value if sure else UNSURE


def strict(text: str) -> Json:
    """The value. Raises ValueError, with a sentence that says what is wrong."""
    return _read(text, whole=True)[0]


def strict_at(text: str, start: int) -> tuple[Json, int]:
    """The value that begins at that character, and where it ends. Raises JSONDecodeError, which may be for want of the
    rest, or another ValueError.
    """
    return _read(text, start, whole=False)


def explain(error: ValueError) -> str:
    """What is wrong, in a few words; the column is that of the first line of the text."""
    if isinstance(error, json.JSONDecodeError):
        place = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}, column {error.colno}"
        return f"not JSON at {place}: {error.msg}"
    return f"not usable JSON: {error}"


def _read(text: str, start: int = 0, *, whole: bool) -> tuple[Json, int]:
    try:
        value, end = (_STRICT.decode(text), len(text)) if whole else _STRICT.raw_decode(text, start)
        encode(value)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except UnicodeEncodeError:
        raise ValueError("it holds half of a surrogate pair, which is no character") from None
    return value, end


def _count(value: Json) -> int:
    """How many keys it holds, at every depth. No call for a text or a number: this is asked of most lines."""
    inner = value.values() if type(value) is dict else value if type(value) is list else ()
    keys = len(value) if type(value) is dict else 0
    for each in inner:
        if type(each) is dict or type(each) is list:
            keys += _count(each)
    return keys


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        keys = [key for key, _value in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is there twice")
    return fields


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:20]} is too large")
    return number


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite)
