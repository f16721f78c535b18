"""A run of an evaluation that a configuration file describes."""

from __future__ import annotations

import argparse
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import msgspec

from evaluations.config.assembly import assemble, dataset_spec, evaluation_dataset
from evaluations.config.choice import choose
from evaluations.config.cutoffs import configured_cutoffs
from evaluations.config.reading import find, read
from evaluations.data.dataset import open_dataset
from evaluations.data.specs import DatasetSpec
from evaluations.planning import Plan, budget_of, given, open_cache, selected, settings_of
from evaluations.results.manifest import Source


def plan_configured(arguments: argparse.Namespace, files: ExitStack) -> Plan:
    """Read the configuration; the command line's word goes before the file's. Raises ConfigError, DatasetError."""
    config = read(find(arguments.config))
    said = given(arguments)
    chosen = choose(config, arguments.evaluation, said)
    # A data set of the command line is a path as seen from here, not from the configuration's folder.
    spec = DatasetSpec(path=arguments.dataset) if arguments.dataset else dataset_spec(config, chosen)
    if spec is not None:
        spec = selected(spec, arguments)
        placed = (
            spec
            if spec.path in (None, "-")
            else msgspec.structs.replace(spec, path=str(Path(str(spec.path)).absolute()))
        )
        chosen = chosen._replace(spec=msgspec.structs.replace(chosen.spec, dataset=placed))
    stack, cache = AsyncExitStack(), open_cache(chosen.spec, files)
    assembly = assemble(config, chosen, stack, cache=cache)
    cutoffs = configured_cutoffs(config, chosen, assembly.evaluators, typed=said.get("cutoffs", {}))
    return Plan(
        files.enter_context(open_dataset(spec) if spec is not None else evaluation_dataset(config, chosen)),
        assembly,
        settings_of(chosen.spec, cutoffs),
        budget_of(chosen.spec),
        chosen.spec.seed,
        stack,
        cache,
        Source(config.path.name, config.sha256),
    )
