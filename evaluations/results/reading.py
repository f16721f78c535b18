"""Reads a run's folder back: manifest, summary and, one at a time, results. A run that was killed can be read too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path

from msgspec import Struct

from evaluations.errors import UsageError
from evaluations.model import Json
from evaluations.results.folder import MANIFEST, RESULTS, SUMMARY
from evaluations.results.sound import Kind, decode, flaw, read_object
from evaluations.version import SCHEMA

Line = Mapping[str, Json]
"""A line of results.jsonl; docs/evaluations/results.md has its fields."""

_MEND_FILE = "bring the file back as the run left it, or run it again into another folder"
_MEND_LINE = "take the line out, so that --resume asks its question again, or run it again into another folder"


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
        path = self.path / RESULTS
        try:
            with path.open("rb") as file:
                for number, text in enumerate(file, 1):
                    if text.endswith(b"\n"):
                        yield self._checked(text, f"{path}, line {number}")
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unreadable(path, error) from None

    def _checked(self, text: bytes, where: str) -> Line:
        what = "not a line of results"
        line = decode(text, what, where, _MEND_LINE)
        wrong = flaw(line, "result") if isinstance(line, dict) else "no JSON object"
        if wrong is None and line["variant"] not in self.manifest["variants"]:
            wrong = f"the run has no variant {line['variant']!r}"
        if wrong is not None:
            raise UsageError(f"{what}: {wrong}", where=where, do=_MEND_LINE)
        return line  # type: ignore[no-any-return]


def read_run(folder: Path) -> Run:
    """What is there of a run. Raises UsageError where the folder is not one, or was written by a later version."""
    manifest, summary = _read(folder / MANIFEST), _read(folder / SUMMARY)
    if manifest is None:
        what = f"no run's folder: there is no {MANIFEST} in it"
        raise UsageError(what, where=str(folder), do="give a folder that `evaluations run --output` wrote")
    if manifest.get("type") != "manifest" or manifest.get("schema") != SCHEMA:
        what = f"the folder has schema {manifest.get('schema')!r}, and this version reads {SCHEMA}"
        raise UsageError(what, where=str(folder / MANIFEST), do="use the version of evaluations that wrote it")
    _refuse_unsound(folder / MANIFEST, manifest, "manifest")
    if summary is not None:
        _refuse_unsound(folder / SUMMARY, summary, "summary")
        if summary["variants"].keys() != manifest["variants"].keys():
            what = f"the variants are not those of {MANIFEST}"
            raise UsageError(what, where=str(folder / SUMMARY), do=_MEND_FILE)
    return Run(folder, manifest, summary)


def _read(path: Path) -> dict[str, Json] | None:
    try:
        return read_object(path, _MEND_FILE)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from None


def _refuse_unsound(path: Path, fields: Mapping[str, Json], kind: Kind) -> None:
    wrong = flaw(fields, kind)
    if wrong is not None:
        raise UsageError(f"not the {kind} of a run: {wrong}", where=str(path), do=_MEND_FILE)


def _unreadable(path: Path, error: OSError) -> UsageError:
    do = "give a folder that `evaluations run --output` wrote, and that can be read"
    return UsageError(f"the results can't be read: {error.strerror}", where=str(path), do=do)


def _scale(fields: Mapping[str, Json]) -> Scale:
    lowest, highest = fields["lowest"], fields["highest"]
    return Scale(
        float("-inf") if lowest is None else lowest,
        float("inf") if highest is None else highest,
        fields["boolean"],
        fields["smaller_is_better"],
    )
