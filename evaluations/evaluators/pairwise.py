"""Which of two answers is better: each judge is asked twice, with the answers swapped.

Judges favour a position, often the first (Wang et al., 2023, "Large language models are not fair evaluators"; Zheng et
al., 2023, "Judging LLM-as-a-judge", who count only a win both ways as a win).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from msgspec.structs import replace

from evaluations.errors import Complaint
from evaluations.evaluators.judge_panel import Judge, ask_all
from evaluations.evaluators.judge_prompts import judge_messages, shown, shown_reference, unfit_question
from evaluations.evaluators.judge_replies import read_winner
from evaluations.evaluators.judge_report import JudgeReport
from evaluations.evaluators.scale import Scale
from evaluations.evaluators.votes import Vote, combine
from evaluations.model import Answer, Datapoint, Failure, Json, Rating

_FORM = '{"thinking": "your reasons in a few sentences", "winner": W}, where W is "A", "B" or "tie".'
_TIE = 0.5

Opponent = Callable[[Datapoint], str | Failure | Complaint]
"""The answer that a datapoint's answer is compared with. A Failure where it is known that there is none; a Complaint
where it should be there."""


def own_reference(datapoint: Datapoint) -> str | Complaint:
    """The datapoint's own reference."""
    if datapoint.reference is None:
        return Complaint('"reference" is missing', "the answer is compared with it: add it, or set `against`")
    return shown_reference(datapoint.reference)


class PairwiseJudge(Scale, frozen=True):
    """1 where the answer is better than the other one, 0 where it is worse, 0.5 for a tie."""

    kind: ClassVar[str] = "pairwise_judge"
    boolean: bool = False
    judges: Sequence[Judge] = ()
    vote: str = "mean"
    """`mean` or `median`."""
    with_reference: bool = False
    input_format: str = "serialized"
    opponent: Opponent = own_reference
    against: Mapping[str, Json] | None = None
    """The digest of what `opponent` was read from, and the variant; None for the datapoint's reference."""

    @property
    def identity(self) -> Mapping[str, Json]:
        """Who judges, by what and how; what answers are compared with."""
        return {
            "type": self.kind,
            "judges": [judge.identity for judge in self.judges],
            "vote": self.vote,
            "with_reference": self.with_reference,
            "input_format": self.input_format,
            "against": None if self.against is None else dict(self.against),
        }

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """Another answer, a reference where the judge is to see it, and a question that can be shown."""
        opponent = self.opponent(datapoint)
        if isinstance(opponent, Complaint):
            return opponent
        if self.with_reference and datapoint.reference is None:
            return Complaint('"reference" is missing', f"{self.name} shows it to the judge: add it")
        return unfit_question(datapoint.input, self.input_format)

    async def score(self, datapoint: Datapoint, answer: Answer) -> Rating | Failure:
        """The judges' mean or median, of wins, ties and defeats."""
        mine, other = shown(answer), self.opponent(datapoint)
        if isinstance(other, Complaint):
            return Failure("judge", f"{other.what}: {other.do}")
        if isinstance(other, Failure):
            return other
        if mine == other:
            return Rating(_TIE, "both answers are the same")
        return combine(
            await ask_all(self._both_ways(judge, datapoint, mine, other) for judge in self.judges), self.vote
        )

    def report(self) -> JudgeReport:
        """Empty; a run adds each result to it, and has it in its summary."""
        return JudgeReport(self.name, self.lowest, self.highest, boolean=self.boolean, labels=None, measured=False)

    async def _both_ways(self, judge: Judge, datapoint: Datapoint, mine: str, other: str) -> Vote | Failure:
        first, second = await ask_all(
            [self._ask(judge, datapoint, mine, other), self._ask(judge, datapoint, other, mine)]
        )
        usage = first.usage + second.usage
        if isinstance(first, Failure):
            return replace(first, usage=usage)
        if isinstance(second, Failure):
            return replace(second, usage=usage)
        if first.value == 1 - second.value:
            return Vote(judge.name, first.value, first.reason, usage)
        favoured = {(1.0, 1.0): "first", (0.0, 0.0): "second"}.get((first.value, second.value), "neither")
        said = f"contradicts itself, a tie; as A: {first.reason or first.value} / as B: {second.reason or second.value}"
        return Vote(judge.name, _TIE, said, usage, favoured)

    async def _ask(self, judge: Judge, datapoint: Datapoint, left: str, right: str) -> Vote | Failure:
        texts = {"answer A": left, "answer B": right}
        if self.with_reference:
            texts = {"reference": shown_reference(datapoint.reference), **texts}
        messages = judge_messages(judge.rubric, _FORM, datapoint.input, texts, self.input_format)
        return await judge.vote(datapoint, messages, read_winner, [left, right])
