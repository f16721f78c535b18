"""A data set as a stream that can be read twice: once to check all of it, once to run it."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from msgspec import Struct

from evaluations.data import tensorzero
from evaluations.data.columns import Columns
from evaluations.data.compressed import refuse_compressed
from evaluations.data.duplicates import Duplicates
from evaluations.data.formats import Format
from evaluations.data.formats.choice import format_of
from evaluations.data.gateway import fetch
from evaluations.data.selection import Selection, sample_bound
from evaluations.data.specs import DatasetSpec
from evaluations.data.stored import canonical
from evaluations.errors import ChangedDatasetError, Complaint, DatasetError, EmptyDatasetError, UsageError
from evaluations.model import Datapoint, Json

Check = Callable[[Datapoint], Complaint | None]
"""What a datapoint lacks for a target or an evaluator."""
Placed = tuple[int, int, Datapoint]
"""A datapoint with its number and line."""


class Contents(Struct, frozen=True):
    """What a checked data set holds."""

    count: int
    """Datapoints that are taken."""
    sha256: str
    """Of the file's bytes as they were checked; hexadecimal."""
    datapoints_sha256: str
    """Of the datapoints that are taken, in their order: the same for the same datapoints in another format."""
    grouped: bool = False
    """Whether a datapoint has a group."""


class Dataset:
    """A data set in an open file. Iterating reads it from the start; one iteration at a time."""

    def __init__(self, file: Format, name: str, spec: DatasetSpec) -> None:
        self._file = file
        self._spec = spec
        self._tensorzero = spec.shape == "tensorzero" or spec.gateway is not None
        self._bound: int | None = None
        self.name = name
        """For messages: the file as it was given, `standard input`, or the gateway's data set."""

    @property
    def selection(self) -> dict[str, Json]:
        """Which datapoints are taken, in the words of the settings; `seed` is the sample's, null without one."""
        spec = self._spec
        return {
            "tags": {"include": sorted(spec.tags.include), "exclude": sorted(spec.tags.exclude)},
            "slice": spec.slice,
            "sample": spec.sample,
            "seed": None if spec.sample is None else spec.seed,
        }

    def __iter__(self) -> Iterator[Datapoint]:
        """The datapoints that are taken, in order. Raises DatasetError at the first wrong record."""
        if self._spec.sample is not None:
            self._bound = self._sample(self._read(hashlib.sha256()))
        return self._taken()

    def check(self, checks: Sequence[Check] = ()) -> Contents:
        """Read all of it, every record and id, and what evaluators and targets need of the datapoints that are taken.

        Raises DatasetError, also where no datapoint is taken.
        """
        digest, chosen, count, grouped = hashlib.sha256(), hashlib.sha256(), 0, False
        with _reading(self.name), closing(Duplicates()) as ids:
            every = self._read(digest, ids)
            if self._spec.sample is not None:
                self._bound = self._sample(every)
                every = self._read(hashlib.sha256())
            selection = Selection(self._spec, self._bound)
            for number, line, datapoint in every:
                if not selection.takes(datapoint):
                    continue
                count += 1
                grouped = grouped or datapoint.group is not None
                chosen.update(canonical(datapoint))
                for check in checks:
                    complaint = check(datapoint)
                    if complaint is not None:
                        raise DatasetError(complaint.what, where=self._file.where(number, line), do=complaint.do)
            repeat = ids.first()
            if repeat is not None:
                raise self._repeated(*repeat)
        if not count:
            raise self._nothing(has_any=selection.seen > 0)
        return Contents(count, digest.hexdigest(), chosen.hexdigest(), grouped)

    def checked(self, contents: Contents) -> Iterator[Datapoint]:
        """The datapoints once more, after `check`. Raises ChangedDatasetError where they are not the same."""
        chosen, left = hashlib.sha256(), contents.count
        try:
            for datapoint in self._taken():
                chosen.update(canonical(datapoint))
                left -= 1
                if left < 0:
                    break
                yield datapoint
        except DatasetError:
            raise self.changed() from None
        if chosen.hexdigest() != contents.datapoints_sha256:
            raise self.changed()

    def changed(self) -> ChangedDatasetError:
        """The error for a data set that is not what it was when it was checked."""
        return ChangedDatasetError("the data set was changed during the run", where=self.name, do="run it on a copy")

    def _taken(self) -> Iterator[Datapoint]:
        selection = Selection(self._spec, self._bound)
        return (each for _number, _line, each in self._read(hashlib.sha256()) if selection.takes(each))

    def _sample(self, every: Iterator[Placed]) -> int | None:
        size, selection = self._spec.sample or 0, Selection(self._spec, None)
        return sample_bound((each.id for _number, _line, each in every if selection.takes(each)), size, self._spec.seed)

    def _read(self, digest: hashlib._Hash, ids: Duplicates | None = None) -> Iterator[Placed]:
        """Every datapoint, taken or not."""
        columns = Columns(self._spec.columns)
        make = tensorzero.datapoint if self._tensorzero else columns.datapoint
        number = 0
        for number, line, record in self._file.records(digest):
            try:
                datapoint = make(record, number)
            except DatasetError as error:
                error.where = self._file.where(number, line)
                raise
            if ids is not None:
                ids.add(datapoint.id, number)
            yield number, line, datapoint
        if number and not self._tensorzero:
            try:
                columns.finish()
            except DatasetError as error:
                error.where = self.name
                raise

    def _repeated(self, first: int, again: int) -> DatasetError:
        """The numbers are known; the lines are where the file has them."""
        numbers = {first, again}
        lines = {number: line for number, line, _record in self._file.records(hashlib.sha256()) if number in numbers}
        earlier = self._file.where(first, lines[first]).removeprefix(f"{self.name}, ")
        return DatasetError(
            f"the id is already that of {earlier}",
            where=self._file.where(again, lines[again]),
            do="make it unique, or leave ids out: numbers take their place",
        )

    def _nothing(self, *, has_any: bool) -> DatasetError:
        if has_any:
            return DatasetError(
                "tags, slice and sample leave no datapoint", where=self.name, do="mend them, or leave them out"
            )
        return EmptyDatasetError(
            "there is no datapoint in it", where=self.name, do="give a data set with at least one datapoint"
        )


@contextmanager
def open_dataset(source: str | Path | DatasetSpec) -> Iterator[Dataset]:
    """Open a data set: a spec, a path, or `-` for standard input.

    What can't be read twice is first copied to a temporary file, and so is what a gateway holds. Raises DatasetError.
    """
    spec = DatasetSpec(path=str(source)) if isinstance(source, (str, Path)) else source
    if (spec.path is None) == (spec.gateway is None):
        raise UsageError("a data set is a file or in a gateway", where="path, gateway", do="give one of the two")
    with ExitStack() as stack:
        if spec.gateway is not None:
            name = f"{spec.gateway.url}, {spec.gateway.dataset_name}"
            with _reading(name):
                file = cast("BinaryIO", stack.enter_context(tempfile.TemporaryFile()))
                fetch(spec.gateway, file)
        else:
            name = "standard input" if spec.path == "-" else str(spec.path)
            with _reading(name):
                file = _open(str(spec.path), stack)
                refuse_compressed(file, name)
        yield Dataset(format_of(spec, file, name), name, spec)


def _open(path: str, stack: ExitStack) -> BinaryIO:
    opened = open(0, "rb", closefd=False) if path == "-" else Path(path).open("rb")  # noqa: SIM115
    file: BinaryIO = stack.enter_context(opened)
    if not file.seekable():
        spool = cast("BinaryIO", stack.enter_context(tempfile.TemporaryFile()))  # noqa: SIM115 - the stack closes it
        shutil.copyfileobj(file, spool)
        spool.seek(0)
        return spool
    return file


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DatasetError(
            f"the data set can't be read: {error.strerror}",
            where=str(error.filename or name),
            do="give a readable file, or - for standard input; a pipe needs room in the temporary folder",
        ) from None
