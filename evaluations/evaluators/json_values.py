"""JSON that is read strictly and compared by value."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable

from evaluations.errors import Complaint
from evaluations.model import Json


class NotJsonError(ValueError):
    """The text is not JSON (RFC 8259)."""


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise NotJsonError(f"the number {text[:40]} is too large")
    return value


def _refuse(constant: str) -> Json:
    raise NotJsonError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse)


def parse(text: str | None) -> Json:
    """The value that the whole text stands for. Raises NotJsonError.

    NaN, Infinity and numbers beyond a double are refused, as RFC 8259 allows; whole numbers are exact at any size. Of a
    key that is there twice the last counts. White space around the value is no part of it; a code fence is not JSON.
    """
    if text is None:
        raise NotJsonError("there is no text")
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise NotJsonError("it is nested too deeply") from None
    except NotJsonError:
        raise
    except ValueError as error:  # also a whole number with more digits than Python converts
        raise NotJsonError(str(error)) from None


def difference(expected: Json, actual: Json) -> str | None:
    """The first difference in words, with its place; None where both are the same JSON value.

    The order of an object's keys does not matter, that of a list's items does. Numbers are the same where they are
    mathematically equal: 1, 1.0 and 1e0 are, 0 and -0.0 are, and large whole numbers are compared exactly. (Rust's
    serde_json, and so TensorZero, tells 1 from 1.0, and can't tell whole numbers above 2^64 apart.) true is not 1.
    Texts are the same character by character; no Unicode form is changed.
    """
    found = _differs(expected, actual)
    return None if found is None else f"${found}"


_SCALARS = frozenset({str, int, float, bool, type(None)})


def _differs(expected: Json, actual: Json) -> str | None:
    """What follows the place of the two values: a path is put together only where there is something to tell."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return _keys_differ(expected, actual)
    if isinstance(expected, list) and isinstance(actual, list):
        return _items_differ(expected, actual)
    if _kind(expected) is _kind(actual) and expected == actual:
        return None
    return f" is {_short(actual)} instead of {_short(expected)}"


def _keys_differ(expected: dict[str, Json], actual: dict[str, Json]) -> str | None:
    for key, value in expected.items():
        if key not in actual:
            return f".{key} is missing"
        other = actual[key]
        if type(value) is type(other) in _SCALARS and value == other:  # saves most calls
            continue
        found = _differs(value, other)
        if found is not None:
            return f".{key}{found}"
    extra = next((key for key in actual if key not in expected), None)
    return None if extra is None else f".{extra} should not be there"


def _items_differ(expected: list[Json], actual: list[Json]) -> str | None:
    for index, (one, other) in enumerate(zip(expected, actual, strict=False)):
        if type(one) is type(other) in _SCALARS and one == other:
            continue
        found = _differs(one, other)
        if found is not None:
            return f"[{index}]{found}"
    return None if len(expected) == len(actual) else f" has {len(actual)} items instead of {len(expected)}"


def identity(value: Json) -> Hashable:
    """Something that is equal for two values exactly where `difference` finds none."""
    if isinstance(value, dict):
        return frozenset((key, identity(each)) for key, each in value.items())
    if isinstance(value, list):
        return tuple(identity(each) for each in value)
    return _kind(value), value


def unusable(reference: Json) -> Complaint | None:
    """What keeps a reference from being compared: NaN and infinity, which a reader of data sets may let through."""
    pending = [reference]
    while pending:
        value = pending.pop()
        if isinstance(value, float) and not math.isfinite(value):
            return Complaint(
                f'"reference" holds {value}, which is not JSON and equals no answer', "give a number or null"
            )
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    return None


def _kind(value: Json) -> type:
    return float if type(value) is int else type(value)


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
