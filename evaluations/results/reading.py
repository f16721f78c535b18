"""Reads a run's folder back: manifest, summary and, one at a time, results. A run that was killed can be read too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path

from msgspec import Struct

from evaluations.errors import UsageError
from evaluations.model import Json
from evaluations.results.folder import MANIFEST, RESULTS, SUMMARY
from evaluations.version import SCHEMA

Line = Mapping[str, Json]
"""A line of results.jsonl; docs/evaluations/results.md has its fields."""


class Scale(Struct, frozen=True):
    """What an evaluator's scores mean."""

    lowest: float
    highest: float
    boolean: bool
    smaller_is_better: bool

    @property
    def ends(self) -> bool:
        """Whether there is a best and a worst score."""
        return isfinite(self.lowest) and isfinite(self.highest)

    def goodness(self, score: float) -> float:
        """From 0, the worst, to 1, the best; on a scale without ends the score, or its negative, as it is."""
        if not self.ends:
            return -score if self.smaller_is_better else score
        unit = (score - self.lowest) / (self.highest - self.lowest)
        return 1 - unit if self.smaller_is_better else unit


class Run(Struct, frozen=True):
    """A run's folder."""

    path: Path
    manifest: Mapping[str, Json]
    summary: Mapping[str, Json] | None
    """None where the run has not ended."""

    @property
    def variants(self) -> tuple[str, ...]:
        """In the order of the configuration."""
        return tuple(self.manifest["variants"])

    @property
    def repeats(self) -> int:
        """How many times each datapoint was to be asked."""
        return int(self.manifest["repeats"])

    @property
    def scales(self) -> dict[str, Scale]:
        """By evaluator, in the order of the configuration."""
        return {each["name"]: _scale(each) for each in self.manifest["evaluators"]}

    def lines(self) -> Iterator[Line]:
        """The results in the order in which they came; all but one that is being written. Raises UsageError."""
        path, number = self.path / RESULTS, 1
        try:
            with path.open("rb") as file:
                for number, text in enumerate(file, 1):  # noqa: B007 - for the message
                    if text.endswith(b"\n"):
                        yield _checked(json.loads(text))
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unreadable(path, error) from None
        except (ValueError, LookupError, TypeError):
            where = f"{path}, line {number}"
            raise UsageError("not a line of results", where=where, do="run it again into another folder") from None


def read_run(folder: Path) -> Run:
    """What is there of a run. Raises UsageError where the folder is not one, or was written by a later version."""
    manifest = _read(folder / MANIFEST)
    if manifest is None:
        what = f"no run's folder: there is no {MANIFEST} in it"
        raise UsageError(what, where=str(folder), do="give a folder that `evaluations run --output` wrote")
    if manifest.get("type") != "manifest" or manifest.get("schema") != SCHEMA:
        what = f"the folder has schema {manifest.get('schema')!r}, and this version reads {SCHEMA}"
        raise UsageError(what, where=str(folder / MANIFEST), do="use the version of evaluations that wrote it")
    return Run(folder, manifest, _read(folder / SUMMARY))


def _read(path: Path) -> dict[str, Json] | None:
    try:
        fields = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from None
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise UsageError("not a JSON object", where=str(path), do="run it again into another folder")
    return fields


def _unreadable(path: Path, error: OSError) -> UsageError:
    do = "give a folder that `evaluations run --output` wrote, and that can be read"
    return UsageError(f"the results can't be read: {error.strerror}", where=str(path), do=do)


def _checked(line: Json) -> Line:
    """Only what every reader relies on: the rest is looked at where it is used."""
    if not (isinstance(line["scores"], dict) and isinstance(line["errors"], dict)):
        raise TypeError
    if not {"id", "index", "variant", "repeat"} <= line.keys():
        raise LookupError
    return line  # type: ignore[no-any-return]


def _scale(fields: Mapping[str, Json]) -> Scale:
    lowest, highest = fields["lowest"], fields["highest"]
    return Scale(
        float("-inf") if lowest is None else lowest,
        float("inf") if highest is None else highest,
        fields["boolean"],
        fields["smaller_is_better"],
    )
