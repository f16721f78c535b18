"""Ask a language model the questions of a data set, score its answers, and say whether it is good enough.

The command is in `evaluations.cli`. Everything else is a library that prints nothing; what most programs need of it is
here, and loaded when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluations.data.dataset import Dataset as Dataset
    from evaluations.data.dataset import open_dataset as open_dataset
    from evaluations.data.specs import ColumnSpec as ColumnSpec
    from evaluations.data.specs import ColumnsSpec as ColumnsSpec
    from evaluations.data.specs import CsvSpec as CsvSpec
    from evaluations.data.specs import DatasetSpec as DatasetSpec
    from evaluations.data.specs import TagsSpec as TagsSpec
    from evaluations.errors import EvaluationsError as EvaluationsError
    from evaluations.evaluators import Evaluator as Evaluator
    from evaluations.evaluators.exact_match import ExactMatch as ExactMatch
    from evaluations.evaluators.judge_specs import IncludeSpec as IncludeSpec
    from evaluations.evaluators.judge_specs import LLMJudgeSpec as LLMJudgeSpec
    from evaluations.evaluators.judge_specs import PairwiseJudgeSpec as PairwiseJudgeSpec
    from evaluations.evaluators.specs import CommandSpec as CommandSpec
    from evaluations.evaluators.specs import ContainsSpec as ContainsSpec
    from evaluations.evaluators.specs import ExactMatchSpec as ExactMatchSpec
    from evaluations.evaluators.specs import ExpectedTool as ExpectedTool
    from evaluations.evaluators.specs import FieldSpec as FieldSpec
    from evaluations.evaluators.specs import JsonFieldsSpec as JsonFieldsSpec
    from evaluations.evaluators.specs import JsonSchemaSpec as JsonSchemaSpec
    from evaluations.evaluators.specs import NumericSpec as NumericSpec
    from evaluations.evaluators.specs import PythonSpec as PythonSpec
    from evaluations.evaluators.specs import RegexSpec as RegexSpec
    from evaluations.evaluators.specs import SimilaritySpec as SimilaritySpec
    from evaluations.evaluators.specs import ToolUseSpec as ToolUseSpec
    from evaluations.library.events import Evaluated as Evaluated
    from evaluations.library.events import Progress as Progress
    from evaluations.library.judges import Judge as Judge
    from evaluations.library.kinds import AnyDataset as AnyDataset
    from evaluations.library.kinds import AnyVariant as AnyVariant
    from evaluations.library.options import ConfigOptions as ConfigOptions
    from evaluations.library.options import Options as Options
    from evaluations.library.parts import AnyEvaluator as AnyEvaluator
    from evaluations.library.running import evaluate as evaluate
    from evaluations.library.running import evaluate_async as evaluate_async
    from evaluations.library.running import evaluate_config as evaluate_config
    from evaluations.library.running import evaluate_config_async as evaluate_config_async
    from evaluations.library.runs import compare as compare
    from evaluations.library.runs import export as export
    from evaluations.library.runs import power as power
    from evaluations.library.scorers import Scorer as Scorer
    from evaluations.model import Answer as Answer
    from evaluations.model import Datapoint as Datapoint
    from evaluations.model import Failure as Failure
    from evaluations.model import Rating as Rating
    from evaluations.model import Refusal as Refusal
    from evaluations.model import Result as Result
    from evaluations.model import ToolCall as ToolCall
    from evaluations.model import Usage as Usage
    from evaluations.results.comparing import Comparison as Comparison
    from evaluations.running.retries import Retries as Retries
    from evaluations.statistics.interval import Interval as Interval
    from evaluations.statistics.questions import Power as Power
    from evaluations.targets import Target as Target
    from evaluations.targets.chat import ChatTarget as ChatTarget
    from evaluations.targets.command import CommandTarget as CommandTarget
    from evaluations.targets.gateway import GatewayTarget as GatewayTarget
    from evaluations.targets.prices import Price as Price
    from evaluations.targets.python_function import PythonTarget as PythonTarget
    from evaluations.verdicts.comparison import Change as Change
    from evaluations.verdicts.comparison import Difference as Difference
    from evaluations.verdicts.cutoffs import Gate as Gate
    from evaluations.verdicts.estimates import Estimate as Estimate
    from evaluations.verdicts.summary import RunSummary as RunSummary
    from evaluations.verdicts.summary import Summary as Summary
    from evaluations.verdicts.verdict import Decision as Decision
    from evaluations.verdicts.verdict import Ending as Ending
    from evaluations.verdicts.verdict import Score as Score
    from evaluations.verdicts.verdict import Verdict as Verdict

_NAMES = {
    "data.dataset": ("Dataset", "open_dataset"),
    "data.specs": ("ColumnSpec", "ColumnsSpec", "CsvSpec", "DatasetSpec", "TagsSpec"),
    "errors": ("EvaluationsError",),
    "evaluators": ("Evaluator",),
    "evaluators.exact_match": ("ExactMatch",),
    "evaluators.judge_specs": ("IncludeSpec", "LLMJudgeSpec", "PairwiseJudgeSpec"),
    "evaluators.specs": (
        "CommandSpec",
        "ContainsSpec",
        "ExactMatchSpec",
        "ExpectedTool",
        "FieldSpec",
        "JsonFieldsSpec",
        "JsonSchemaSpec",
        "NumericSpec",
        "PythonSpec",
        "RegexSpec",
        "SimilaritySpec",
        "ToolUseSpec",
    ),
    "library.events": ("Evaluated", "Progress"),
    "library.judges": ("Judge",),
    "library.kinds": ("AnyDataset", "AnyVariant"),
    "library.options": ("ConfigOptions", "Options"),
    "library.parts": ("AnyEvaluator",),
    "library.running": ("evaluate", "evaluate_async", "evaluate_config", "evaluate_config_async"),
    "library.runs": ("compare", "export", "power"),
    "library.scorers": ("Scorer",),
    "model": ("Answer", "Datapoint", "Failure", "Rating", "Refusal", "Result", "ToolCall", "Usage"),
    "results.comparing": ("Comparison",),
    "running.retries": ("Retries",),
    "statistics.interval": ("Interval",),
    "statistics.questions": ("Power",),
    "targets": ("Target",),
    "targets.chat": ("ChatTarget",),
    "targets.command": ("CommandTarget",),
    "targets.gateway": ("GatewayTarget",),
    "targets.prices": ("Price",),
    "targets.python_function": ("PythonTarget",),
    "verdicts.comparison": ("Change", "Difference"),
    "verdicts.cutoffs": ("Gate",),
    "verdicts.estimates": ("Estimate",),
    "verdicts.summary": ("RunSummary", "Summary"),
    "verdicts.verdict": ("Decision", "Ending", "Score", "Verdict"),
}
"""What each module gives."""

_PLACES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = list(_PLACES)


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module 'evaluations' has no attribute {name!r}")
    return getattr(importlib.import_module(f"evaluations.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_PLACES)
