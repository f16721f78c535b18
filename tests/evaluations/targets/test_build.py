"""From the configuration to what servers are sent, and what is wrong with it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import msgspec
import pytest

from evaluations.errors import Complaint, UsageError
from evaluations.model import Answer, Datapoint, Json, Refusal, ToolCall
from evaluations.targets import Target
from evaluations.targets.build import build_target
from evaluations.targets.specs import FunctionSpec, ModelSpec, TimeoutsSpec, ToolSpec
from evaluations.targets.surroundings import Surroundings
from tests.evaluations.targets.raw import respond, serve
from tests.servers.model import Fault, ModelServer

OUTPUT = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
FILES = {
    "system": "You answer {{ who }}.",
    "user": "{{ question }}",
    "frame": "Q: {{ user_text }}",
    "user.json": json.dumps({"required": ["question"]}),
    "output.json": json.dumps(OUTPUT),
    "broken": "{{ a",
    "broken.json": "{",
    "label_of_build.py": "def answer(given): return given",
    "echo.py": "import json, sys\n"
    "for line in sys.stdin:\n"
    "    question = json.loads(line)\n"
    "    print(json.dumps({'id': question['id'], **question['input']}))\n",
    "outer.py": "def answer(given): return given.upper()",
    "program.py": "import json, sys\n"
    "for line in sys.stdin:\n"
    "    question = json.loads(line)\n"
    "    print(json.dumps({'id': question['id'], 'text': question['input']}))\n",
}


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a target adds to the path is taken away again."""
    monkeypatch.syspath_prepend("")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration's folder."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def build(
    folder: Path, variant: Json, function: Json | None = None, model: Json | None = None, **environment: str
) -> Target:
    """The variant `v` of the function `f`, with the model `m` of the provider `p` and the tool `t`."""
    described = {"type": "chat", **(function or {}), "variants": {"v": variant}}
    models = {"m": {"routing": ["p"], "providers": {"p": model or provider("http://localhost:1/v1")}}}
    tools = {"t": {"description": "T", "parameters": "output.json", "name": "tee", "strict": True}}
    around = Surroundings(
        folder,
        msgspec.convert(models, dict[str, ModelSpec]),
        msgspec.convert(tools, dict[str, ToolSpec]),
        environment=environment,
    )
    spec: FunctionSpec = msgspec.convert(described, FunctionSpec)
    return build_target("v", spec.variants["v"], spec, around, function_name="f")


def provider(url: str, **fields: Json) -> Json:
    """One without a key."""
    return {"type": "openai", "model_name": "arithmetic", "api_base": url, "api_key_location": "none", **fields}


def chat(**fields: Json) -> Json:
    """A variant of the model `m`."""
    return {"type": "chat_completion", "model": "m", **fields}


def attempt(target: Target, given: Json) -> Answer | Refusal:
    """One question."""

    async def run() -> Answer | Refusal:
        async with target:
            request = target.prepare(Datapoint("1", given))
            assert isinstance(request, bytes)
            return await target.attempt(request)

    return asyncio.run(run())


def body(target: Target, given: Json) -> dict[str, Json]:
    """What would be sent."""
    request = target.prepare(Datapoint("1", given))
    assert isinstance(request, bytes)
    fields: dict[str, Json] = json.loads(request)
    return fields


def test_a_whole_variant_against_a_server(folder: Path) -> None:
    """Templates, sampling, key and model reach it, and its answer comes back."""
    variant = chat(
        system_template="system",
        templates={"user": {"path": "user"}},
        temperature=0.5,
        top_p=0.9,
        max_tokens=7,
        presence_penalty=0.1,
        frequency_penalty=-0.1,
        seed=3,
        stop_sequences=["x"],
        reasoning_effort="low",
        weight=1,
    )
    function = {"user_schema": "user.json", "schemas": {"system": {"path": "user.json"}}}
    with ModelServer() as server:
        model = provider(server.url, api_key_location="env::KEY")
        answer = attempt(
            build(folder, variant, function, model, KEY="sk-1"), {"question": "What is 1 + 1?", "who": "me"}
        )
        head, sent = server.seen[0]
    assert isinstance(answer, Answer)
    assert "2" == answer.text
    assert "Authorization: Bearer sk-1" in head
    messages = [{"role": "system", "content": "You answer me."}, {"role": "user", "content": "What is 1 + 1?"}]
    sampling = {"temperature": 0.5, "top_p": 0.9, "max_completion_tokens": 7, "presence_penalty": 0.1, "seed": 3}
    more = {"frequency_penalty": -0.1, "stop": ["x"], "reasoning_effort": "low"}
    assert {"model": "arithmetic", "messages": messages, **sampling, **more} == sent


def test_what_a_datapoint_lacks_is_found_before_any_request(folder: Path) -> None:
    """A variable of a template, what a schema asks for, and text that is none."""
    target = build(folder, chat(user_template="user"))
    complaint = target.prepare(Datapoint("1", {"quest": "x"}))
    assert isinstance(complaint, Complaint)
    assert "the template user, line 1, uses `question`, which the datapoint does not have" == complaint.what
    target = build(folder, chat(user_template="user"), {"user_schema": "user.json"})
    complaint = target.prepare(Datapoint("1", {"quest": "x"}))
    assert isinstance(complaint, Complaint)
    assert 'schema user.json says: "question" is a required property' in complaint.what
    complaint = build(folder, chat()).prepare(Datapoint("1", "\ud800"))
    assert isinstance(complaint, Complaint)
    assert "half of a surrogate pair" in complaint.what


def test_tools(folder: Path) -> None:
    """In OpenAI's form, under the name that the model is told."""
    tool = {"name": "tee", "description": "T", "parameters": OUTPUT, "strict": True}
    function: Json = {"tools": ["t"], "tool_choice": {"specific": "t"}, "parallel_tool_calls": False}
    sent = body(build(folder, chat(), function), "q")
    assert [{"type": "function", "function": tool}] == sent["tools"]
    assert {"type": "function", "function": {"name": "tee"}} == sent["tool_choice"]
    assert sent["parallel_tool_calls"] is False
    assert "required" == body(build(folder, chat(), {"tools": ["t"], "tool_choice": "required"}), "q")["tool_choice"]
    assert "tool_choice" not in body(build(folder, chat()), "q")


@pytest.mark.parametrize(
    ("mode", "expected", "system"),
    [
        ("off", None, None),
        ("on", {"type": "json_object"}, "Respond using JSON."),
        (
            "strict",
            {"type": "json_schema", "json_schema": {"name": "response", "strict": True, "schema": OUTPUT}},
            None,
        ),
        (None, {"type": "json_schema", "json_schema": {"name": "response", "strict": True, "schema": OUTPUT}}, None),
    ],
)
def test_json_modes(folder: Path, mode: str | None, expected: Json, system: str | None) -> None:
    """As TensorZero asks OpenAI for them."""
    variant = chat() if mode is None else chat(json_mode=mode)
    sent = body(build(folder, variant, {"type": "json", "output_schema": "output.json"}), "q")
    assert expected == sent.get("response_format")
    assert (system is None) == (sent["messages"][0]["role"] == "user")


def test_any_json(folder: Path) -> None:
    """There is no schema that a server could be held to."""
    assert {"type": "json_object"} == body(build(folder, chat(), {"type": "json"}), "q")["response_format"]


def test_json_as_a_tools_arguments(folder: Path) -> None:
    """Are the answer's text, and no tool call."""
    call = {"id": "1", "type": "function", "function": {"name": "respond", "arguments": '{"a": 1}'}}
    completion = {"choices": [{"message": {"content": None, "tool_calls": [call]}}]}
    function = {"type": "json", "output_schema": "output.json"}
    with serve(lambda _body: [respond(completion)]) as server:
        answer = attempt(build(folder, chat(json_mode="tool"), function, provider(server.url)), "q")
        sent = server.body()
    assert isinstance(answer, Answer)
    assert ('{"a": 1}', ()) == (answer.text, answer.tool_calls)
    assert OUTPUT == sent["tools"][0]["function"]["parameters"]
    assert {"type": "function", "function": {"name": "respond"}} == sent["tool_choice"]


def test_prices(folder: Path) -> None:
    """TensorZero's `cost`, for a million or for one."""
    costs = [
        {"pointer": "/usage/prompt_tokens", "cost_per_million": 2.0},
        {"pointer_nonstreaming": "/searches", "pointer_streaming": "/x", "cost_per_unit": 0.5},
    ]
    completion = {"choices": [{"message": {"content": "4"}}], "usage": {"prompt_tokens": 500_000}, "searches": 3}
    with serve(lambda _body: [respond(completion)]) as server:
        answer = attempt(build(folder, chat(), model=provider(server.url, cost=costs)), "q")
    assert isinstance(answer, Answer)
    assert 2.5 == answer.usage.cost


def test_the_shortest_time_limit_counts(folder: Path) -> None:
    """Of variant, model and provider."""
    with ModelServer(faults=[Fault("hang")]) as server:
        model = provider(server.url, timeouts={"non_streaming": {"total_ms": 200}})
        variant = chat(timeouts={"non_streaming": {"total_ms": 60_000}})
        refusal = attempt(build(folder, variant, model=model), "q")
    assert isinstance(refusal, Refusal)
    assert "no whole answer within 0.2 s" == refusal.failure.message


@pytest.mark.parametrize(
    ("own", "given", "overruling", "limit"),
    [
        ([None, None], 60.0, False, 60.0),
        ([200, None], 60.0, False, 0.2),
        ([90_000, 120_000], 60.0, False, 90.0),
        ([90_000, 200], 60.0, True, 60.0),
        ([200, None], 0.1, True, 0.1),
    ],
)
def test_which_time_limit_counts(
    *, own: list[int | None], given: float, overruling: bool, limit: float, folder: Path
) -> None:
    """The shortest of their own before the evaluation's, and the command line's before all."""
    timeouts = msgspec.convert([{"non_streaming": {"total_ms": each}} for each in own], list[TimeoutsSpec])
    assert limit == Surroundings(folder, timeout=given, overruling=overruling).time_limit(*timeouts)


def test_the_next_provider_is_tried(folder: Path) -> None:
    """Under its own name for the model; where none answers, the last one's word counts."""

    def routed(first: str, second: str) -> Target:
        providers = {"a": provider(first), "b": {**provider(second), "model_name": "other"}}
        models = msgspec.convert({"m": {"routing": ["a", "b"], "providers": providers}}, dict[str, ModelSpec])
        spec: FunctionSpec = msgspec.convert({"type": "chat", "variants": {"v": chat()}}, FunctionSpec)
        return build_target("v", spec.variants["v"], spec, Surroundings(folder, models), function_name="f")

    with ModelServer(faults=[Fault("500")]) as bad, ModelServer() as good, ModelServer(faults=[Fault("401")]) as closed:
        answer = attempt(routed(bad.url, good.url), "What is 1 + 1?")
        assert ("arithmetic", "other") == (bad.seen[0][1]["model"], good.seen[0][1]["model"])
        attempt(routed(good.url, bad.url), "What is 1 + 1?")
        assert (1, 2) == (bad.requests, good.requests)
        refusal = attempt(routed(bad.url, closed.url), "What is 1 + 1?")
        identity = routed(bad.url, closed.url).identity
    assert isinstance(answer, Answer)
    assert "2" == answer.text
    assert isinstance(refusal, Refusal)
    assert ("http_401", True) == (refusal.failure.cause, refusal.passing)
    assert ["arithmetic", "other"] == [each["model"] for each in identity["providers"]]


def test_the_other_kinds(folder: Path) -> None:
    """A function, a program and a gateway."""
    (folder / "target_of_build.py").write_text(FILES["outer.py"])
    answer = attempt(build(folder, {"type": "python", "function": "target_of_build:answer"}), "q")
    assert isinstance(answer, Answer)
    assert "Q" == answer.text
    answer = attempt(build(folder, {"type": "command", "command": [sys.executable, "program.py"], "processes": 2}), "q")
    assert isinstance(answer, Answer)
    assert "q" == answer.text
    call = {"type": "tool_call", "raw_name": "t", "raw_arguments": "{}"}
    with serve(lambda _body: [respond({"content": [call]})]) as server:
        gateway = {"type": "tensorzero_gateway", "gateway_url": server.url, "function_name": "g", "dryrun": True}
        answer = attempt(build(folder, gateway), "q")
        sent = server.body()
    assert isinstance(answer, Answer)
    assert (ToolCall("t", "{}"),) == answer.tool_calls
    assert ("g", "v", True) == (sent["function_name"], sent["variant_name"], sent["dryrun"])


V = "functions.f.variants.v"


@pytest.mark.parametrize(
    ("variant", "function", "where", "message"),
    [
        (chat(model="n"), {}, f"{V}.model", "there is no model n"),
        (chat(user_template="missing"), {}, f"{V}.user_template", "can't be read"),
        (chat(user_template="../x"), {}, f"{V}.user_template", "can't be read"),
        (
            chat(templates={"a": {"path": "broken"}}),
            {},
            f"{V}.templates.a.path",
            "the template broken, line 1, is wrong",
        ),
        (chat(user_template="user", templates={"user": {"path": "user"}}), {}, f"{V}.user_template", "twice"),
        (chat(), {"user_schema": "user.json"}, V, "a schema for the template user, which is missing"),
        (
            chat(),
            {"user_schema": "user.json", "schemas": {"user": {"path": "user.json"}}},
            "functions.f.user_schema",
            "twice",
        ),
        (chat(), {"system_schema": "broken.json"}, "functions.f.system_schema", "is not JSON"),
        (chat(json_mode="on"), {}, f"{V}.json_mode", "json_mode is for json functions"),
        (chat(), {"tools": ["tt"]}, "functions.f.tools", "there is no tool tt"),
        (chat(), {"tools": ["t"], "tool_choice": {"specific": "x"}}, "functions.f.tool_choice", "has no tool x"),
        (chat(), {"type": "json", "output_schema": "broken.json"}, "functions.f.output_schema", "is not JSON"),
        (chat(model="openai::gpt"), {}, "models.openai::gpt.providers.openai.api_key_location", "OPENAI_API_KEY"),
        ({"type": "python", "function": "no_such:f"}, {}, f"{V}.function", "can't be imported"),
        ({"type": "tensorzero_gateway", "gateway_url": "http://a b"}, {}, f"{V}.gateway_url http://a b", "no http"),
    ],
)
def test_what_is_wrong_has_its_key_path(folder: Path, variant: Json, function: Json, where: str, message: str) -> None:
    """And what to do about it."""
    with pytest.raises(UsageError) as caught:
        build(folder, variant, function)
    assert where == caught.value.where
    assert message in caught.value.what
    assert caught.value.do


@pytest.mark.parametrize(
    ("model", "where"),
    [
        (provider("http://u:secret@h/v1"), "models.m.providers.p.api_base"),
        (provider("http://h", api_key_location="env::NO_KEY"), "models.m.providers.p.api_key_location"),
        (provider("http://h", cost=[{"cost_per_unit": 1}]), "models.m.providers.p.cost[0]"),
        (provider("http://h", cost=[{"pointer": "/a"}]), "models.m.providers.p.cost[0]"),
        (
            provider("http://h", cost=[{"pointer": "/a", "cost_per_unit": 1, "cost_per_million": 1}]),
            "models.m.providers.p.cost[0]",
        ),
    ],
)
def test_what_is_wrong_with_a_model(folder: Path, model: Json, where: str) -> None:
    """By the provider's key path, without a password."""
    with pytest.raises(UsageError) as caught:
        build(folder, chat(), model=model)
    assert where == caught.value.where
    assert "secret" not in str(caught.value)


def test_a_provider_that_is_not_there(folder: Path) -> None:
    """Is found with the nearest name."""
    models = msgspec.convert(
        {"m": {"routing": ["opena"], "providers": {"openai": provider("http://h")}}}, dict[str, ModelSpec]
    )
    spec: FunctionSpec = msgspec.convert({"type": "chat", "variants": {"v": chat()}}, FunctionSpec)
    with pytest.raises(UsageError, match="there is no provider opena") as caught:
        build_target("v", spec.variants["v"], spec, Surroundings(folder, models), function_name="f")
    assert ("models.m.routing", "did you mean openai?") == (caught.value.where, caught.value.do)


@pytest.mark.parametrize("location", ["sk-1234", "env::A-B", "env::A B", "path::/etc/passwd", "dynamic::key"])
def test_a_key_is_never_a_setting(location: str) -> None:
    """Only the variable that it is in."""
    model = {"routing": ["p"], "providers": {"p": provider("http://h", api_key_location=location)}}
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(model, ModelSpec)
    assert location not in str(caught.value)


_ECHOES = (
    {"type": "python", "function": "label_of_build:answer"},
    {"type": "command", "command": [sys.executable, "echo.py"]},
)


@pytest.mark.parametrize("variant", _ECHOES, ids=("python", "command"))
def test_the_object_of_a_json_function_is_its_answer(folder: Path, variant: Json) -> None:
    """Unless it has an answer's parts and nothing else; in a chat function it is told how to say it."""
    mine, parts = {"label": "spam", "text": "t"}, {"text": {"label": "ham"}, "finish": "stop"}
    answers = [attempt(build(folder, variant, {"type": "json"}), each) for each in (mine, parts)]
    assert [mine, parts["text"]] == [json.loads(_text(each)) for each in answers]
    refusal = attempt(build(folder, variant), mine)
    assert isinstance(refusal, Refusal)
    assert (
        'the answer has label: give {"text": ...} with JSON of your own in it, or say that' in refusal.failure.message
    )
    assert build(folder, variant, {"type": "json"}).identity != build(folder, variant).identity, (
        "its answers are others"
    )


@pytest.mark.parametrize(("given", "text"), [([1, "a"], '[1, "a"]'), (5, "5"), (True, "true"), ({}, "{}"), ("5", "5")])
def test_a_json_function_may_answer_with_any_json(folder: Path, given: Json, text: str) -> None:
    """A text is JSON that was written already."""
    assert text == _text(attempt(build(folder, _ECHOES[0], {"type": "json"}), given))


@pytest.mark.parametrize(
    ("given", "reason"), [(None, "neither text nor object"), ("broken_of_build:answer", "written as JSON")]
)
def test_a_json_function_must_answer_with_json(folder: Path, given: Json, reason: str) -> None:
    """Nothing is no answer, and neither is what JSON does not have."""
    (folder / "broken_of_build.py").write_text("def answer(given): return {'a': object()}")
    function = given or "label_of_build:answer"
    refusal = attempt(build(folder, {"type": "python", "function": function}, {"type": "json"}), None)
    assert isinstance(refusal, Refusal)
    assert reason in refusal.failure.message


def _text(answer: Answer | Refusal) -> str:
    assert isinstance(answer, Answer)
    return str(answer.text)
