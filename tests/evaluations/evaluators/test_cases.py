"""Each evaluator, built from its settings, decides the hand-made cases."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import msgspec
import pytest

from evaluations.evaluators.build import build
from evaluations.evaluators.specs import ModelFreeSpec
from evaluations.model import Datapoint, Failure, Rating

from .cases import REFUSED, Case, contains, exact_match, json_fields, json_schema, numeric, regex, similarity, tool_use

_ALL = {
    kind.__name__.rpartition(".")[2]: kind.CASES
    for kind in (contains, exact_match, json_fields, json_schema, numeric, regex, similarity, tool_use)
}
_EACH = [pytest.param(case, id=f"{kind}: {case.why}") for kind, cases in _ALL.items() for case in cases]


async def _decide(case: Case) -> float | str:
    spec: ModelFreeSpec = msgspec.convert(case.settings, ModelFreeSpec)
    async with AsyncExitStack() as stack:
        evaluator = build("it", spec, stack)
        datapoint = Datapoint("1", "?", case.reference)
        complaint = evaluator.check(datapoint)
        if complaint is not None:
            assert complaint.what
            assert complaint.do
            return REFUSED
        score = await evaluator.score(datapoint, case.answer)
        assert not isinstance(score, Failure)
        value = score.value if isinstance(score, Rating) else score
        assert evaluator.lowest <= value <= evaluator.highest
        assert not evaluator.boolean or value in {evaluator.lowest, evaluator.highest}
        assert isinstance(value, float)
        return value


@pytest.mark.parametrize("case", _EACH)
def test_decides_as_thought_through(case: Case) -> None:
    """The decision is the one that the case says is right."""
    expected = case.expected if isinstance(case.expected, str) else pytest.approx(case.expected, rel=1e-12)
    assert expected == asyncio.run(_decide(case)), case.why
