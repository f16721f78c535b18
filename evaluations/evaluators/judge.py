"""A model that scores each answer by a rubric, alone or with others; people's labels take its place or measure it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec.structs import replace

from evaluations.errors import Complaint
from evaluations.evaluators.judge_panel import Judge, Read, ask_all
from evaluations.evaluators.judge_prompts import judge_messages, shown, shown_reference, unfit_question
from evaluations.evaluators.judge_replies import read_boolean, read_number
from evaluations.evaluators.judge_report import JudgeReport
from evaluations.evaluators.labels import Labels
from evaluations.evaluators.scale import Scale
from evaluations.evaluators.votes import combine
from evaluations.model import Answer, Datapoint, Failure, Json, Rating

_FORM = '{{"thinking": "your reasons in a few sentences", "score": S}}, where S is {scale}.'


class LLMJudge(Scale, frozen=True):
    """The score that the judges give; a Failure with the cause `judge` where they give none."""

    kind: ClassVar[str] = "llm_judge"
    judges: Sequence[Judge] = ()
    vote: str = "majority"
    """`majority`, `mean` or `median`."""
    with_reference: bool = False
    input_format: str = "serialized"
    labels: Labels | None = None
    labels_mode: str = "both"

    @property
    def identity(self) -> Mapping[str, Json]:
        """Who judges, by what and how; whose labels count."""
        return {
            "type": self.kind,
            "judges": [judge.identity for judge in self.judges],
            "vote": self.vote,
            "with_reference": self.with_reference,
            "input_format": self.input_format,
            "labels_sha256": None if self.labels is None else self.labels.sha256,
            "labels_mode": None if self.labels is None else self.labels_mode,
        }

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """A reference, where the judge is to see it, and a question that can be shown."""
        if self.with_reference and datapoint.reference is None:
            return Complaint('"reference" is missing', f"{self.name} shows it to the judge: add it")
        return unfit_question(datapoint.input, self.input_format)

    async def score(self, datapoint: Datapoint, answer: Answer) -> Rating | Failure:
        """By the judges, by people, or by both."""
        text = shown(answer)
        label = None if self.labels is None else self.labels.find(datapoint.id, text)
        if label is None:
            return await self._judge(datapoint, text)
        if self.labels_mode == "replace":
            return Rating(label, "human label", details={"label": label})
        return self._with_label(label, await self._judge(datapoint, text))

    def report(self) -> JudgeReport:
        """Empty; a run adds each result to it, and has it in its summary."""
        labels = None if self.labels is None else len(self.labels)
        return JudgeReport(
            self.name,
            self.lowest,
            self.highest,
            boolean=self.boolean,
            labels=labels,
            measured=self.labels_mode != "replace",
        )

    async def _judge(self, datapoint: Datapoint, answer: str) -> Rating | Failure:
        texts = {"answer": answer}
        if self.with_reference:
            texts = {"reference": shown_reference(datapoint.reference), **texts}
        form, untrusted = _FORM.format(scale=self._words()), [answer]
        votes = await ask_all(
            judge.vote(
                datapoint,
                judge_messages(judge.rubric, form, datapoint.input, texts, self.input_format),
                self._reader(),
                untrusted,
            )
            for judge in self.judges
        )
        return combine(votes, self.vote, self.highest if self.smaller_is_better else self.lowest)

    def _with_label(self, label: float, judged: Rating | Failure) -> Rating | Failure:
        if isinstance(judged, Rating):
            details = {**judged.details, "label": label, "judge": judged.value}
            if self.labels_mode == "compare":
                return replace(judged, details=details)
            said = f"human label; the judge says {judged.value:g}" + (f": {judged.reason}" if judged.reason else "")
            return replace(judged, value=label, reason=said, details=details)
        if self.labels_mode == "compare":
            return judged
        details = {"label": label, "judge": None, "error": judged.message}
        return Rating(label, f"human label; the judge says nothing: {judged.message}", judged.usage, details)

    def _words(self) -> str:
        return "true or false" if self.boolean else f"a number from {self.lowest:g} to {self.highest:g}"

    def _reader(self) -> Read:
        return read_boolean if self.boolean else lambda reply: read_number(reply, self.lowest, self.highest)
