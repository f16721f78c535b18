"""Bad files of every format: each gets one clear error with the place and what to do, before the first request."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import pytest

from evaluations.data.formats import LONGEST, Format
from evaluations.data.formats.csv_rows import CsvRows
from evaluations.data.formats.json_lines import JsonLines
from evaluations.data.formats.json_list import JsonList
from evaluations.data.specs import CsvSpec
from evaluations.errors import DatasetError
from tests.evaluations.data.conftest import Save, as_format, read, refused


def csv_rows(file: BinaryIO, name: str) -> Format:
    """The usual dialect."""
    return CsvRows(file, name, CsvSpec())


ROW = b'{"input": "q"}'
HEAD = b"id,input,reference\n"

CASES = [
    # Encodings.
    ("bom.jsonl", b"\xef\xbb\xbf" + ROW, "byte order mark", "line 1"),
    ("bom.json", b"\xef\xbb\xbf[" + ROW + b"]", "byte order mark", "line 1"),
    ("bom.csv", b"\xef\xbb\xbf" + HEAD, "byte order mark", "line 1"),
    ("utf16.jsonl", ROW.decode().encode("utf-16"), "byte order mark", "line 1"),
    ("utf16.json", b"[{}]".decode().encode("utf-16"), "byte order mark", "line 1"),
    ("utf16.csv", HEAD.decode().encode("utf-16"), "byte order mark", "line 1"),
    ("utf16le.jsonl", ROW.decode().encode("utf-16-le"), "NUL", "line 1"),
    ("utf16le.json", b"[{}]".decode().encode("utf-16-le"), "NUL", "line 1"),
    ("utf16le.csv", HEAD.decode().encode("utf-16-le"), "NUL", "line 1"),
    ("nul.jsonl", ROW + b"\n" + ROW + b"\0\n", "NUL", "line 2"),
    ("nul.json", b"[\n\0", "NUL", "line 2"),
    ("nul.csv", HEAD + b"1,q,\0\n", "NUL", "line 2"),
    ("latin1.jsonl", ROW + b"\n" + '{"input": "é"}'.encode("latin-1"), "not UTF-8", "line 2"),
    ("latin1.json", b'[\n{"input": "\xe9"}]', "what stands at column 12 is not UTF-8", "line 2"),
    ("latin1.csv", HEAD + b"1,\xe9,\n", "byte 3 of the line is not UTF-8", "line 2"),
    ("cut.jsonl", b'{"input": "\xc3', "not UTF-8", "line 1"),
    ("cut.json", b'[{"input": "\xc3', "not UTF-8", "line 1"),
    ("cut.csv", HEAD + b"1,\xc3", "not UTF-8", "line 2"),
    # Compressed files.
    ("data.jsonl.gz", gzip.compress(ROW), "the data set is compressed with gzip", ""),
    ("data.csv", bz2.compress(HEAD), "the data set is compressed with bzip2", ""),
    ("data.json.xz", lzma.compress(b"[]"), "the data set is compressed with xz", ""),
    ("data.jsonl.zst", b"\x28\xb5\x2f\xfd\x04\x00", "the data set is compressed with zstd", ""),
    ("data.zip", b"PK\x03\x04\x14\x00", "the data set is compressed with zip", ""),
    # Empty files.
    ("empty.jsonl", b"", "there is no datapoint in it", ""),
    ("empty.json", b"", "there is no datapoint in it", ""),
    ("empty.csv", b"", "there is no datapoint in it", ""),
    ("blank.jsonl", b"\n \n", "there is no datapoint in it", ""),
    ("blank.json", b" \n", "there is no datapoint in it", ""),
    ("blank.csv", b"\n\n", "there is no datapoint in it", ""),
    ("list.json", b"[ ]\n", "there is no datapoint in it", ""),
    ("header.csv", HEAD, "there is no datapoint in it", ""),
    # Broken records.
    ("broken.jsonl", ROW + b'\n{"input": }\n', "not JSON at column 11: Expecting value", "line 2"),
    ("broken.json", b"[\n" + ROW + b',\n{"input": }\n]', "item 2 is not JSON at column 11: Expecting value", "line 3"),
    ("twice.json", b'[\n{"input": "q",\n"input": "p"}]', "item 1 is not usable JSON: the key 'input'", "line 2"),
    ("deep.json", b"[" * 100_000, "item 1 is not usable JSON: nested too deeply", "line 1"),
    ("object.json", ROW + b"\n" + ROW, "does not begin with a list", "line 1"),
    ("open.json", b"[" + ROW + b"\n", "the file ends after item 1", "line 2"),
    ("half.json", b"[" + ROW + b',\n{"input": "q', "item 2 is not JSON at column 11: Unterminated string", "line 2"),
    ("comma.json", b"[" + ROW + b",]", "item 2 is not JSON at column 17", "line 1"),
    ("end.json", b"[" + ROW + b",", "the file ends before item 2", "line 1"),
    ("no_comma.json", b"[" + ROW + b"\n" + ROW + b"]", "there is '{' after item 1", "line 2"),
    ("after.json", b"[" + ROW + b"]\n[]", "there is '[' after the end of the list", "line 2"),
    ("number.json", b"[" + ROW + b",\n 5]", "there is a number, not a JSON object", "line 2 (item 2)"),
    ("few.csv", HEAD + b"1,q,r\n2,q\n", "the row has 2 cells, and the header names 3 columns", "line 3"),
    ("many.csv", HEAD + b'1,"q\nq",r\n2,q,r,\n', "the row has 4 cells", "line 4"),
    ("quote.csv", HEAD + b'1,"q,r\n2,q,r\n', "the row is not CSV: unexpected end of data", "line 2"),
    ("inner.csv", HEAD + b'1,"q"q,r\n', "the row is not CSV: ',' expected after '\"'", "line 2"),
    ("mac.csv", HEAD + b"1,q,r\r2,q,r\r", "the row is not CSV", "line 2"),
    ("names.csv", b"input,input\n", 'two columns are named "input"', "line 1"),
    ("unnamed.csv", b"input,\n", "a column has no name", "line 1"),
    ("none.csv", HEAD + b"1,,r\n", '"input" is empty', "line 2"),
    # Wrong columns, wrong types, ids that are there twice.
    ("missing.csv", b"question,answer\nq,r\n", '"input" is missing', "line 2"),
    ("missing.json", b'[{"question": "q"}]', '"input" is missing', "line 1 (item 1)"),
    ("near.csv", b"inputs\nq\n", '"input" is missing, "inputs" is there', "line 2"),
    ("semicolon.csv", b"input;reference\nq;r\n", '"input" is missing', "line 2"),
    ("type.json", b'[{"input": 5}]', '"input" is a number', "line 1 (item 1)"),
    ("id.jsonl", b'{"id": 2, "input": "q"}\n' + ROW, "the id is already that of line 1", "line 2"),
    ("id.json", b'[{"id": 2, "input": "q"},\n' + ROW + b"]", "already that of line 1 (item 1)", "line 2 (item 2)"),
    ("id.csv", HEAD + b'7,"q\nq",r\n7,q,r\n', "the id is already that of line 2", "line 4"),
]


@pytest.mark.parametrize(("name", "data", "what", "where"), CASES, ids=[case[0] for case in CASES])
def test_bad_bytes(save: Save, name: str, data: bytes, what: str, where: str) -> None:
    """What is wrong, the file, the line, and what to do."""
    said, place, _do = refused(save(name, data))
    assert what in said
    assert f"{name}, {where}" == place if where else name == place


PARQUET: list[tuple[str, bytes | dict[str, object], str, str]] = [
    ("empty", b"", "there is no datapoint in it", "empty.parquet"),
    ("text", b"id,input\n" * 10, "not readable as Parquet", "text.parquet"),
    ("missing", {"question": "q"}, '"input" is missing', "row 1"),
    ("type", {"input": 1.5}, '"input" is a number', "row 1"),
    ("nan", {"input": "q", "reference": float("nan")}, '"reference" is nan, which JSON does not have', "row 1"),
    ("bytes", {"input": b"q"}, '"input" holds bytes, which JSON does not have', "row 1"),
]


@pytest.mark.parametrize(("name", "data", "what", "where"), PARQUET, ids=[case[0] for case in PARQUET])
def test_bad_parquet(save: Save, name: str, data: bytes | dict[str, object], what: str, where: str) -> None:
    """Rows have numbers instead of lines."""
    pytest.importorskip("pyarrow")
    written = data if isinstance(data, bytes) else as_format("parquet", [data])
    said, place, _do = refused(save(f"{name}.parquet", written))
    assert what in said
    assert place.endswith(where)


@pytest.mark.parametrize("left", [0.2, 0.7, 0.99])
def test_truncated_parquet(save: Save, left: float) -> None:
    """The footer is missing, wherever it was cut."""
    data = as_format("parquet", [{"input": f"q{number}"} for number in range(50)])
    said, place, do = refused(save("d.parquet", data[: int(len(data) * left)]))
    assert (True, "d.parquet") == ("not readable as Parquet" in said, place)
    assert "cut short" in do


def test_damaged_parquet(save: Save) -> None:
    """Bytes in the middle that are not what they were: an error, never other datapoints without a word."""
    data = bytearray(as_format("parquet", [{"input": f"q{number}"} for number in range(50)]))
    data[4:200] = bytes(196)
    assert "not readable as Parquet" in refused(save("d.parquet", bytes(data)))[0]


def test_repeated_ids_in_parquet(save: Save) -> None:
    """They are named by their rows, also in different row groups."""
    rows = [{"id": f"{number % 120}", "input": "q"} for number in range(121)]
    assert ("the id is already that of row 1", "d.parquet, row 121") == refused(
        save("d.parquet", as_format("parquet", rows))
    )[:2]


def test_without_pyarrow_the_error_says_what_to_install(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    what, where, do = refused(save("d.parquet", b"PAR1"))
    assert ("d.parquet", 'pip install "model-evaluations[parquet]"') == (where, do)
    assert "not installed" in what


class Long(io.RawIOBase):
    """A gigabyte that begins like a good file and is one record, without the memory for it."""

    def __init__(self, start: bytes, filling: bytes) -> None:
        super().__init__()
        self._left = start
        self._filling = filling * (1 + (1 << 16) // len(filling))
        self.given = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Only the start is asked for, before anything is read."""
        assert (0, 0) == (self.given, whence)
        return offset

    def tell(self) -> int:
        return self.given

    def readinto(self, buffer: Any) -> int:
        """The start, and then the filling, again and again."""
        view = memoryview(buffer)
        self._left = self._left or self._filling
        data, self._left = self._left[: len(view)], self._left[len(view) :]
        view[: len(data)] = data
        self.given += len(data)
        return 0 if self.given > 1 << 30 else len(data)


LONG = [
    (JsonLines, b'{"input": "', b"x", "the line is longer than 32 MiB", "line 1"),
    (JsonLines, b'{"input": "q"}\n', b" ", "the line is longer than 32 MiB", "line 2"),
    (JsonList, b'[\n{"input": "', b"x", "item 1 is longer than 32 MiB", "line 2"),
    (JsonList, b'[{"input": "q"},\n{"input": "', b"x", "item 2 is longer than 32 MiB", "line 2"),
    (JsonList, b"[\n[", b'"' + b"x" * 997 + b'",', "item 1 is longer than 32 MiB", "line 2"),
    (csv_rows, HEAD + b'1,"', b"x", "the row is longer than 32 MiB", "line 2"),
    (csv_rows, HEAD + b'1,"', b"x" * 999 + b"\n", "the row is longer than 32 MiB", "line 2"),
    (csv_rows, b"", b"x", "the row is longer than 32 MiB", "line 1"),
]


@pytest.mark.parametrize(("format_", "start", "filling", "what", "where"), LONG)
def test_a_record_without_end_is_refused_before_it_is_in_memory(
    format_: Callable[[BinaryIO, str], Format], start: bytes, filling: bytes, what: str, where: str
) -> None:
    """A gigabyte in one line, item, cell or row of many lines: little more is read than the most that is allowed."""
    file = Long(start, filling)
    with pytest.raises(DatasetError) as caught:
        for _record in format_(io.BufferedReader(file), "d").records(hashlib.sha256()):
            pass
    assert (what, f"d, {where}") == (caught.value.what, caught.value.where)
    assert file.given < 2.1 * LONGEST


def test_cells_that_the_footer_shows_to_be_long_are_not_read(save: Save) -> None:
    """The file is named and no row: none was read."""
    data = as_format("parquet", [{"id": "1", "input": "x" * (33 << 20)}])
    assert ('"input" is longer than 32 MiB', "d.parquet") == refused(save("d.parquet", data))[:2]


def test_a_long_cell_in_parquet_is_refused(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrow has read it by then, but nothing more is made of it."""
    monkeypatch.setattr("evaluations.data.formats.parquet.LONGEST", 1000)
    rows = [{"input": "q"}, {"input": "q" * 1001}]
    assert ("row 2", '"input" is longer') == (
        refused(save("d.parquet", as_format("parquet", rows)))[1].removeprefix("d.parquet, "),
        refused(save("d.parquet", as_format("parquet", rows)))[0][:17],
    )


@pytest.mark.parametrize("format_", ["jsonl", "json", "csv"])
def test_a_long_record_that_is_allowed_is_read(save: Save, format_: str) -> None:
    """Much longer than any window, and than the cells that Python's csv allows by itself."""
    rows = [{"input": "é" * 300_000, "reference": str(number)} for number in range(3)]
    found = read(save(f"d.{format_}", as_format(format_, rows)))
    assert [(row["input"], row["reference"]) for row in rows] == [(point.input, point.reference) for point in found]
