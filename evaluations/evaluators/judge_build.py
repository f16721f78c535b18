"""From a judge's settings to the evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import MappingProxyType

from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.evaluators.judge_panel import Ask, Judge
from evaluations.evaluators.judge_specs import JudgeSpec, LLMJudgeSpec, PairwiseJudgeSpec
from evaluations.model import Json
from evaluations.targets.files import read_text


def judge_names(spec: JudgeSpec, where: str = "") -> tuple[str, ...]:
    """Who judges: `FUNCTION::VARIANT` of `judges`, then the active ones of `variants` by their own names.

    Raises UsageError where nobody does, or one does twice.
    """
    own = tuple(name for name, each in spec.variants.items() if each.active or (each.active is None and _alone(spec)))
    names = (*spec.judges, *own)
    if not names:
        do = "name variants in `judges`, or give `variants` of its own, one at least with active = true"
        raise UsageError("nobody judges", where=where, do=do)
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{name} judges twice", where=where, do="name each judge once")
    return names


def requests_each(spec: JudgeSpec, where: str = "") -> int:
    """The most requests that the judges of one answer take, without retries. Raises UsageError as `judge_names`."""
    return len(judge_names(spec, where)) * (2 if isinstance(spec, PairwiseJudgeSpec) else 1)


def _alone(spec: JudgeSpec) -> bool:
    return len(spec.variants) == 1


def reply_schema(spec: JudgeSpec) -> dict[str, Json]:
    """The JSON schema of a judge's reply, for the endpoints of `variants` that can be held to one."""
    if isinstance(spec, PairwiseJudgeSpec):
        key, kind = "winner", {"type": "string", "enum": ["A", "B", "tie"]}
    elif spec.output_type == "boolean":
        key, kind = "score", {"type": "boolean"}
    else:
        key, kind = "score", {"type": "number"}
    return {
        "type": "object",
        "properties": {"thinking": {"type": "string"}, key: kind},
        "required": ["thinking", key],
        "additionalProperties": False,
    }


def build_judge(
    name: str,
    spec: JudgeSpec,
    asks: Mapping[str, Ask],
    stack: AsyncExitStack,
    *,
    targets: Mapping[str, Mapping[str, Json]] = MappingProxyType({}),
    folder: Path = Path(),
    where: str = "",
) -> Evaluator:
    """The evaluator that the settings describe; what it holds open is closed with the stack. Nobody is asked yet.

    `asks` has an Ask for each of `judge_names`, and `targets` what each describes itself as. `folder` is the
    configuration's: files are found from there. `where` is the key path of the settings, for errors. Raises UsageError
    for settings that contradict each other, and for files.
    """
    where = where or f"evaluators.{name}"
    judges = tuple(
        Judge(each, asks[each], _rubric(spec, each, folder, where), targets.get(each, {}))
        for each in judge_names(spec, where)
    )
    if isinstance(spec, PairwiseJudgeSpec):
        return _pairwise(name, spec, judges, stack=stack, folder=folder, where=where)
    return _llm_judge(name, spec, judges, folder, where)


def _rubric(spec: JudgeSpec, judge: str, folder: Path, where: str) -> str:
    own = spec.variants.get(judge)
    if own is not None:
        templates = (own.system_template, own.user_template, own.assistant_template)
        if any(templates) or own.templates:
            do = "take the templates out, and put the rubric into `rubric` or `system_instructions`"
            raise UsageError("a judge takes no templates", where=f"{where}.variants.{judge}", do=do)
        if own.system_instructions is not None:
            return read_text(folder, own.system_instructions, f"{where}.variants.{judge}.system_instructions")
    if spec.rubric is None:
        raise UsageError(f"{judge} has no rubric", where=where, do="say in `rubric` what makes a good answer")
    return spec.rubric


def _llm_judge(name: str, spec: LLMJudgeSpec, judges: tuple[Judge, ...], folder: Path, where: str) -> Evaluator:
    from evaluations.evaluators.judge import LLMJudge  # noqa: PLC0415
    from evaluations.evaluators.labels import read_labels  # noqa: PLC0415

    boolean = spec.output_type == "boolean"
    if boolean and (spec.lowest, spec.highest) != (0.0, 1.0):
        do = "take out lowest and highest"
        raise UsageError('output_type = "boolean" has a scale of its own', where=where, do=do)
    if not spec.lowest < spec.highest:
        raise UsageError(
            f"lowest, {spec.lowest:g}, is not below highest, {spec.highest:g}", where=where, do="mend them"
        )
    vote = spec.vote or ("majority" if boolean else "mean")
    if boolean != (vote == "majority"):
        do = "boolean judges vote by majority, float judges by mean or median"
        raise UsageError(f'vote = "{vote}" is not for output_type = "{spec.output_type}"', where=f"{where}.vote", do=do)
    labels = None
    if spec.labels is not None:
        labels = read_labels(folder / spec.labels, name, boolean=boolean, lowest=spec.lowest, highest=spec.highest)
    return LLMJudge(
        name,
        spec.lowest,
        spec.highest,
        boolean,
        spec.optimize == "min",
        judges,
        vote,
        spec.include.reference_output,
        spec.input_format,
        labels,
        spec.labels_mode,
    )


def _pairwise(
    name: str, spec: PairwiseJudgeSpec, judges: tuple[Judge, ...], *, stack: AsyncExitStack, folder: Path, where: str
) -> Evaluator:
    from evaluations.evaluators.opponents import StoredAnswers  # noqa: PLC0415
    from evaluations.evaluators.pairwise import Opponent, PairwiseJudge, own_reference  # noqa: PLC0415

    opponent: Opponent = own_reference
    against = None
    if spec.against is not None:
        opponent = stored = StoredAnswers(folder / spec.against, spec.against_variant)
        stack.callback(stored.close)
        against = stored.identity
    elif spec.against_variant is not None:
        raise UsageError("against_variant is there without against", where=where, do="name the run in `against`")
    elif spec.include.reference_output:
        do = "take out include.reference_output"
        raise UsageError("the reference is what is compared with, and is shown", where=where, do=do)
    return PairwiseJudge(
        name,
        judges=judges,
        vote=spec.vote,
        with_reference=spec.include.reference_output,
        input_format=spec.input_format,
        opponent=opponent,
        against=against,
    )
