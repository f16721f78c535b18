"""A JSON Lines data set as a stream that can be read twice: once to check all of it, once to run it."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from evaluations.datapoints import parse_line
from evaluations.duplicates import Duplicates
from evaluations.errors import ChangedDatasetError, DatasetError
from evaluations.evaluators import Evaluator
from evaluations.model import Datapoint

LONGEST_LINE = 32 << 20
"""Bytes. A longer line is refused before it is in memory."""
_IN_MEMORY = 8 << 20
"""Bytes of a pipe that are kept without a temporary file."""


@dataclass(frozen=True)
class Contents:
    """What a checked data set holds."""

    count: int
    sha256: str
    """Of the bytes as they were checked; hexadecimal."""
    grouped: bool = False
    """Whether a datapoint has a group."""


class Dataset:
    """A data set in an open file. Iterating reads it from the start; one iteration at a time."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._start = file.tell()
        self.name = name

    def __iter__(self) -> Iterator[Datapoint]:
        """The datapoints in order. Raises DatasetError at the first wrong line."""
        return (datapoint for _number, datapoint in self._read(hashlib.sha256()))

    def check(self, evaluators: Sequence[Evaluator]) -> Contents:
        """Read all of it once: every line, every id, and what each evaluator needs. Raises DatasetError."""
        digest, count, grouped = hashlib.sha256(), 0, False
        with _reading(self.name), closing(Duplicates()) as ids:
            for number, datapoint in self._read(digest):
                count += 1
                grouped = grouped or datapoint.group is not None
                ids.add(datapoint.id, number)
                for complaint in filter(None, (evaluator.check(datapoint) for evaluator in evaluators)):
                    raise DatasetError(complaint.what, where=f"{self.name}, line {number}", do=complaint.do)
            repeat = ids.first()
        if repeat is not None:
            raise DatasetError(
                f"the id is already that of line {repeat[0]}",
                where=f"{self.name}, line {repeat[1]}",
                do="make it unique, or leave ids out: the line number takes their place",
            )
        return Contents(count, digest.hexdigest(), grouped)

    def checked(self, contents: Contents) -> Iterator[Datapoint]:
        """The datapoints once more, after `check`. Raises ChangedDatasetError where they are not the same."""
        digest = hashlib.sha256()
        try:
            for _number, datapoint in self._read(digest):
                yield datapoint
            changed = digest.hexdigest() != contents.sha256
        except DatasetError:
            changed = True
        if changed:
            raise self.changed()

    def changed(self) -> ChangedDatasetError:
        """The error for a data set that is not what it was when it was checked."""
        return ChangedDatasetError("the data set was changed during the run", where=self.name, do="run it on a copy")

    def line_at(self, place: int) -> bytes:
        """The line that begins at that byte of the file."""
        self._file.seek(place)
        return self._file.readline(LONGEST_LINE + 1)

    def lines(self) -> Iterator[tuple[int, int, bytes]]:
        """Each line's number from 1, its place in the file, and its bytes. Raises DatasetError for one too long."""
        place = self._file.seek(self._start)
        number = 0
        while line := self._file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise DatasetError(
                    f"the line is longer than {LONGEST_LINE >> 20} MiB",
                    where=f"{self.name}, line {number}",
                    do="put one JSON object on each line, with a line break after each",
                )
            yield number, place, line
            place += len(line)

    def _read(self, digest: hashlib._Hash) -> Iterator[tuple[int, Datapoint]]:
        for number, _place, line in self.lines():
            digest.update(line)
            datapoint = parse_line(line, number, self.name)
            if datapoint is not None:
                yield number, datapoint


@contextmanager
def open_dataset(source: str) -> Iterator[Dataset]:
    """Open a file, or standard input for `-`; what can't be read twice is first copied to a temporary file."""
    name = "standard input" if source == "-" else source
    with ExitStack() as stack:
        with _reading(name):
            opened = open(0, "rb", closefd=False) if source == "-" else Path(source).open("rb")  # noqa: SIM115
            file: BinaryIO = stack.enter_context(opened)
            if not file.seekable():
                spool = stack.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))
                shutil.copyfileobj(file, spool)
                spool.seek(0)
                file = cast("BinaryIO", spool)
            dataset = Dataset(file, name)
        yield dataset


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DatasetError(
            f"the data set can't be read: {error.strerror}",
            where=str(error.filename or name),
            do="give a readable JSON Lines file, or - for standard input; a pipe needs room in the temporary folder",
        ) from None
