"""What is made of a configuration is asked, scored and judged; what can't be made is said before that."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from evaluations.config.assembly import assemble, dataset_spec, evaluation_dataset
from evaluations.config.choice import choose
from evaluations.config.cutoffs import configured_cutoffs
from evaluations.config.errors import ConfigError
from evaluations.config.reading import read
from evaluations.model import Answer, Datapoint, Failure, Rating
from tests.servers.model import ModelServer

MODEL = """
[models.m]
routing = ["server"]
[models.m.providers.server]
type = "openai"
model_name = "arithmetic"
api_base = "http://127.0.0.1:1/v1"
api_key_location = "none"
[functions.f]
type = "chat"
[functions.f.variants.v]
type = "chat_completion"
model = "m"
[functions.f.evaluators.exact]
type = "exact_match"
[evaluations.e]
function_name = "f"
"""
JUDGE = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"id": json.loads(line)["id"], "text": '{"score": true}'}), flush=True)
"""


def _write(folder: Path, *changes: tuple[str, str], more: str = "") -> Path:
    text = MODEL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "evaluations.toml"
    path.write_text(text + more)
    return path


def _problems(path: Path, name: str = "e") -> list[tuple[str, str]]:
    config = read(path)
    chosen = choose(config, name)

    async def make() -> None:
        async with AsyncExitStack() as stack:
            configured_cutoffs(config, chosen, assemble(config, chosen, stack, environment={}).evaluators)

    with pytest.raises(ConfigError) as caught:
        asyncio.run(make())
    assert all(each.do for each in caught.value.problems)
    return [(each.what, each.where.removeprefix(f"{path}, ")) for each in caught.value.problems]


def test_variants_are_asked_and_evaluators_score(tmp_path: Path) -> None:
    """Several kinds of variants in one evaluation; the judge is a variant of another function."""
    (tmp_path / "sums.py").write_text("def add(given):\n    return str(eval(given[8:-1]))\n")
    (tmp_path / "judge.py").write_text(JUDGE)
    more = """
        [functions.f.variants.python]
        type = "python"
        function = "sums:add"
        [functions.judge]
        type = "chat"
        [functions.judge.variants.yes]
        type = "command"
        command = ["python3", "judge.py"]
        [functions.f.evaluators.judged]
        type = "llm_judge"
        output_type = "boolean"
        rubric = "Is it right?"
        judges = ["judge::yes"]
    """
    question = Datapoint("1", "What is 2 + 3?", "5")

    async def ask(path: Path) -> dict[str, list[object]]:
        config = read(path)
        async with AsyncExitStack() as stack:
            assembly = assemble(config, choose(config, "e"), stack)
            await assembly.open(stack)
            assert [None] * 4 == [check(question) for check in assembly.checks]
            found: dict[str, list[object]] = {}
            for name, asker in assembly.askers.items():
                answer = await asker.ask(question)
                assert isinstance(answer, Answer), answer
                scores = [await each.score(question, answer) for each in assembly.evaluators]
                found[name] = [answer.text, *(each.value if isinstance(each, Rating) else each for each in scores)]
            return found

    with ModelServer() as server:
        path = _write(tmp_path, ("http://127.0.0.1:1/v1", server.url), more=more)
        assert {"v": ["5", 1.0, 1.0], "python": ["5", 1.0, 1.0]} == asyncio.run(ask(path))


def test_a_judge_of_its_own_is_held_to_its_form(tmp_path: Path) -> None:
    """A model of the configuration; where it does not answer as a judge does, there is no score, and never 0."""
    more = """
        [functions.f.evaluators.judged]
        type = "llm_judge"
        output_type = "float"
        variants.own = { type = "chat_completion", model = "m", system_instructions = "rubric.txt" }
    """
    (tmp_path / "rubric.txt").write_text("Say how good it is.")

    async def judge(path: Path) -> object:
        config = read(path)
        async with AsyncExitStack() as stack:
            assembly = assemble(config, choose(config), stack)
            await assembly.open(stack)
            assert 1 == len(assembly.judges)
            return await assembly.evaluators[1].score(Datapoint("1", "q", "r"), Answer("a"))

    with ModelServer() as server:
        score = asyncio.run(judge(_write(tmp_path, ("http://127.0.0.1:1/v1", server.url), more=more)))
        ((_head, request),) = server.seen
    assert isinstance(score, Failure)
    assert "judge" == score.cause
    assert "json_schema" == request["response_format"]["type"]
    assert "Say how good it is." in request["messages"][0]["content"]


def test_retries_are_those_of_the_variant(tmp_path: Path) -> None:
    """As TensorZero counts them: attempts after the first."""

    async def ask(path: Path) -> Answer | Failure:
        config = read(path)
        async with AsyncExitStack() as stack:
            assembly = assemble(config, choose(config, "e"), stack)
            await assembly.open(stack)
            return await assembly.askers["v"].ask(Datapoint("1", "q"))

    path = _write(tmp_path, ('model = "m"', 'model = "m"\nretries = { num_retries = 1, max_delay_s = 0.01 }'))
    answer = asyncio.run(ask(path))
    assert ("connection", 2) == (getattr(answer, "cause", None), answer.attempts)


def test_all_that_cannot_be_made_is_said_with_its_line(tmp_path: Path) -> None:
    """A missing key, evaluators that say nothing, and a template that is none."""
    (tmp_path / "broken.minijinja").write_text("{{ open")
    path = _write(
        tmp_path,
        ('api_key_location = "none"', 'api_key_location = "env::MY_KEY"'),
        more="""[functions.f.evaluators.nothing]
type = "regex"
[functions.f.evaluators.nobody]
type = "llm_judge"
output_type = "float"
[functions.f.evaluators.pattern]
type = "regex"
must_match = "("
[functions.f.variants.template]
type = "chat_completion"
model = "m"
user_template = "broken.minijinja"
[functions.f.variants.shorthand]
type = "chat_completion"
model = "openai::gpt"
""",
    )
    found = _problems(path)
    assert [
        "line 8: models.m.providers.server.api_key_location",
        "line 29: functions.f.variants.template.user_template",
        "line 30: functions.f.variants.shorthand",
        "line 18: functions.f.evaluators.nothing",
        "line 20: functions.f.evaluators.nobody",
        "line 25: functions.f.evaluators.pattern.must_match",
    ] == [where for _what, where in found]
    assert "the environment has no variable MY_KEY with an API key" == found[0][0]


def test_names_with_dots_are_found(tmp_path: Path) -> None:
    """What is made of the specs joins keys with dots and quotes none."""
    path = _write(
        tmp_path,
        ("[models.m]", '[models."gpt-4.1"]'),
        ("[models.m.providers.server]", '[models."gpt-4.1".providers."my.server"]'),
        ('["server"]', '["my.server"]'),
        ('model = "m"', 'model = "gpt-4.1"'),
        ('"http://127.0.0.1:1/v1"', '"http://user:password@127.0.0.1:1/v1"'),
    )
    ((_what, where),) = _problems(path)
    assert 'line 7: models."gpt-4.1".providers."my.server".api_base' == where


@pytest.mark.parametrize(
    ("cutoffs", "what", "where"),
    [
        ("exakt = 0.5", "no metric 'exakt' in this run", "evaluations.e.cutoffs.exakt"),
        ("exact = 5", "5 is no cutoff for exact", "evaluations.e.cutoffs.exact"),
        ("error_rate = nan", "nan is no cutoff for error_rate", "evaluations.e.cutoffs.error_rate"),
    ],
)
def test_a_cutoff_must_be_one_of_the_run(tmp_path: Path, cutoffs: str, what: str, where: str) -> None:
    """Its name and its scale, with the line."""
    path = _write(tmp_path, more=f"[evaluations.e.cutoffs]\n{cutoffs}\n")
    assert [(what, f"line 19: {where}")] == _problems(path)


def test_cutoffs_come_from_evaluators_too(tmp_path: Path) -> None:
    """TensorZero's older place; what the evaluation says goes before it."""
    path = _write(tmp_path, ('type = "exact_match"', 'type = "exact_match"\ncutoff = 0.5'))
    config = read(path)

    async def make(cutoffs: dict[str, float]) -> list[tuple[str, float]]:
        chosen = choose(config, "e", {"cutoffs": cutoffs})
        async with AsyncExitStack() as stack:
            found = configured_cutoffs(config, chosen, assemble(config, chosen, stack).evaluators)
        return [(each.metric, each.bound) for each in found]

    assert [("exact", 0.5)] == asyncio.run(make({}))
    assert [("exact", 0.9), ("latency_p95", 2.0)] == asyncio.run(make({"exact": 0.9, "latency_p95": 2.0}))


def test_a_data_set_lies_beside_its_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the command is run; an evaluation without one, and one with two, are errors."""
    (tmp_path / "data.jsonl").write_text('{"input": "q"}\n')
    monkeypatch.chdir("/")
    path = _write(tmp_path, ('function_name = "f"', 'function_name = "f"\ndataset = { path = "data.jsonl" }'))
    config = read(path)
    with evaluation_dataset(config, choose(config)) as dataset:
        assert ["q"] == [each.input for each in dataset]
    config = read(_write(tmp_path))
    assert None is dataset_spec(config, choose(config))
    with pytest.raises(ConfigError, match="there is no data set"), evaluation_dataset(config, choose(config)):
        pass
    both = 'dataset = { path = "x", gateway = { url = "http://localhost", dataset_name = "x" } }'
    config = read(_write(tmp_path, ('function_name = "f"', f'function_name = "f"\n{both}')))
    with pytest.raises(ConfigError, match="a file or in a gateway"):
        dataset_spec(config, choose(config))
