"""The same datapoints from every format."""

from __future__ import annotations

import json
import tracemalloc
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evaluations.data.dataset import open_dataset
from evaluations.data.shuffle import shuffled
from evaluations.errors import DatasetError
from evaluations.model import Datapoint, Json
from tests.evaluations.data.conftest import FORMATS, Save, as_format, contents_of, read, refused

MESSAGES = [{"role": "user", "content": "q\n\"quoted\", 'and' é \U0001f600"}]
ROWS: list[dict[str, Json]] = [
    {"id": "a", "input": "first\nline", "reference": "r", "group": "g", "tags": "x,y"},
    {"id": "b", "input": 'a "quote", a comma', "reference": "\u2028", "group": "g", "tags": "y"},
    {"id": "c", "input": "x" * 5000, "reference": "0", "group": "h", "tags": "z"},
]


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_datapoints_from_every_format(save: Save, format_: str) -> None:
    """And the same sum over them, also where the files differ."""
    path = save(f"d.{format_}", as_format(format_, ROWS))
    expected = [
        Datapoint("a", "first\nline", "r", "g", ("x", "y")),
        Datapoint("b", 'a "quote", a comma', "\u2028", "g", ("y",)),
        Datapoint("c", "x" * 5000, "0", "h", ("z",)),
    ]
    assert expected == read(path)
    contents = contents_of(path)
    lines = contents_of(save("e.jsonl", as_format("jsonl", ROWS)))
    assert (True, 3, lines.datapoints_sha256) == (contents.grouped, contents.count, contents.datapoints_sha256)


@pytest.mark.parametrize("format_", FORMATS)
def test_json_in_columns(save: Save, format_: str) -> None:
    """A mapping says which columns are JSON in a text; where a format has values of its own, they are taken."""
    rows: list[dict[str, Json]] = [{"m": MESSAGES, "r": {"a": [1, 2.5, True]}, "t": {"k": "v"}, "d": {"e": {"f": "x"}}}]
    columns = {
        "input": {"column": "m", "json": True},
        "reference": {"column": "r", "json": True},
        "tags": {"column": "t", "json": True},
        "metadata": {"column": "d", "json": True},
    }
    if format_ == "parquet":
        rows = [{"m": json.dumps(MESSAGES), "r": '{"a": [1, 2.5, true]}', "t": {"k": "v"}, "d": {"e": {"f": "x"}}}]
    path = save(f"d.{format_}", as_format(format_, rows))
    number = "2" if format_ == "csv" else "1"
    expected = Datapoint(number, MESSAGES, {"a": [1, 2.5, True]}, None, ("k=v",), {"e": {"f": "x"}})
    assert [expected] == read(path, columns=columns)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_shuffled_order_is_the_same_from_every_format(save: Save, format_: str, seed: int) -> None:
    """It depends on the seed alone."""
    rows = [{"id": f"{number}", "input": f"q{number}"} for number in range(40)]
    orders = []
    for each in ("jsonl", format_):
        with open_dataset(str(save(f"d.{each}", as_format(each, rows)))) as dataset:
            orders.append([point.id for point in shuffled(dataset, dataset.check(), seed)])
    assert orders[0] == orders[1]
    assert sorted(row["id"] for row in rows) == sorted(orders[0])
    assert [row["id"] for row in rows] != orders[0]


@pytest.mark.parametrize("format_", FORMATS)
def test_memory_does_not_grow_with_the_data_set(tmp_path: Path, format_: str) -> None:
    """Eight times as many datapoints take no more than a few hundred kilobytes above what an eighth takes."""
    peaks = []
    for count in (400, 3200):
        path = tmp_path / f"{count}.{format_}"
        path.write_bytes(as_format(format_, [{"id": f"id{n}", "input": f"q{n} " * 300} for n in range(count)]))
        with open_dataset(str(path)) as dataset:
            dataset.check()
            tracemalloc.start()
            try:
                for _datapoint in dataset:
                    pass
                peaks.append(tracemalloc.get_traced_memory()[1])
            finally:
                tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000


@pytest.mark.parametrize(
    ("name", "format_", "expected"),
    [
        ("d.ndjson", None, "q"),
        ("d.txt", None, "q"),
        ("d", None, "q"),
        ("d.JSONL", None, "q"),
        ("d.json", "jsonl", "q"),
    ],
)
def test_the_ending_says_the_format(save: Save, name: str, format_: str | None, expected: str) -> None:
    """Unless the spec does; JSON Lines is what is left."""
    assert [expected] == [point.input for point in read(save(name, b'{"input": "q"}'), format=format_)]


def test_a_window_ends_anywhere(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    """A JSON list is read right however its bytes fall into windows: inside words, numbers, escapes and characters."""
    rows = [{"input": 'é\U0001f600\\"\n', "metadata": {"a": [True, None, -1.5e-10, 123456], "b": "\\u00e9"}}] * 5
    data = json.dumps(rows, ensure_ascii=False, indent=1).encode() + b" \n"
    whole = contents_of(save("d.json", data))
    for chunk in (1, 2, 3, 7, 40):
        monkeypatch.setattr("evaluations.data.formats.json_list._CHUNK", chunk)
        assert whole == contents_of(save("d.json", data))


def test_lines_of_items_are_right_through_many_windows(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line of a wrong item is counted from the file's start."""
    monkeypatch.setattr("evaluations.data.formats.json_list._CHUNK", 10)
    rows: list[dict[str, Json]] = [{"input": "q"}] * 20
    data = json.dumps([*rows, {"input": 5}], indent=2).encode()
    assert refused(save("d.json", data))[1] == "d.json, line 62 (item 21)"


@pytest.mark.parametrize(
    ("name", "data", "dialect"),
    [
        ("d.csv", b"id;input\n1;'a;b'\n", {"delimiter": ";", "quote": "'"}),
        ("d.tsv", b'id\tinput\n1\t"a;b"\n', {}),
        ("d.csv", b'id,input\n1,"a\\";b"\n', {"escape": "\\"}),
        ("d.csv", b'id,input\r\n\r\n1,"a;b"\r\n', {}),
    ],
)
def test_dialects(save: Save, name: str, data: bytes, dialect: dict[str, Any]) -> None:
    """Delimiter, quote and escape; a tab is what .tsv files have. Empty lines are left out."""
    expected = 'a";b' if dialect.get("escape") else "a;b"
    assert [Datapoint("1", expected)] == read(save(name, data), csv=dialect)


def test_rows_without_an_id_are_called_by_their_first_line(save: Save) -> None:
    """Also after cells with line breaks. An empty cell is no value."""
    data = b'input,reference\n"a\nb\nc",\nd,r\n'
    assert [Datapoint("2", "a\nb\nc"), Datapoint("5", "d", "r")] == read(save("d.csv", data))


def test_parquet_values_become_json(save: Save) -> None:
    """Times, decimals, structs with null fields, lists and maps."""
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table(
        {
            "input": pyarrow.array([[{"role": "user", "content": "q"}, {"role": "user", "content": "p", "name": "n"}]]),
            "reference": [Decimal("1.50")],
            "tags": pyarrow.array([[("k", "v")]], pyarrow.map_(pyarrow.string(), pyarrow.string())),
            "metadata": [{"day": date(2026, 1, 2), "at": datetime(2026, 1, 2, 3, tzinfo=timezone.utc), "n": 1}],
        }
    )
    path = save("d.parquet", b"")
    parquet.write_table(table, path)
    given = [{"role": "user", "content": "q"}, {"role": "user", "content": "p", "name": "n"}]
    metadata = {"day": "2026-01-02", "at": "2026-01-02T03:00:00+00:00", "n": 1}
    assert [Datapoint("1", given, "1.50", None, ("k=v",), metadata)] == read(path)


def test_times_in_nanoseconds_become_texts(save: Save) -> None:
    """Python's own times have microseconds; what no mapping names must not end a run."""
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    moments = pyarrow.array([1_700_000_000_123_456_789, None], pyarrow.timestamp("ns"))
    times = pyarrow.array([5, 6], pyarrow.time64("ns"))
    path = save("d.parquet", b"")
    parquet.write_table(pyarrow.table({"input": ["q", "r"], "at": moments, "metadata": moments, "t": times}), path)
    with pytest.raises(DatasetError) as caught:
        read(path)
    assert '"metadata" is a string' in caught.value.what
    parquet.write_table(pyarrow.table({"input": moments.slice(0, 1), "t": times.slice(0, 1)}), path)
    assert [Datapoint("1", "2023-11-14T22:13:20.123456789")] == read(path)


def test_times_that_python_has_not_are_one_clear_error(save: Save) -> None:
    """The year 33658."""
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = save("d.parquet", b"")
    parquet.write_table(pyarrow.table({"input": ["q"], "at": pyarrow.array([10**18], pyarrow.timestamp("us"))}), path)
    with pytest.raises(DatasetError) as caught:
        read(path)
    assert "not readable as Parquet" in caught.value.what
