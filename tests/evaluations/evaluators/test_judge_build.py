"""From judges' settings to evaluators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from evaluations.errors import UsageError
from evaluations.evaluators.judge_build import judge_names, reply_schema
from tests.evaluations.evaluators.judging import judge, saying, spec

OWN = {"type": "chat_completion", "model": "m"}
PAIRWISE = {"type": "pairwise_judge"}


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({}, ("grade::one",)),
        ({"judges": [], "variants": {"a": OWN}}, ("a",)),
        ({"judges": [], "variants": {"a": {**OWN, "active": True}, "b": OWN}}, ("a",)),
        ({"variants": {"a": {**OWN, "active": True}, "b": {**OWN, "active": True}}}, ("grade::one", "a", "b")),
        ({**PAIRWISE, "judges": ["f::v", "f::w"]}, ("f::v", "f::w")),
    ],
)
def test_active_variants_and_variants_of_functions_judge(fields: dict[str, Any], names: tuple[str, ...]) -> None:
    """An only variant needs not say that it is active, as in TensorZero."""
    assert names == judge_names(spec(**fields))


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"judges": []}, "nobody judges"),
        ({"judges": [], "variants": {"a": OWN, "b": OWN}}, "nobody judges"),
        ({"judges": [], "variants": {"a": {**OWN, "active": False}}}, "nobody judges"),
        ({"judges": ["grade::one", "grade::one"]}, "grade::one judges twice"),
        ({"rubric": None}, "grade::one has no rubric"),
        ({"lowest": 0.5}, "has a scale of its own"),
        ({"output_type": "float", "lowest": 1.0}, "is not below highest"),
        ({"vote": "mean"}, 'vote = "mean" is not for output_type = "boolean"'),
        ({"output_type": "float", "vote": "majority"}, 'vote = "majority" is not for output_type = "float"'),
        ({"labels": "none.jsonl"}, "the labels can't be read"),
        ({"judges": [], "variants": {"a": {**OWN, "user_template": "t"}}}, "a judge takes no templates"),
        ({"judges": [], "variants": {"a": {**OWN, "system_instructions": "none.txt"}}}, "none.txt can't be read"),
        ({**PAIRWISE, "against": "none"}, "the answers can't be read"),
        ({**PAIRWISE, "against_variant": "v"}, "against_variant is there without against"),
        ({**PAIRWISE, "include": {"reference_output": True}}, "the reference is what is compared with"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(tmp_path: Path, fields: dict[str, Any], what: str) -> None:
    """With where and what to do."""
    with pytest.raises(UsageError, match=what) as caught:
        judge(spec(**fields), {"grade::one": saying(), "a": saying()}, folder=tmp_path)
    assert caught.value.where
    assert caught.value.do


@pytest.mark.parametrize(
    ("fields", "fits", "does_not"),
    [
        ({}, {"thinking": "", "score": True}, {"thinking": "", "score": 1}),
        ({"output_type": "float"}, {"thinking": "", "score": 0.5}, {"score": 0.5}),
        (PAIRWISE, {"thinking": "", "winner": "A"}, {"thinking": "", "winner": "C"}),
    ],
)
def test_endpoints_can_be_held_to_the_reply(
    fields: dict[str, Any], fits: dict[str, Any], does_not: dict[str, Any]
) -> None:
    """By a JSON schema that says what is read."""
    validator = jsonschema_rs.validator_for(reply_schema(spec(**fields)))
    assert validator.is_valid(fits)
    assert not validator.is_valid(does_not)
