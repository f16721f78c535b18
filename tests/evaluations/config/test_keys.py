"""Key paths: how they are written, and the lines they are found on."""

from __future__ import annotations

import pytest

from evaluations.config.keys import KeyPath, advise, dotted, line_of

TEXT = '''\
title = """
[functions.text] # no table: it is in a string
x = 1
"""

[functions.f]
type = "chat"
tools = [
  "one",
  "two", # a comment
]
nested.deep.key = 1

[functions.f.variants."v.1"]
model = "m"

[[models]]
name = "a"
[models.inner]
x = 1
[[models]]
name = "b"
inline = { x = { y = 1 } }
[models.inner]
x = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 1),
        (("functions",), 6),
        (("functions", "f", "type"), 7),
        (("functions", "f", "tools"), 8),
        (("functions", "f", "tools", 1), 8),
        (("functions", "f", "nested", "deep", "key"), 12),
        (("functions", "f", "variants"), 14),
        (("functions", "f", "variants", "v.1", "model"), 15),
        (("functions", "f", "variants", "v.1", "missing"), 14),
        (("functions", "g"), 6),
        (("models", 0, "name"), 18),
        (("models", 0, "inner", "x"), 20),
        (("models", 1, "name"), 22),
        (("models", 1, "inline", "x", "y"), 23),
        (("models", 1, "inner", "x"), 25),
        (("nowhere",), None),
        ((), None),
    ],
)
def test_a_key_is_found_on_its_line(path: KeyPath, line: int | None) -> None:
    """Also in a value of several lines, below a quoted key, and in arrays of tables; else its table's line counts."""
    assert line == line_of(TEXT, path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("functions", "f"), "functions.f"),
        (("functions", "gpt-4.1", "stop", 0), 'functions."gpt-4.1".stop[0]'),
        (('a"b\\',), '"a\\"b\\\\"'),
        (("", "x"), '"".x'),
    ],
)
def test_a_path_is_written_as_in_toml(path: KeyPath, text: str) -> None:
    """Quotes where they are needed."""
    assert text == dotted(path)


@pytest.mark.parametrize(
    ("name", "known", "advice"),
    [
        ("temprature", ["temperature", "top_p"], 'write "temperature", if that is what is meant'),
        ("Type", ["type"], 'write "type", if that is what is meant'),
        ("zzz", ["type", "model"], "known here: type, model"),
        ("zzz", [], "nothing"),
    ],
)
def test_the_nearest_name_is_advised(name: str, known: list[str], advice: str) -> None:
    """Or all of them, where none is near."""
    assert advice == advise(name, known, otherwise="nothing")
