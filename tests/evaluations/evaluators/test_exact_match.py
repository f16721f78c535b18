"""Evaluators."""

from __future__ import annotations

import asyncio

import pytest

from evaluations.evaluators.exact_match import EVALUATORS, ExactMatch
from evaluations.model import Answer, Datapoint


@pytest.mark.parametrize(
    ("reference", "text", "expected"),
    [
        ("42", "42", 1.0),
        ("42", "42\n", 0.0),
        ("42", " 42", 0.0),
        ("Yes", "yes", 0.0),
        ("\u00e9", "e\u0301", 0.0),
        ("", "", 1.0),
        ("", None, 0.0),
        ("None", None, 0.0),
        ("a\u00a0b", "a b", 0.0),
    ],
)
def test_exact_match_is_exact(reference: str, text: str | None, expected: float) -> None:
    """Character by character: no trimming, no folding, no Unicode form; no text matches nothing."""
    assert expected == asyncio.run(ExactMatch().score(Datapoint("1", (), reference), Answer(text)))


def test_every_evaluator_is_known_by_its_name() -> None:
    """The name in the table is the name in the results."""
    assert ["exact_match"] == list(EVALUATORS)
    assert all(name == evaluator.name for name, evaluator in EVALUATORS.items())
