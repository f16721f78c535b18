"""How each of the others is told to run the same: what it installs, the files that it reads, and its command."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Callable[[Path, str, Path], Sequence[str | Path]]
"""From the folder of its environment, the server's URL and the data."""


@dataclass(frozen=True)
class Peer:
    """Another runner."""

    name: str
    packages: tuple[str, ...]
    """From PyPI, or from npm where `npm` says so."""
    command: Command
    files: Callable[[str, Path], Mapping[str, str]] = lambda _url, _data: {}
    """What it reads, written into its folder before each run: URL and data in, texts by name out."""
    npm: bool = False
    times: float = 0.0
    """How many times as long as `evaluations` it is expected to take at least: the goal of its ratio; 0 for none."""
    runs: int | None = None
    """Fewer runs for what takes a minute."""


def _inspect(_url: str, data: Path) -> dict[str, str]:
    return {
        "task.py": f"""
from inspect_ai import Task, task
from inspect_ai.dataset import FieldSpec, json_dataset
from inspect_ai.scorer import match
from inspect_ai.solver import generate

@task
def sums():
    fields = FieldSpec(input="input", target="reference")
    return Task(dataset=json_dataset({str(data)!r}, fields), solver=generate(), scorer=match(location="exact"))
"""
    }


def _pydantic(url: str, data: Path) -> dict[str, str]:
    return {
        "run.py": f"""
import asyncio, json
import aiohttp
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import EqualsExpected

async def main():
    cases = [Case(inputs=each["input"], expected_output=each["reference"])
             for each in map(json.loads, open({str(data)!r}))]
    dataset = Dataset(name="sums", cases=cases, evaluators=[EqualsExpected()])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)) as session:
        async def ask(question: str) -> str:
            body = {{"model": "m", "messages": [{{"role": "user", "content": question}}]}}
            async with session.post({url!r} + "/chat/completions", json=body) as response:
                return (await response.json())["choices"][0]["message"]["content"]
        report = await dataset.evaluate(ask, max_concurrency=64, progress=False)
    print("right:", sum(case.assertions["EqualsExpected"].value for case in report.cases))

asyncio.run(main())
"""
    }


def _lm_eval(_url: str, data: Path) -> dict[str, str]:
    return {
        "sums.yaml": f"""
task: sums
dataset_path: json
dataset_kwargs:
  data_files: {{"test": {json.dumps(str(data))}}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{input}}}}"
doc_to_target: "{{{{reference}}}}"
generation_kwargs: {{until: [], max_gen_toks: 16}}
metric_list:
  - {{metric: exact_match, aggregation: mean, higher_is_better: true}}
"""
    }


def _promptfoo(url: str, data: Path) -> dict[str, str]:
    points = [json.loads(line) for line in data.read_text().splitlines()]
    return {
        "promptfooconfig.json": json.dumps(
            {
                "prompts": ["{{input}}"],
                "providers": [{"id": "openai:chat:m", "config": {"apiBaseUrl": url, "apiKey": "none"}}],
                "tests": [
                    {"vars": {"input": each["input"]}, "assert": [{"type": "equals", "value": each["reference"]}]}
                    for each in points
                ],
            }
        )
    }


PEERS = (
    Peer(
        "pydantic-evals with aiohttp",
        ("pydantic-evals", "aiohttp"),
        lambda home, _url, _data: [home / "bin" / "python", "run.py"],
        _pydantic,
    ),
    Peer(
        "lm-evaluation-harness",
        ("lm-eval[api]",),
        lambda home, url, _data: [
            home / "bin" / "lm_eval", "--model", "local-chat-completions",
            "--model_args", f"model=m,base_url={url}/chat/completions,num_concurrent=64,tokenized_requests=False",
            "--tasks", "sums", "--include_path", ".", "--apply_chat_template",
        ],
        _lm_eval,
        times=8,
        runs=1,
    ),
    Peer(
        "inspect_ai",
        ("inspect-ai", "openai"),
        lambda home, url, _data: [
            home / "bin" / "inspect", "eval", "task.py", "--model", "openai/m", "--model-base-url", url,
            "--max-connections", "64", "--max-samples", "64", "--display", "none",
        ],
        _inspect,
        times=20,
        runs=1,
    ),
    Peer(
        "promptfoo",
        ("promptfoo",),
        lambda home, _url, _data: [
            home / "node_modules" / ".bin" / "promptfoo", "eval", "-c", "promptfooconfig.json", "--no-cache",
            "-j", "64", "--no-progress-bar", "--no-table", "--no-write",
        ],
        _promptfoo,
        npm=True,
        times=8,
        runs=1,
    ),
)  # fmt: skip
