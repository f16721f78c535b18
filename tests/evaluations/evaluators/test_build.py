"""From settings to evaluators: what is refused, where, and what to do."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.model import Answer, Datapoint, Failure, Rating

from .building import ASKED, built, scored

_OBJECT = {"type": "object"}


def _build(settings: dict[str, Any], folder: Path = Path(), **more: Any) -> Evaluator:
    async def build() -> Evaluator:
        async with AsyncExitStack() as stack:
            return built(stack, settings, folder, **more)

    return asyncio.run(build())


@pytest.mark.parametrize(
    ("settings", "key", "what"),
    [
        ({"type": "regex"}, "", "neither must_match nor must_not_match"),
        ({"type": "regex", "must_match": "("}, ".must_match", "'(' is not a regular expression"),
        ({"type": "regex", "must_not_match": "(?=a)"}, ".must_not_match", "is not a regular expression"),
        ({"type": "regex", "must_match": r"(a)\1"}, ".must_match", "is not a regular expression"),
        ({"type": "regex", "must_match": "a{1000}{1000}{1000}"}, ".must_match", "is not a regular expression"),
        ({"type": "regex", "must_match": "\ud800"}, ".must_match", "is not a regular expression"),
        ({"type": "regex", "must_match": "[[:alpha:]]"}, ".must_match", "has [ in a character class"),
        ({"type": "regex", "must_match": r"[^\W_]"}, ".must_match", r"has \W in a character class"),
        ({"type": "regex", "must_match": "[a-z&&b]"}, ".must_match", "has && in a character class"),
        ({"type": "regex", "must_match": "[a-z--b]"}, ".must_match", "has -- in a character class"),
        ({"type": "regex", "must_match": "[a~~b]"}, ".must_match", "has ~~ in a character class"),
        ({"type": "regex", "must_match": "(?x) a # b"}, ".must_match", "has a comment"),
        ({"type": "tool_use", "behavior": "none", "tools": ["f"]}, ".tools", "tools are not for"),
        ({"type": "tool_use", "behavior": "any", "tools": ["f"]}, ".tools", "tools are not for"),
        ({"type": "tool_use", "behavior": "all_of"}, ".tools", "needs tools"),
        ({"type": "json_schema"}, ".schema", "there is no schema"),
        ({"type": "json_schema", "schema": {"type": "objekt"}}, ".schema", "is not a JSON schema"),
        ({"type": "json_schema", "schema": {"$ref": "file:///etc/passwd"}}, ".schema", "is not a JSON schema"),
        ({"type": "json_schema", "schema": "missing.json"}, ".schema", "missing.json"),
        ({"type": "json_fields", "fields": {"a": {"absolute_tolerance": 1}}}, ".fields.a", "a tolerance is for"),
        ({"type": "python", "function": "nowhere_at_all:score"}, ".function", "nowhere_at_all:score can't be imported"),
        ({"type": "python", "function": "json:nothing"}, ".function", "json:nothing can't be imported"),
        ({"type": "python", "function": "json:__name__"}, ".function", "is not a function"),
        ({"type": "python", "function": "json:dumps"}, ".function", "is called with datapoint and answer"),
        ({"type": "python", "function": "operator:eq", "lowest": 1}, "", "is not below"),
        ({"type": "python", "function": "operator:eq", "output_type": "boolean", "highest": 2}, "", "scale of its own"),
        ({"type": "command", "command": ["no-such-program-x"]}, ".command", "no-such-program-x is not there"),
        ({"type": "command", "command": ["./score"]}, ".command", "./score is not there"),
    ],
)
def test_settings_that_can_not_work_are_refused(tmp_path: Path, settings: dict[str, Any], key: str, what: str) -> None:
    """Before anything is asked, with the key path and what to do."""
    with pytest.raises(UsageError) as refused:
        _build(settings, tmp_path)

    assert what in refused.value.what
    assert f"functions.F.evaluators.it{key}" == refused.value.where
    assert refused.value.do


@pytest.mark.parametrize(
    ("settings", "boolean"),
    [
        ({"type": "exact_match"}, True),
        ({"type": "contains"}, True),
        ({"type": "regex", "must_match": "a"}, True),
        ({"type": "numeric"}, True),
        ({"type": "json_schema", "schema": {}}, True),
        ({"type": "json_fields"}, False),
        ({"type": "similarity"}, False),
        ({"type": "tool_use", "behavior": "any"}, True),
        ({"type": "python", "function": "operator:eq"}, False),
        ({"type": "python", "function": "operator:eq", "output_type": "boolean"}, True),
        ({"type": "command", "command": ["sh"]}, False),
    ],
)
def test_each_kind_has_its_scale(settings: dict[str, Any], boolean: bool) -> None:
    """From 0 to 1, larger being better, and known to be yes or no where it is."""
    evaluator = _build(settings)

    assert ("it", 0, 1) == (evaluator.name, evaluator.lowest, evaluator.highest)
    assert boolean is evaluator.boolean
    assert not evaluator.smaller_is_better


def test_a_scale_of_its_own() -> None:
    """What a function or a program says may be on another scale, on which smaller may be better."""
    settings = {"type": "python", "function": "operator:eq", "lowest": -1, "highest": 5, "optimize": "min"}

    evaluator = _build(settings)

    assert (-1, 5, True) == (evaluator.lowest, evaluator.highest, evaluator.smaller_is_better)


def test_a_schema_comes_from_a_file_or_from_the_function(tmp_path: Path) -> None:
    """A file is found from the configuration's folder; the function's schema serves where there is none."""
    (tmp_path / "schema.json").write_text(json.dumps(_OBJECT), encoding="utf-8")

    assert [1.0, Rating(0.0, '1 is not of type "object"')] == asyncio.run(
        scored({"type": "json_schema", "schema": "schema.json"}, tmp_path, Answer("{}"), Answer("1"))
    )
    for schema in (_OBJECT, "schema.json"):
        evaluator = _build({"type": "json_schema"}, tmp_path, output_schema=schema)
        assert 1.0 == asyncio.run(evaluator.score(ASKED, Answer("{}")))


def test_a_pattern_that_gives_up_is_an_error_and_no_score() -> None:
    """A pattern of a schema that backtracks too long says nothing of the answer."""
    settings = {"type": "json_schema", "schema": {"pattern": r"(a*)*\1b"}}

    (score,) = asyncio.run(scored(settings, Path(), Answer('"' + "a" * 30 + '"')))

    assert Failure("evaluator", "it: a pattern of the schema took too many steps") == score


def test_an_edit_distance_of_texts_that_are_too_long_is_an_error_and_no_score() -> None:
    """It would hold up the whole run."""
    long = Datapoint("1", "?", "x" * (1 << 16))
    evaluator = _build({"type": "similarity", "metric": "edit_distance"})

    score = asyncio.run(evaluator.score(long, Answer("y" * ((1 << 16) + 1))))

    assert isinstance(score, Failure)
    assert "too long for an edit distance" in score.message
