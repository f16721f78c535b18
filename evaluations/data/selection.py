"""Which datapoints of a data set are taken: by tag, then a slice, then a sample by chance."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from hashlib import blake2b

from evaluations.data.specs import BOUNDS, DatasetSpec
from evaluations.errors import UsageError
from evaluations.model import Datapoint

_BUCKETS = 16
"""Bits of a key that the sample is counted by."""


class Selection:
    """Decides for each datapoint, in the data set's order; one of these for each time that the data set is read."""

    def __init__(self, spec: DatasetSpec, bound: int | None) -> None:
        """`bound` is what `sample_bound` gave, None where there is no sample."""
        self._include = frozenset(spec.tags.include)
        self._exclude = frozenset(spec.tags.exclude)
        self._start, self._stop = _bounds(spec.slice)
        self.seen = 0
        """How many datapoints it was asked about."""
        self._index = -1
        self._seed = spec.seed
        self._bound = bound

    def takes(self, datapoint: Datapoint) -> bool:
        """Whether it is taken."""
        return self.considers(datapoint) and (
            self._bound is None or sample_key(datapoint.id, self._seed) <= self._bound
        )

    def considers(self, datapoint: Datapoint) -> bool:
        """Whether tags and slice take it, so that a sample may."""
        self.seen += 1
        if self._include and self._include.isdisjoint(datapoint.tags):
            return False
        if self._exclude and not self._exclude.isdisjoint(datapoint.tags):
            return False
        self._index += 1
        return self._index >= self._start and (self._stop is None or self._index < self._stop)


def _bounds(part: str | None) -> tuple[int, int | None]:
    """Start and stop of a slice. Raises UsageError."""
    found = re.fullmatch(BOUNDS, ":" if part is None else part)
    if found is None:
        raise UsageError(f"{part!r} is no slice", where="slice", do="give START:STOP, counted from 0, such as 0:100")
    start, _colon, stop = found[0].partition(":")
    return int(start or 0), int(stop) if stop else None


def sample_bound(ids: Iterable[str], size: int, seed: int) -> int | None:
    """The sample is the ids whose keys are the `size` smallest; this is the largest of them, None where all are taken.

    A key depends on the id and the seed alone, so the order of the file does not matter, and a data set that grows
    keeps most of its sample. 8 bytes for each id are in memory.
    """
    keys = array("Q", (sample_key(identity, seed) for identity in ids))
    if len(keys) <= size:
        return None
    shift = 64 - _BUCKETS
    counts = [0] * (1 << _BUCKETS)
    for key in keys:
        counts[key >> shift] += 1
    bucket = before = 0
    while before + counts[bucket] < size:
        before += counts[bucket]
        bucket += 1
    return sorted(key for key in keys if key >> shift == bucket)[size - before - 1]


def sample_key(identity: str, seed: int) -> int:
    """64 bits that look like chance, the same everywhere."""
    data = f"{seed}:{identity}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big")
