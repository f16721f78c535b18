"""The same data and configuration through TensorZero's own gateway and directly: the model is asked the same.

The model answers with what it was asked, so that equal answers are equal requests, to the last character. TensorZero's
gateway is the one that its package from PyPI embeds; both read the same tensorzero.toml. Numbers are such that they are
the same in single precision, in which TensorZero keeps parameters.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from evaluations.config.assembly import assemble
from evaluations.config.choice import choose
from evaluations.config.reading import read
from evaluations.model import Answer, Datapoint, Failure
from tests.servers.model import ModelServer

tensorzero = pytest.importorskip("tensorzero", reason="TensorZero's gateway is installed for `nox -s torture` alone")
pytestmark = pytest.mark.torture

CONFIG = """
[gateway]
observability.enabled = false

[models.echo]
routing = ["local"]

[models.echo.providers.local]
type = "openai"
model_name = "arithmetic"
api_base = "{url}/"
api_key_location = "none"

[tools.weather]
description = "Weather in a place"
parameters = "weather.json"
strict = true

[functions.plain]
type = "chat"

[functions.plain.evaluators.right]
type = "exact_match"

[functions.plain.variants.v]
type = "chat_completion"
model = "echo"
temperature = 0.5
max_tokens = 100
seed = 3
top_p = 0.875
presence_penalty = 0.25
frequency_penalty = -0.5
stop_sequences = ["END"]

[functions.framed]
type = "chat"
system_schema = "system.json"
user_schema = "user.json"

[functions.framed.evaluators.right]
type = "exact_match"

[functions.framed.variants.v]
type = "chat_completion"
model = "echo"
system_template = "system.minijinja"
user_template = "user.minijinja"

[functions.tooled]
type = "chat"
tools = ["weather"]
tool_choice = "required"
parallel_tool_calls = false

[functions.tooled.evaluators.right]
type = "exact_match"

[functions.tooled.variants.v]
type = "chat_completion"
model = "echo"

[functions.shaped]
type = "json"
output_schema = "output.json"

[functions.shaped.evaluators.right]
type = "exact_match"

[functions.shaped.variants.strict]
type = "chat_completion"
model = "echo"
json_mode = "strict"

[functions.shaped.variants.on]
type = "chat_completion"
model = "echo"
json_mode = "on"

[functions.shaped.variants.off]
type = "chat_completion"
model = "echo"
json_mode = "off"
"""
FILES = {
    "system.json": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"tone": {"type": "string"}, "rules": {"type": "array", "items": {"type": "string"}}},
        "required": ["tone"],
        "additionalProperties": False,
    },
    "user.json": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"name": {"type": "string"}, "count": {"type": "number"}, "more": {}},
        "required": ["name"],
    },
    "weather.json": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"place": {"type": "string"}},
        "required": ["place"],
        "additionalProperties": False,
    },
    "output.json": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"answer": {"type": "string"}},
        "required": ["answer"],
        "additionalProperties": False,
    },
    "system.minijinja": "Be {{ tone }}.\n{% for rule in rules %}- {{ rule }}\n{% endfor %}",
    "user.minijinja": "Name: {{ name }}{% if count is defined %}\nCount: {{ count }}{% endif %}\n{{ more | tojson }}",
}
TEXTS = [
    "What is 1 + 1?",
    "",
    " spaces \t and\nlines\r\n ",
    "ünïcödé 漢字 🎉 e\u0301 \u00e9",
    "{{ not a template }} {% if %}",
    "<script>&amp;\"quotes\" 'single' \\ back",
    "null",
    '{"json": [1, 2.0, 1e400]}',
    "a" * 5000,
    "\u2028\u2029\u0000".replace("\u0000", "") + "end",
]
CONVERSATIONS: list[Any] = [{"messages": [{"role": "user", "content": text}]} for text in TEXTS if text] + [
    {"system": "Be brief.", "messages": [{"role": "user", "content": "Hi"}]},
    {
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello."},
            {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
        ]
    },
]
ARGUMENTS: list[Any] = [
    {
        "system": {"tone": tone, "rules": rules},
        "messages": [{"role": "user", "content": [{"type": "text", "arguments": user}]}],
    }
    for tone, rules, user in [
        ("kind", [], {"name": "Ann", "more": None}),
        ("<b>&", ["one", "two <three>"], {"name": 'Q"uote', "count": 3, "more": {"b": 1, "a": [1.5, True]}}),
        ("ünïcödé", ["漢字"], {"name": "", "count": 0, "more": "text"}),
        ("x", [""], {"name": "n", "count": 2.5, "more": [1, 10000000000, -0.5]}),
    ]
]
CASES: dict[tuple[str, str], list[Any]] = {
    ("plain", "v"): CONVERSATIONS,
    ("framed", "v"): ARGUMENTS,
    ("tooled", "v"): CONVERSATIONS[:3],
    ("shaped", "strict"): CONVERSATIONS[:3],
    ("shaped", "on"): CONVERSATIONS,
    ("shaped", "off"): CONVERSATIONS[:3],
}
IGNORED = frozenset({"stream", "stream_options"})


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    """Answers with what it was asked."""
    with ModelServer(
        script=lambda request: json.dumps({"answer": json.dumps(asked(request), sort_keys=True)})
    ) as server:
        yield server


@pytest.fixture(scope="module")
def config(server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file for both."""
    folder = tmp_path_factory.mktemp("tensorzero")
    for name, content in FILES.items():
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    path = folder / "tensorzero.toml"
    path.write_text(CONFIG.format(url=server.url))
    return path


def asked(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request in one form: a text and a list with this text as its only part say the same."""
    fields = {name: value for name, value in request.items() if name not in IGNORED and value is not None}
    fields["messages"] = [{**message, "content": joined(message.get("content"))} for message in request["messages"]]
    for tool in fields.get("tools", ()):  # OpenAI reads it in the function, TensorZero writes it beside
        if "strict" in tool:
            tool["function"]["strict"] = tool.pop("strict")
    fields.setdefault("max_completion_tokens", fields.pop("max_tokens", None))
    return fields


def joined(content: Any) -> Any:
    """The parts of a content, a text alone as one part."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def through_gateway(config: Path) -> dict[tuple[str, str, int], str]:
    """Every answer, by function, variant and number."""
    with tensorzero.TensorZeroGateway.build_embedded(config_file=str(config)) as gateway:
        answers = {}
        for (function, variant), inputs in CASES.items():
            for number, given in enumerate(inputs):
                reply = gateway.inference(function_name=function, variant_name=variant, input=given)
                text = reply.content[0].text if hasattr(reply, "content") else reply.output.raw
                answers[function, variant, number] = text
    return answers


async def directly(config: Path) -> dict[tuple[str, str, int], Answer | Failure]:
    """The same by our own targets."""
    read_file, answers = read(config), {}
    for (function, variant), inputs in CASES.items():
        async with AsyncExitStack() as stack:
            chosen = choose(read_file, None, {"function_name": function, "variants": (variant,)})
            assembly = assemble(read_file, chosen, stack)
            await assembly.open(stack)
            for number, given in enumerate(inputs):
                asker = assembly.askers[variant]
                answers[function, variant, number] = await asker.ask(Datapoint(str(number), given))
    return answers


def test_the_model_is_asked_the_same(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message, parameter, tool and schema, to the last character."""
    monkeypatch.setenv("TENSORZERO_DISABLE_PSEUDONYMOUS_USAGE_ANALYTICS", "1")
    expected, found = through_gateway(config), asyncio.run(directly(config))
    assert list(expected) == list(found)
    different = []
    for key, text in expected.items():
        answer = found[key]
        if not isinstance(answer, Answer) or answer.text != text:
            different.append((key, text, answer))
    assert [] == different
    assert sum(map(len, CASES.values())) == len(found) >= 30
