"""Configuration files: what is sound becomes specs, everything else one error with file, line, key path and advice."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from evaluations.config import example
from evaluations.config.errors import ConfigError
from evaluations.config.reading import ConfigFile, find, read
from evaluations.errors import ExitCode

TENSORZERO = Path(__file__).parent / "tensorzero"


class Written(Protocol):
    """Writes the example with changes to evaluations.toml, and gives that file's path."""

    def __call__(self, *changes: tuple[str, str]) -> Path:
        """Old and new text of each change."""
        ...


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """The example in a folder of this test."""

    def write(*changes: tuple[str, str]) -> Path:
        for name, text in example.files("http://localhost:8000/v1", "m").items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        path = tmp_path / "evaluations.toml"
        text = path.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text)
        return path

    return write


def problems(path: Path) -> list[tuple[str, str, str]]:
    """What, where without the file's name, and do of everything that is wrong with the file."""
    with pytest.raises(ConfigError) as caught:
        read(path)
    assert ExitCode.BAD_INPUT == caught.value.exit_code
    assert all(each.where.startswith(f"{path}") for each in caught.value.problems)
    return [(each.what, each.where.removeprefix(f"{path}, "), each.do) for each in caught.value.problems]


def test_a_sound_file_becomes_specs(written: Written) -> None:
    """With defaults where it says nothing, and the sha256 of its bytes."""
    config = read(written())
    evaluation = config.specs.evaluations["arithmetic"]
    assert ("calculate", ("terse",), "data/questions.jsonl", {"correct": 0.8}, "bound", 1) == (
        evaluation.function_name,
        evaluation.variants,
        evaluation.dataset,
        evaluation.cutoffs,
        evaluation.gate,
        evaluation.repeats,
    )
    assert ["correct", "only_a_number"] == list(config.specs.functions["calculate"].evaluators)
    assert (64, config.path.parent) == (len(config.sha256), config.folder)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "temperature = 0.0",
            "temprature = 0.0",
            (
                '"temprature" is no key here',
                "line 28: functions.calculate.variants.terse.temprature",
                'write "temperature", if that is what is meant',
            ),
        ),
        (
            "temperature = 0.0",
            'temperature = "hot"',
            (
                "expected float, got string",
                "line 28: functions.calculate.variants.terse.temperature",
                "it is for: Sampling temperature.",
            ),
        ),
        (
            'type = "regex"',
            'type = "regexp"',
            (
                'there is no type "regexp"',
                "line 40: functions.calculate.evaluators.only_a_number.type",
                'write "regex", if that is what is meant',
            ),
        ),
        (
            'type = "regex"\n',
            "",
            (
                '"type" is missing',
                "line 39: functions.calculate.evaluators.only_a_number.type",
                "add it; there are exact_match, contains, regex, ",
            ),
        ),
        (
            'gate = "bound"',
            'gate = "bond"',
            (
                '"bond" is none of mean, bound, sequential',
                "line 47: evaluations.arithmetic.gate",
                'write "bound", if that is what is meant',
            ),
        ),
        (
            'function_name = "calculate"',
            "",
            (
                '"function_name" is missing',
                "line 43: evaluations.arithmetic.function_name",
                "add it: The function of `[functions]` that is evaluated.",
            ),
        ),
        (
            'function_name = "calculate"',
            'function_name = "calculator"',
            (
                'there is no function "calculator"',
                "line 44: evaluations.arithmetic.function_name",
                'write "calculate", if that is what is meant',
            ),
        ),
        (
            'variants = ["terse"]',
            'variants = ["tense"]',
            (
                'there is no variant "tense"',
                "line 45: evaluations.arithmetic.variants[0]",
                'write "terse", if that is what is meant',
            ),
        ),
        (
            'model = "calculator"',
            'model = "kalkulator"',
            (
                'there is no model "kalkulator"',
                "line 25: functions.calculate.variants.terse.model",
                'write "calculator", if that is what is meant',
            ),
        ),
        (
            '"templates/terse.minijinja"',
            '"templates/tense.minijinja"',
            (
                'there is no file "templates/tense.minijinja"',
                "line 26: functions.calculate.variants.terse.system_template",
                'write "terse.minijinja", if that is what is meant',
            ),
        ),
        (
            'routing = ["server"]',
            'routing = ["sever"]',
            (
                'there is no provider "sever"',
                "line 6: models.calculator.routing[0]",
                'write "server", if that is what is meant',
            ),
        ),
        (
            'api_key_location = "none"',
            'api_key_location = "sk-12345"',
            (
                "the text is neither none nor env::VARIABLE, and a key itself never stands here",
                "line 12: models.calculator.providers.server.api_key_location",
                "it is for: `env::VARIABLE`, or `none`.",
            ),
        ),
        (
            'api_base = "http://',
            'api_base = "htp://',
            (
                "the text begins with neither http:// nor https://",
                "line 10: models.calculator.providers.server.api_base",
                "it is for: Base URL, such as http://localhost:8000/v1",
            ),
        ),
        (
            '"calculator:answer"',
            '"calculator.answer"',
            ("the text is not module:function", "line 21: functions.calculate.variants.program.function", "it is for"),
        ),
        (
            'type = "chat"',
            'type = "chat"\ntools = ["search"]',
            ('there is no tool "search"', "line 17: functions.calculate.tools[0]", "add the tool"),
        ),
        (
            'variants = ["terse"]',
            'variants = ["terse"]\nevaluator_names = ["corect"]',
            (
                'there is no evaluator "corect"',
                "line 46: evaluations.arithmetic.evaluator_names[0]",
                'write "correct", if that is what is meant',
            ),
        ),
        (
            'dataset = "data/questions.jsonl"',
            "dataset = { path = 'x', columns = { imput = 'q' } }",
            (
                '"imput" is no key here',
                "line 46: evaluations.arithmetic.dataset.columns.imput",
                'write "input", if that is what is meant',
            ),
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_to_do(
    written: Written, old: str, new: str, problem: tuple[str, str, str]
) -> None:
    """Misspelt keys, types and names, wrong values, missing keys and files."""
    ((what, where, do),) = problems(written((old, new)))
    assert problem == (what[: len(problem[0])], where, do[: len(problem[2])])


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_file(written: Written) -> None:
    """What can be found without the rest being right."""
    path = written(
        ('api_key_location = "none"', "api_key_location = 1"),
        ("temperature = 0.0", "temprature = 0.0"),
        ('type = "regex"', 'type = "regexp"'),
        ('gate = "bound"', 'gate = "bond"'),
    )
    found = problems(path)
    assert [12, 28, 40, 47] == [int(where.split(":")[0].removeprefix("line ")) for _what, where, _do in found]
    with pytest.raises(ConfigError) as caught:
        read(path)
    text = str(caught.value)
    assert text.startswith("4 problems\n")
    assert 4 == text.count("\n  where: ") == text.count("\n  do:    ")


@pytest.mark.parametrize(
    ("content", "what", "place"),
    [
        (b"\xef\xbb\xbf[models]\n", "byte order mark", ""),
        ("[models]\n# Tür".encode("latin-1"), "not UTF-8", ", line 2"),
        (b"[models\n", "not TOML: Expected ']'", ", line 1"),
        (b"x = 1\ny = [1,\n", "not TOML", ", line 2"),
        (b"x = 1\nx = 2\n", "not TOML: Cannot overwrite a value", ", line 2"),
        (b"x = \x00", "not TOML", ", line 1"),
        (b"x = " + b"[" * 100_000, "nested too deeply", ""),
        (b"models = 3\n", "expected table, got integer", ", line 1: models"),
        (b"[modles]\n", '"modles" is no key here', ", line 1: modles"),
    ],
)
def test_what_is_no_configuration_is_refused(tmp_path: Path, content: bytes, what: str, place: str) -> None:
    """Encodings, broken TOML, and other files, each with the line where there is one."""
    path = tmp_path / "evaluations.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read(path)
    assert what in caught.value.what
    assert f"{path}{place}" == caught.value.where
    assert caught.value.do


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """With the command that writes one."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path / "evaluations.toml")
    assert ("the configuration can't be read: No such file or directory", True) == (
        caught.value.what,
        "evaluations init" in caught.value.do,
    )


def test_a_folder_stands_for_the_file_in_it(tmp_path: Path, written: Written) -> None:
    """evaluations.toml first, then tensorzero.toml; nothing there is an error."""
    (tmp_path / "empty").mkdir()
    assert (written(), TENSORZERO / "tensorzero.toml") == (find(tmp_path), find(TENSORZERO))
    assert Path("other.toml") == find("other.toml")
    with pytest.raises(ConfigError, match=r"no evaluations\.toml and no tensorzero\.toml"):
        find(tmp_path / "empty")


def test_tools_of_an_evaluator_are_those_of_its_function(tmp_path: Path) -> None:
    """As the model calls them; a function without tools may have them elsewhere."""
    (tmp_path / "search.json").write_text("{}")
    text = """
        [tools.search]
        description = "d"
        parameters = "search.json"
        name = "web_search"
        [functions.f]
        type = "chat"
        tools = ["search"]
        tool_choice = { specific = "sarch" }
        [functions.f.evaluators.e]
        type = "tool_use"
        behavior = "any_of"
        tools = ["web_search", "search"]
        [functions.g]
        type = "chat"
        [functions.g.evaluators.e]
        type = "tool_use"
        behavior = "any_of"
        tools = ["anything"]
    """
    path = tmp_path / "evaluations.toml"
    path.write_text(text)
    assert [
        (
            'there is no tool of the function "sarch"',
            "line 9: functions.f.tool_choice.specific",
            'write "search", if that is what is meant',
        ),
        (
            'there is no tool of the function "search"',
            "line 13: functions.f.evaluators.e.tools[1]",
            'write "web_search", if that is what is meant',
        ),
    ] == problems(path)


def test_references_of_judges_are_checked(tmp_path: Path) -> None:
    """Variants of other functions, own models, instructions and labels."""
    text = """
        [functions.f]
        type = "chat"
        [functions.f.variants.v]
        type = "python"
        function = "m:f"
        [functions.f.evaluators.e]
        type = "llm_judge"
        output_type = "boolean"
        judges = ["f::w"]
        labels = "labels.jsonl"
        [functions.f.evaluators.e.variants.own]
        type = "chat_completion"
        model = "m"
        system_instructions = "rubric.txt"
        [functions.f.evaluators.p]
        type = "pairwise_judge"
        judges = ["g::v", "f::v"]
    """
    path = tmp_path / "evaluations.toml"
    path.write_text(text)
    assert [
        ('there is no variant "f::w"', "line 10: functions.f.evaluators.e.judges[0]"),
        ('there is no file "labels.jsonl"', "line 11: functions.f.evaluators.e.labels"),
        ('there is no model "m"', "line 14: functions.f.evaluators.e.variants.own.model"),
        ('there is no file "rubric.txt"', "line 15: functions.f.evaluators.e.variants.own.system_instructions"),
        ('there is no variant "g::v"', "line 18: functions.f.evaluators.p.judges[0]"),
    ] == [(what, where) for what, where, _do in problems(path)]


def test_an_evaluation_needs_a_variant_and_an_evaluator(tmp_path: Path) -> None:
    """Else nothing would be asked, or nothing scored."""
    path = tmp_path / "evaluations.toml"
    path.write_text('[functions.f]\ntype = "chat"\n[evaluations.e]\nfunction_name = "f"\n')
    assert ["the function has no variant", "nothing scores the answers"] == [
        what for what, _where, _do in problems(path)
    ]


def _lines(config: ConfigError) -> list[str]:
    return [each.where.partition(", ")[2] for each in config.problems]


def test_a_tensorzero_file_is_taken_as_it_is() -> None:
    """One that TensorZero's own gateway takes; keys without a meaning here are left unread."""
    config: ConfigFile = read(TENSORZERO / "tensorzero.toml")
    assert ({"draft", "extract"}, {"extraction", "old"}) == (
        set(config.specs.functions),
        set(config.specs.evaluations),
    )
    assert ["exact", "polite", "searches", "judged"] == list(config.specs.functions["draft"].evaluators)


def test_what_of_a_tensorzero_file_cannot_be_done_is_named() -> None:
    """Each with its key path and what to do; TensorZero's own gateway takes this file, too."""
    with pytest.raises(ConfigError) as caught:
        read(TENSORZERO / "refused.toml")
    assert [
        "line 5: gateway.fetch_and_encode_input_files_before_inference",
        "line 6: gateway.global_outbound_http_timeout_ms",
        "line 7: gateway.template_filesystem_access",
        "line 9: provider_types.openai.defaults",
        "line 27: models.small.providers.local.api_key_location",
        "line 28: models.small.providers.local.extra_body",
        "line 29: models.small.providers.local.extra_headers",
        "line 30: models.small.providers.local.content_type_overrides",
        "line 33: models.small.providers.other.type",
        "line 40: models.responses.namespace",
        "line 45: models.responses.providers.openai.api_type",
        "line 47: models.responses.providers.openai.include_encrypted_reasoning",
        "line 48: models.responses.providers.openai.provider_tools",
        "line 57: functions.draft.variants.plain.extra_body",
        "line 58: functions.draft.variants.plain.thinking_budget_tokens",
        "line 65: functions.draft.variants.best.type",
        "line 70: functions.draft.variants.mixed.type",
        "line 75: functions.draft.variants.examples.type",
    ] == _lines(caught.value)
    assert all(each.do for each in caught.value.problems)


def test_tables_of_tensorzero_are_strict_too(tmp_path: Path) -> None:
    """A misspelt key in a table that is left unread is a mistake all the same."""
    path = tmp_path / "tensorzero.toml"
    path.write_text("provider_types = 3\n[gateway]\nbind_adress = '0.0.0.0:3000'\n")
    assert [
        ("this must be a table", "line 1: provider_types", "write [provider_types]"),
        (
            '"bind_adress" is no key here',
            "line 3: gateway.bind_adress",
            'write "bind_address", if that is what is meant',
        ),
    ] == problems(path)
