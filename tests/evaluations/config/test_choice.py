"""Which evaluation is meant, and what the command line changes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evaluations.config.choice import choose
from evaluations.config.errors import ConfigError
from evaluations.config.reading import ConfigFile, read

TEXT = """
[functions.f]
type = "chat"
[functions.f.variants.a]
type = "python"
function = "m:a"
[functions.f.variants.b]
type = "python"
function = "m:b"
[functions.f.evaluators.exact]
type = "exact_match"
[functions.f.evaluators.long]
type = "regex"
must_match = "..."
[evaluations.all]
function_name = "f"
[evaluations.own]
function_name = "f"
variants = ["b"]
cutoffs = { exact = 0.5 }
[evaluations.own.evaluators.exact]
type = "exact_match"
compare = "json"
"""


@pytest.fixture
def config(tmp_path: Path) -> ConfigFile:
    """A function, two variants, two evaluators, two evaluations."""
    path = tmp_path / "evaluations.toml"
    path.write_text(TEXT)
    return read(path)


def test_without_a_word_everything_of_the_function_is_taken(config: ConfigFile) -> None:
    """All variants and all evaluators."""
    chosen = choose(config, "all")
    assert ("all", ("a", "b"), ["exact", "long"]) == (chosen.name, chosen.variants, list(chosen.evaluators))
    assert "functions.f.evaluators.long" == chosen.evaluators["long"][1]


def test_an_evaluation_with_evaluators_of_its_own_has_these(config: ConfigFile) -> None:
    """As in TensorZero; those of the function come in by name, and its own goes before one of the same name."""
    assert {"exact": "evaluations.own.evaluators.exact"} == {
        name: where for name, (_spec, where) in choose(config, "own").evaluators.items()
    }
    named = choose(config, "own", {"evaluator_names": ("long", "exact")}).evaluators
    assert ["functions.f.evaluators.long", "evaluations.own.evaluators.exact"] == [where for _, where in named.values()]


def test_the_command_line_goes_before_the_file(config: ConfigFile) -> None:
    """Cutoffs are added to those of the file."""
    given: dict[str, Any] = {"variants": ("a",), "repeats": 3, "cutoffs": {"error_rate": 0.1}}
    chosen = choose(config, "own", given)
    assert (("a",), 3, {"exact": 0.5, "error_rate": 0.1}) == (
        chosen.variants,
        chosen.spec.repeats,
        chosen.spec.cutoffs,
    )


def test_a_function_can_be_evaluated_without_an_evaluation(config: ConfigFile) -> None:
    """As TensorZero's command does."""
    chosen = choose(config, None, {"function_name": "f", "variants": ("a",)})
    assert ("f", ("a",), ["exact", "long"], "functions.f") == (
        chosen.name,
        chosen.variants,
        list(chosen.evaluators),
        chosen.where,
    )


@pytest.mark.parametrize(
    ("name", "given", "what", "do"),
    [
        (None, {}, "which evaluation is meant?", "name one: all, own"),
        ("al", {}, 'there is no evaluation "al"', 'write "all", if that is what is meant'),
        ("all", {"variants": ("c",)}, 'there is no variant "c"', "known here: a, b"),
        ("all", {"evaluator_names": ("exakt",)}, 'there is no evaluator "exakt"', 'write "exact"'),
        (None, {"function_name": "g"}, 'there is no function "g"', "known here: f"),
    ],
)
def test_a_name_that_is_not_there_is_refused(
    config: ConfigFile, name: str | None, given: dict[str, Any], what: str, do: str
) -> None:
    """With the nearest one."""
    with pytest.raises(ConfigError) as caught:
        choose(config, name, given)
    assert (what, do) == (caught.value.what, caught.value.do[: len(do)])


def test_a_file_with_one_evaluation_needs_no_name(tmp_path: Path) -> None:
    """And one without any says so."""
    path = tmp_path / "evaluations.toml"
    path.write_text(TEXT.partition("[evaluations.own]")[0])
    assert "all" == choose(read(path)).name
    path.write_text(TEXT.partition("[evaluations.all]")[0])
    with pytest.raises(ConfigError, match="the file has no evaluation"):
        choose(read(path))
