"""A run without a configuration: a model at an address, and evaluators that need no settings."""

from __future__ import annotations

import argparse
import os
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

from evaluations.assembly import Assembly
from evaluations.config.specs import RunSpec
from evaluations.data.dataset import open_dataset
from evaluations.data.specs import DatasetSpec
from evaluations.errors import UsageError
from evaluations.evaluators import specs
from evaluations.evaluators.build import build
from evaluations.planning import Plan, budget_of, given, open_cache, selected, selection_given, settings_of
from evaluations.running.asking import Asker, Limiters
from evaluations.targets.chat import ChatTarget
from evaluations.targets.prompt import Prompt
from evaluations.verdicts.cutoffs import Gate, make_cutoffs

KINDS = {
    "contains": specs.ContainsSpec,
    "exact_match": specs.ExactMatchSpec,
    "json_fields": specs.JsonFieldsSpec,
    "numeric": specs.NumericSpec,
    "similarity": specs.SimilaritySpec,
}
"""By the name that `--evaluator` takes."""


def plan_direct(arguments: argparse.Namespace, files: ExitStack) -> Plan:
    """Everything from the command line. Raises UsageError, DatasetError."""
    for name in ("endpoint", "model", "dataset"):
        if getattr(arguments, name) is None:
            do = "give --endpoint, --model and --dataset, or name a configuration"
            raise UsageError(f"--{name} is missing", do=do)
    spec = RunSpec(**given(arguments))
    stack, cache = AsyncExitStack(), open_cache(spec, files)
    kinds = dict.fromkeys(arguments.evaluator or ["exact_match"])
    evaluators = [build(name, KINDS[name](), stack, where=f"--evaluator {name}") for name in kinds]
    target = ChatTarget(
        arguments.endpoint,
        arguments.model,
        prompt=Prompt(arguments.system, images=_folder(arguments.dataset)),
        api_key=os.environ.get("OPENAI_API_KEY"),
        timeout=spec.timeout,
        where="--endpoint",
    )
    limiters = Limiters(spec.concurrency)
    asker = Asker(target, limiter=limiters.of(target), cache=cache)
    cutoffs = make_cutoffs(spec.cutoffs, evaluators, Gate(spec.gate))
    return Plan(
        files.enter_context(open_dataset(selected(DatasetSpec(path=arguments.dataset), selection_given(arguments)))),
        Assembly({arguments.model: target}, {arguments.model: asker}, evaluators, limiters=limiters),
        settings_of(spec, cutoffs),
        budget_of(spec),
        spec.seed,
        stack,
        cache,
    )


def _folder(dataset: str) -> Path:
    """Where image files are looked for: beside the data set, or here where it comes by standard input."""
    return Path() if dataset == "-" else Path(dataset).absolute().parent
