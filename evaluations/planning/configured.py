"""A run of an evaluation that a configuration file describes."""

from __future__ import annotations

from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import msgspec

from evaluations.config.assembly import assemble, dataset_spec, evaluation_dataset
from evaluations.config.choice import Chosen, choose
from evaluations.config.cutoffs import configured_cutoffs
from evaluations.config.reading import ConfigFile, find, read
from evaluations.data.dataset import Dataset, open_dataset
from evaluations.data.formats.choice import ENDINGS
from evaluations.data.specs import DatasetSpec
from evaluations.planning import Plan, Wanted, budget_of, open_cache, selected, settings_of
from evaluations.results.manifest import Source


def plan_configured(wanted: Wanted, files: ExitStack, cache_folder: Path | None = None) -> Plan:
    """Read the configuration; what is wanted goes before what the file says. Raises ConfigError, DatasetError."""
    config = read(find(wanted.config))
    chosen = choose(config, wanted.evaluation, wanted.keys)
    spec = _dataset_spec(config, chosen, wanted)
    if spec is not None:
        placed = (
            spec
            if spec.path in (None, "-")
            else msgspec.structs.replace(spec, path=str(Path(str(spec.path)).absolute()))
        )
        chosen = chosen._replace(spec=msgspec.structs.replace(chosen.spec, dataset=placed))
    stack, cache = AsyncExitStack(), open_cache(chosen.spec, files, cache_folder)
    assembly = assemble(config, chosen, stack, cache=cache)
    cutoffs = configured_cutoffs(config, chosen, assembly.evaluators, typed=wanted.keys.get("cutoffs", {}))
    if isinstance(wanted.dataset, Dataset):
        dataset = wanted.dataset
    else:
        dataset = files.enter_context(open_dataset(spec) if spec is not None else evaluation_dataset(config, chosen))
    return Plan(
        dataset,
        assembly,
        settings_of(chosen.spec, cutoffs),
        budget_of(chosen.spec),
        chosen.spec.seed,
        stack,
        cache,
        Source(config.path.name, config.sha256),
    )


def _dataset_spec(config: ConfigFile, chosen: Chosen, wanted: Wanted) -> DatasetSpec | None:
    """The data set that will be read, where there is one that is not open yet."""
    given = wanted.dataset
    if isinstance(given, Dataset):
        return None
    spec = given if isinstance(given, DatasetSpec) else dataset_spec(config, chosen)
    if isinstance(given, str):
        spec = _in_file(spec or DatasetSpec(), given)
    return None if spec is None else selected(spec, wanted.selection)


def _in_file(spec: DatasetSpec, path: str) -> DatasetSpec:
    """The same data set in that file: in the format that its ending says, if it says one."""
    said = Path(path).suffix.lower() in ENDINGS
    return msgspec.structs.replace(spec, path=path, gateway=None, format=None if said else spec.format)
