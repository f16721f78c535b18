"""Quick where it is sure, strict where it is not."""

from __future__ import annotations

import json
import random

import pytest

from evaluations.data.strict_json import UNSURE, quick, strict
from evaluations.model import Json


@pytest.mark.parametrize(
    "text",
    [
        '{"input": "q", "reference": "r"}',
        '{"a": {"a": [{"a": 1}, {"a": 2}]}, "b" : [[], {}]}',
        '{"text": "a colon: here, and a brace {"}',
        '{"a": 123456789012345678901234567890, "b": 1.5e3, "c": -0.0}',
        '{"key with \\"quotes\\"": 1}',
        " [1, 2]\r\n",
    ],
)
def test_what_is_sure_is_right(text: str) -> None:
    """The same value as by the standard library."""
    assert json.loads(text) == strict(text) == quick(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}',
        '{"a" : 1, "a": 1}',
        '{"a"\t:1,"a"\n:1}',
        '{"b": [{"a": 1, "\\u0061": 1}]}',
        '{"a": "b: c", "a": 1}',
        "NaN",
        "-Infinity",
        "1e999",
        '"\\udc00"',
        '{"a": 1,}',
        "{'a': 1}",
        '{"a": 01}',
        '"\t"',
        "",
        "{} {}",
        '{"a": 1} // remark',
        "\ufeff{}",
        "[" * 100_000,
    ],
)
def test_what_is_wrong_is_never_sure(text: str) -> None:
    """The strict reading says what it is."""
    assert quick(text.encode()) is UNSURE
    with pytest.raises(ValueError) as caught:  # noqa: PT011, what it says is tested with data sets
        strict(text)
    assert str(caught.value)


def test_strings_that_look_like_keys_only_take_longer() -> None:
    """A quote and a colon in a text leave a doubt, and the strict reading settles it."""
    text = '{"a": "say \\"b\\": c"}'
    assert quick(text.encode()) is UNSURE
    assert {"a": 'say "b": c'} == strict(text)


def test_quick_never_says_otherwise_than_strict() -> None:
    """On a few thousand random values, written in random ways, with random damage."""
    chance = random.Random(1)
    marks = ['"', ":", ",", "{", "}", " ", "\\", '"a":', "1"]
    for _ in range(3000):
        text = list(json.dumps(_value(chance, 3), indent=chance.choice([None, 1])))
        for _ in range(chance.randrange(3)):
            text.insert(chance.randrange(len(text) + 1), chance.choice(marks))
        written = "".join(text)
        found = quick(written.encode())
        if found is not UNSURE:
            assert strict(written) == found


def _value(chance: random.Random, depth: int) -> Json:
    kind = chance.randrange(6 if depth else 4)
    if kind == 5:
        return {chance.choice("abc:"): _value(chance, depth - 1) for _ in range(chance.randrange(4))}
    if kind == 4:
        return [_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return [None, chance.random(), chance.randrange(10**20), chance.choice(["", "a:b", '"', '":', "é"])][kind]
