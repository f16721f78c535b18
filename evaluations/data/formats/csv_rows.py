"""CSV with a header (RFC 4180), in the dialect that the spec gives. A cell is a text; an empty one is no value."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from evaluations.data.formats import LONGEST, Record
from evaluations.data.specs import CsvSpec
from evaluations.data.utf8 import decode
from evaluations.errors import DatasetError

QUOTES = "put cells with a delimiter, a quote or a line break in quotes, and double the quotes inside"


class CsvRows:
    """A file of rows. The first one names the columns."""

    def __init__(self, file: BinaryIO, name: str, dialect: CsvSpec) -> None:
        self._file = file
        self._name = name
        self._start = file.tell()
        self._delimiter = dialect.delimiter or ("\t" if name.lower().endswith(".tsv") else ",")
        self._quote = dialect.quote
        self._escape = dialect.escape
        self._held = 0
        self._first = 1

    def records(self, digest: hashlib._Hash) -> Iterator[Record]:
        rows = self._rows(digest)
        header = next(rows, None)
        if header is None:
            return
        line, names = header
        self._check(names, line)
        for line, cells in rows:
            if len(cells) != len(names):
                raise DatasetError(
                    f"the row has {len(cells)} cells, and the header names {len(names)} columns",
                    where=self.where(line, line),
                    do=QUOTES,
                )
            yield line, line, {name: cell or None for name, cell in zip(names, cells, strict=True)}

    def where(self, number: int, line: int) -> str:
        del number
        return f"{self._name}, line {line}"

    def _rows(self, digest: hashlib._Hash) -> Iterator[tuple[int, list[str]]]:
        """Each row that is not empty, with its first line."""
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST))  # of the whole process; `_lines` has its own
        reader = csv.reader(
            self._lines(digest),
            strict=True,
            delimiter=self._delimiter,
            quotechar=self._quote,
            doublequote=self._escape is None,
            escapechar=self._escape,
        )
        while True:
            self._held, self._first = 0, reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise DatasetError(
                    f"the row is not CSV: {error}", where=self.where(0, self._first), do=QUOTES
                ) from None
            if cells:
                yield self._first, cells

    def _lines(self, digest: hashlib._Hash) -> Iterator[str]:
        self._file.seek(self._start)
        number = 0
        while line := self._file.readline(LONGEST + 1 - self._held):
            number += 1
            self._held += len(line)
            if self._held > LONGEST:
                raise DatasetError(
                    f"the row is longer than {LONGEST >> 20} MiB",
                    where=self.where(self._first, self._first),
                    do="close its quotes: a quote that is not closed makes one cell of all that follows",
                )
            digest.update(line)
            yield decode(line, self.where(number, number))

    def _check(self, names: list[str], line: int) -> None:
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated is not None or "" in names:
            what = "a column has no name" if "" in names else f'two columns are named "{repeated}"'
            raise DatasetError(what, where=self.where(line, line), do="the first row names each column, once")
