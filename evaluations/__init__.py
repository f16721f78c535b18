"""Ask a language model the questions of a data set, score its answers, and say whether it is good enough.

The command is in `evaluations.cli`. Everything else is a library that prints nothing; what most programs need of it is
here, and loaded when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluations.data.specs import DatasetSpec as DatasetSpec
    from evaluations.errors import EvaluationsError as EvaluationsError
    from evaluations.evaluators.exact_match import ExactMatch as ExactMatch
    from evaluations.library import Evaluated as Evaluated
    from evaluations.library import Progress as Progress
    from evaluations.library import evaluate as evaluate
    from evaluations.library import evaluate_async as evaluate_async
    from evaluations.model import Answer as Answer
    from evaluations.model import Datapoint as Datapoint
    from evaluations.model import Failure as Failure
    from evaluations.model import Rating as Rating
    from evaluations.model import Result as Result
    from evaluations.model import ToolCall as ToolCall
    from evaluations.model import Usage as Usage
    from evaluations.running.budget import Budget as Budget
    from evaluations.targets.chat import ChatTarget as ChatTarget
    from evaluations.targets.python_function import PythonTarget as PythonTarget

_PLACES = {
    "Answer": "model",
    "Budget": "running.budget",
    "ChatTarget": "targets.chat",
    "Datapoint": "model",
    "DatasetSpec": "data.specs",
    "Evaluated": "library",
    "EvaluationsError": "errors",
    "ExactMatch": "evaluators.exact_match",
    "Failure": "model",
    "Progress": "library",
    "PythonTarget": "targets.python_function",
    "Rating": "model",
    "Result": "model",
    "ToolCall": "model",
    "Usage": "model",
    "evaluate": "library",
    "evaluate_async": "library",
}

__all__ = list(_PLACES)


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module 'evaluations' has no attribute {name!r}")
    return getattr(importlib.import_module(f"evaluations.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_PLACES)
