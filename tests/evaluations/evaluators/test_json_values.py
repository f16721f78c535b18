"""JSON read strictly, and compared by value."""

from __future__ import annotations

from typing import Any

import pytest

from evaluations.evaluators.json_values import NotJsonError, difference, identity, parse

_VALUES: list[Any] = [
    None, True, False, 0, 1, 2**53 + 1, 0.5, "", "1", "\u00e9", "e\u0301", [], {}, [[]], [{}], [1, 2], [2, 1], [True],
    {"a": 1}, {"a": True}, {"a": None}, {"A": 1}, {"a": {"b": [1]}}, {"a": 1, "b": 2},
]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", " ", "nul", "NaN", "-Infinity", "1e999", "01", "[1,]", "'a'", '"\t"', "[" * 99999]
)
def test_what_is_not_json_is_refused(text: str) -> None:
    """Also what Python's own reader lets through."""
    with pytest.raises(NotJsonError):
        parse(text)


def test_values_that_differ_are_told_apart_both_ways() -> None:
    """No two of a list of different values are the same, by `difference` or by `identity`."""
    for i, one in enumerate(_VALUES):
        for j, other in enumerate(_VALUES):
            assert (i == j) is (difference(one, other) is None), (one, other)
            assert (i == j) is (identity(one) == identity(other)), (one, other)


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (0, -0.0), ([1], [1.0]), ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}), (10**22, 1e22)]
)
def test_the_same_value_spelled_otherwise_is_the_same(one: Any, other: Any) -> None:
    """Numbers by value, keys in any order."""
    assert difference(one, other) is None
    assert identity(one) == identity(other)
