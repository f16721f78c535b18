"""What a program says of a run of a configuration, in the words of `evaluations.planning`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from evaluations.data.dataset import Dataset
from evaluations.data.specs import DatasetSpec
from evaluations.errors import UsageError
from evaluations.library.checking import check_spec, path_of, plain
from evaluations.model import Json
from evaluations.planning import Wanted, selected
from evaluations.running.run import Execute, ask_and_score

_SELECTING = ("sample", "slice", "seed")


def wanted(config: object, evaluation: object, told: Mapping[str, Any], keys: Mapping[str, Json]) -> Wanted:
    """What was said, checked. `keys` are those of RunSpec; a data set that is no path is open. Raises UsageError."""
    if not (config is None or isinstance(config, (str, Path))):
        raise UsageError(f"a {type(config).__name__} is no configuration", where="config", do="give a file's path")
    if not (evaluation is None or isinstance(evaluation, str)):
        what = f"a {type(evaluation).__name__} is no evaluation's name"
        raise UsageError(what, where="evaluation", do="give the name in [evaluations]")
    dataset = told.get("dataset")
    if isinstance(dataset, (str, Path)):
        dataset = str(path_of(dataset, "dataset"))
    selection = {name: plain(told[name]) for name in _SELECTING if name in told}
    if "tags" in told:
        selection["tags"] = _names("tags", told["tags"])
    check_spec(selected(dataset if isinstance(dataset, DatasetSpec) else DatasetSpec(), selection))
    if isinstance(dataset, Dataset) and set(selection) - {"seed"}:
        do = "give the datapoints that are to be asked, or a file's path"
        raise UsageError("sample, slice and tags are for data sets in files", where="dataset", do=do)
    more = {"variants": _names("variants", told["variants"])} if "variants" in told else {}
    return Wanted(
        config=None if config is None else path_of(config, "config"),
        evaluation=evaluation,
        keys={**keys, **more},
        dataset=dataset,
        selection=selection,
    )


def execution(what: Wanted, told: Mapping[str, Any], cache_folder: Path | None) -> AbstractContextManager[Execute]:
    """Where the run is carried out: here, or by a cluster that is joined when this is entered. Raises UsageError."""
    executor, workers = told.get("executor", "asyncio"), told.get("workers")
    if executor not in ("asyncio", "ray"):
        raise UsageError(f"there is no executor {executor!r}", where="executor", do="asyncio or ray")
    if "workers" in told and (isinstance(workers, bool) or not isinstance(workers, int) or workers < 1):
        raise UsageError(f"{workers!r} is no number of workers", where="workers", do="give a number from 1")
    if executor == "asyncio":
        if workers is not None:
            do = 'add executor="ray", or leave workers out'
            raise UsageError("only Ray has workers", where="workers", do=do)
        return nullcontext(ask_and_score)
    from evaluations.planning.remote import RemoteCrew  # noqa: PLC0415, late: for clusters only
    from evaluations.running.ray_executor import RayExecutor  # noqa: PLC0415

    return RayExecutor(RemoteCrew.of_wanted(what, cache_folder), workers=workers)


def _names(option: str, given: object) -> tuple[str, ...]:
    """A list of names; a text alone would be taken for a list of letters."""
    names = tuple(given) if isinstance(given, (list, tuple, set, frozenset)) else ()
    if not names or not all(isinstance(name, str) and name for name in names):
        raise UsageError(f"{given!r} is no list of names", where=option, do="give one name at least, each a text")
    return names
