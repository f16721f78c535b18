"""The schemas of a run's files: what is written fits them, and the documentation says the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import validator_for
from msgspec.structs import replace

from evaluations.model import Answer, Rating, Result, Usage
from evaluations.results.schema import MANIFEST, RESULT, SUMMARY, VARIANT
from tests.evaluations.results.samples import sample

PAGE = Path(__file__).parents[3] / "docs" / "evaluations" / "results.md"
SCHEMAS = {"manifest": MANIFEST, "result": RESULT, "summary": SUMMARY, "variant": VARIANT}


def faults(schema: dict[str, Any], value: object) -> list[str]:
    """What is wrong with it."""
    return [f"{error.instance_path}: {error.message}" for error in validator_for(schema).iter_errors(value)]


def odd(result: Result) -> Result:
    """Every seventh declines, and every ninth is odd in all it may be."""
    answer = result.answer
    if result.index % 7 == 0 and isinstance(answer, Answer):
        return replace(result, answer=replace(answer, text=None, refusal="I would rather not.", finish=None))
    if result.index % 9 == 0:
        point = replace(result.datapoint, input={"topic": "x"}, reference={"a": [1, None]}, group="g", tags=())
        return replace(result, datapoint=point)
    if result.index % 11 == 0:
        ratings = {
            name: replace(rating, usage=Usage(5, 1, 0.25), details={"votes": {"one": 1.0}})
            for name, rating in result.ratings.items()
            if isinstance(rating, Rating)
        }
        return replace(result, ratings={**result.ratings, **ratings})
    return result


@pytest.mark.parametrize(("variants", "repeats"), [(("small",), 1), (("small", "large"), 3)])
def test_what_a_run_writes_fits(tmp_path: Path, variants: tuple[str, ...], repeats: int) -> None:
    """Answers, errors, refusals, tool calls and reasons among the lines."""
    folder = sample(tmp_path / "run", 200, variants, repeats, change=odd)
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert [] == [fault for line in lines for fault in faults(RESULT, line)]
    assert set(RESULT["properties"]) == {name for line in lines for name in line}
    assert any(line["errors"] for line in lines)
    assert [] == faults(MANIFEST, json.loads((folder / "manifest.json").read_text()))
    summary = json.loads((folder / "summary.json").read_text())
    assert [] == faults(SUMMARY, summary)
    assert list(variants) == list(summary["variants"])


def test_what_is_not_documented_does_not_fit() -> None:
    """A new field, a missing one, and one of another type are all noticed."""
    line = dict.fromkeys(RESULT["properties"])
    assert len(faults(RESULT, line)) > 5
    assert faults(RESULT, {"more": 1})


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_page_has_every_field(name: str) -> None:
    """With the words of the schema."""
    rows = [f"| `{field}` | {schema['description']} |" for field, schema in SCHEMAS[name]["properties"].items()]
    expected = "\n".join(("| field | what it is |", "| --- | --- |", *rows))
    page = PAGE.read_text(encoding="utf-8")
    _before, _begin, rest = page.partition(f"<!-- {name}: begin -->\n")
    assert expected == rest.partition(f"\n<!-- {name}: end -->")[0]
