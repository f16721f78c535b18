"""manifest.json: what a run is made of, so that it can be repeated, gone on with, and told from another run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from math import isfinite
from pathlib import Path, PurePath
from types import MappingProxyType

from msgspec import Struct

from evaluations.evaluators import Evaluator, Identified
from evaluations.git import git
from evaluations.model import Json
from evaluations.targets.sources import UNKNOWN, is_unknown, module_sha256
from evaluations.version import SCHEMA

VARYING = ("started", "resumed", "git", "requirements", "configuration")
"""What may differ between a run and the one that goes on with it.

What of the configuration decides answers and scores stands in variants, evaluators and data set: it is compared there.
"""

_LONGEST = 200
"""Characters of a value in a message."""


class Source(Struct, frozen=True):
    """A file that a run was made from."""

    name: str
    """Its folder is left out, since that differs from machine to machine."""
    sha256: str
    """Of its bytes; hexadecimal."""

    def to_json(self) -> dict[str, Json]:
        """The file's name without folders, and its digest."""
        return {"name": PurePath(self.name).name, "sha256": self.sha256}


def dataset_json(
    source: Source, count: int, datapoints_sha256: str | None, selection: Mapping[str, Json]
) -> dict[str, Json]:
    """The data set as manifest and summary have it."""
    return {
        **source.to_json(),
        "count": count,
        "datapoints_sha256": datapoints_sha256,
        "selection": dict(selection),
    }


class Manifest(Struct, frozen=True):
    """What a run is made of."""

    version: str
    """Of the package."""
    dataset: Source
    count: int
    """Datapoints that are to be asked, after sampling and filters."""
    variants: Mapping[str, Mapping[str, Json]]
    """The identity of each variant's target."""
    evaluators: Sequence[Evaluator]
    configuration: Source | None = None
    datapoints_sha256: str | None = None
    """Of these datapoints, in their order."""
    selection: Mapping[str, Json] = MappingProxyType({})
    """How they were chosen."""
    requirements: Mapping[str, Json] = MappingProxyType({})
    """Cutoffs, limits and budgets: what is made of the results, which does not change them."""
    seed: int | None = None
    """Of the random order of a sequential gate."""
    repeats: int = 1
    gate: str = "mean"

    def to_json(self) -> dict[str, Json]:
        """The manifest without what varies: times, and the commit of the working folder."""
        return {
            "type": "manifest",
            "schema": SCHEMA,
            "version": self.version,
            "configuration": None if self.configuration is None else self.configuration.to_json(),
            "dataset": dataset_json(self.dataset, self.count, self.datapoints_sha256, self.selection),
            "variants": {name: dict(identity) for name, identity in self.variants.items()},
            "evaluators": [_evaluator(each) for each in self.evaluators],
            "seed": self.seed,
            "repeats": self.repeats,
            "gate": self.gate,
            "requirements": dict(self.requirements),
        }

    def started(self) -> dict[str, Json]:
        """The manifest of a run that starts now, in this working folder."""
        return {**self.to_json(), "git": git_state(Path.cwd()), "started": now(), "resumed": []}


def differences(earlier: Mapping[str, Json], manifest: Manifest) -> Iterator[str]:
    """One by one, in words: what a run would have to have in common with an earlier one to go on with it."""
    now_and_then = (earlier, json.loads(json.dumps(manifest.to_json())))
    there, here = (
        _leaves({name: value for name, value in fields.items() if name not in VARYING}) for fields in now_and_then
    )
    for path in dict.fromkeys((*there, *here)):
        if is_unknown(path, there.get(path), here.get(path)):
            continue
        if path not in here or path not in there or there[path] != here[path]:
            yield f"{path} was {_shown(there, path)} and is now {_shown(here, path)}"


def git_state(folder: Path) -> dict[str, Json] | None:
    """The commit of the working folder, and whether a tracked file differs from it; None where there is none."""
    with suppress(OSError, subprocess.SubprocessError):
        commit = git(folder, "rev-parse", "HEAD").strip()
        changed = git(folder, "status", "--porcelain", "--untracked-files=no").strip()
        return {"commit": commit, "dirty": bool(changed)}
    return None


def now() -> str:
    """UTC, to the second (RFC 3339)."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _evaluator(evaluator: Evaluator) -> dict[str, Json]:
    lowest, highest = evaluator.lowest, evaluator.highest
    return {
        "name": evaluator.name,
        "lowest": lowest if isfinite(lowest) else None,
        "highest": highest if isfinite(highest) else None,
        "boolean": evaluator.boolean,
        "smaller_is_better": evaluator.smaller_is_better,
        "identity": _identity(evaluator),
    }


def _identity(evaluator: Evaluator) -> dict[str, Json]:
    """As it says itself; of a class that is not of this package, with its source."""
    kind = type(evaluator)
    identity = dict(evaluator.identity) if isinstance(evaluator, Identified) else {"settings": UNKNOWN}
    if not kind.__module__.startswith("evaluations."):
        identity |= {"class": f"{kind.__module__}:{kind.__qualname__}", "sha256": module_sha256(kind.__module__)}
    return identity


def _leaves(value: Json, path: str = "") -> dict[str, Json]:
    """Values by their key path. An empty object or array is a value too."""
    if isinstance(value, dict) and value:
        inner = ((f"{path}.{name}" if path else name, each) for name, each in value.items())
    elif isinstance(value, list) and value:
        inner = ((f"{path}[{place}]", each) for place, each in enumerate(value))
    else:
        return {path: value}
    return {name: leaf for each_path, each in inner for name, leaf in _leaves(each, each_path).items()}


def _shown(leaves: Mapping[str, Json], path: str) -> str:
    if path not in leaves:
        return "not there"
    text = json.dumps(leaves[path])
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
