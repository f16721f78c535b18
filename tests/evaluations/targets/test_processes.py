"""Programs that answer JSON Lines, and those that do not."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from evaluations.errors import UsageError
from evaluations.model import Answer, Datapoint, Refusal, ToolCall, Usage
from evaluations.processes import WorkerError, Workers
from evaluations.targets.command import CommandTarget
from tests.waiting import until

T = TypeVar("T")
_TIMEOUT = 2.0
"""Seconds; a new process has to start within them, on a busy machine too."""

PROGRAM = """
import json, os, sys, time
for line in sys.stdin:
    question = json.loads(line)
    act = question["input"]
    reply = {"id": question["id"]}
    if act == "pid": reply["text"] = str(os.getpid())
    elif act == "die": sys.exit("out of luck\\n\\n")
    elif act == "kill": os.kill(os.getpid(), 9)
    elif act == "hang": time.sleep(60)
    elif act == "noise": print("loading the model")
    elif act == "other": reply["id"] = 0
    elif act == "list": print("[1]"); continue
    elif act == "endless":
        while True: sys.stdout.write("x" * 1_000_000)
    elif act == "chatty": sys.stderr.write("y" * 1_000_000 + "\\n"); reply["text"] = "ok"
    elif act == "half": sys.stdout.write('{"id": '); sys.stdout.flush(); sys.exit(3)
    elif act == "child":
        import subprocess
        print(json.dumps({**reply, "text": str(subprocess.Popen(["sleep", "60"]).pid)}))
        sys.stdin.read()
        time.sleep(60)
    elif isinstance(act, dict): reply.update(act)
    else: reply["text"] = act
    print(json.dumps(reply))
"""


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    """A command; what it is asked says what it does."""
    (tmp_path / "program.py").write_text(PROGRAM)
    return [sys.executable, "program.py"]


def with_workers(command: list[str], folder: Path, use: Callable[[Workers], Awaitable[T]], *, processes: int = 1) -> T:
    """Use open workers with a short time limit."""

    async def run() -> T:
        async with Workers(command, folder=folder, processes=processes, timeout=_TIMEOUT) as workers:
            return await use(workers)

    return asyncio.run(run())


def alive(pid: int) -> bool:
    """Whether there is such a process, dead ones that nobody waited for left out."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_one_process_answers_again_and_again(program: list[str], tmp_path: Path) -> None:
    """The same one, and it ends with the run."""

    async def use(workers: Workers) -> list[int]:
        return [int((await workers.ask({"input": "pid"})).fields["text"]) for _ in range(3)]

    first, *others = with_workers(program, tmp_path, use)
    assert [first, first] == others
    assert not alive(first)


def test_several_processes_work_side_by_side(program: list[str], tmp_path: Path) -> None:
    """Each answer goes to who asked for it."""

    async def use(workers: Workers) -> list[str]:
        replies = await asyncio.gather(*(workers.ask({"input": f"q{number}"}) for number in range(50)))
        return [reply.fields["text"] for reply in replies]

    assert [f"q{number}" for number in range(50)] == with_workers(program, tmp_path, use, processes=3)


@pytest.mark.parametrize(
    ("act", "cause", "message"),
    [
        ("die", "process", "the program exited with 1: out of luck"),
        ("kill", "process", "the program was ended by signal 9"),
        ("half", "process", "the program exited with 3"),
        ("hang", "timeout", "no answer within 2 s"),
        ("noise", "response", "a line that is not JSON: loading the model"),
        ("other", "response", "does not repeat the question's id"),
        ("list", "response", "is not a JSON object"),
        ("endless", "response", "longer than 16 MiB"),
    ],
)
def test_each_fault_has_its_cause_and_the_next_question_its_answer(
    program: list[str], tmp_path: Path, act: str, cause: str, message: str
) -> None:
    """A new process answers it, never the old one with something older."""

    async def use(workers: Workers) -> str:
        with pytest.raises(WorkerError, match=message) as caught:
            await workers.ask({"input": act})
        assert cause == caught.value.cause
        return str((await workers.ask({"input": "next"})).fields["text"])

    assert "next" == with_workers(program, tmp_path, use)


def test_much_on_standard_error_blocks_nothing(program: list[str], tmp_path: Path) -> None:
    """It is read all the time, and only its end is kept."""

    async def use(workers: Workers) -> str:
        return str((await workers.ask({"input": "chatty"})).fields["text"])

    assert "ok" == with_workers(program, tmp_path, use)


def test_what_a_program_started_ends_with_it(program: list[str], tmp_path: Path) -> None:
    """Also where it does not end by itself."""

    async def use(workers: Workers) -> int:
        child = int((await workers.ask({"input": "child"})).fields["text"])
        with pytest.raises(WorkerError):
            await workers.ask({"input": "hang"})
        return child

    child = with_workers(program, tmp_path, use)
    until(lambda: not alive(child))


def test_a_question_that_is_given_up_leaves_no_answer_behind(program: list[str], tmp_path: Path) -> None:
    """Its process is ended."""

    async def use(workers: Workers) -> str:
        asked = asyncio.create_task(workers.ask({"input": "hang"}))
        await asyncio.sleep(0.1)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        return str((await workers.ask({"input": "next"})).fields["text"])

    assert "next" == with_workers(program, tmp_path, use)


@pytest.mark.parametrize("command", [["no-such-program"], ["./program.py"]])
def test_a_program_that_can_not_be_started(program: list[str], tmp_path: Path, command: list[str]) -> None:
    """Is refused before the first question, with its key path."""
    target = CommandTarget(command, folder=tmp_path, where="functions.f.variants.v.command")

    async def run() -> None:
        async with target:
            pass

    with pytest.raises(UsageError, match="can't be started") as caught:
        asyncio.run(run())
    assert "functions.f.variants.v.command" == caught.value.where


def attempt(command: list[str], folder: Path, given: object) -> Answer | Refusal:
    """One question to a command's target."""

    async def run() -> Answer | Refusal:
        async with CommandTarget(command, folder=folder, timeout=_TIMEOUT) as target:
            request = target.prepare(Datapoint("1", given, "the reference"))
            assert isinstance(request, bytes)
            assert b"reference" not in request
            return await target.attempt(request)

    return asyncio.run(run())


def test_a_program_as_a_target(program: list[str], tmp_path: Path) -> None:
    """It may give all parts of an answer, and is never told the reference."""
    usage = {"input_tokens": 3, "output_tokens": 4, "cost": 0.5}
    call = {"name": "add", "arguments": {"a": 1}}
    given = {"text": {"a": "ä"}, "tool_calls": [call], "refusal": "r", "finish": "stop", "usage": usage}
    answer = attempt(program, tmp_path, given)
    assert isinstance(answer, Answer)
    assert ('{"a": "ä"}', (ToolCall("add", '{"a": 1}'),)) == (answer.text, answer.tool_calls)
    assert ("r", "stop", Usage(3, 4, 0.5)) == (answer.refusal, answer.finish, answer.usage)
    assert answer.seconds > 0


@pytest.mark.parametrize(
    ("given", "cause", "passing"),
    [
        ({"error": "no luck"}, "target", False),
        ({"error": "busy", "retry": True}, "target", True),
        ("die", "process", True),
        ("hang", "timeout", False),
        ("noise", "response", False),
        ({"answer": "42"}, "response", False),
        ({"text": "x", "tool_calls": 5}, "response", False),
        ({"text": "x", "tool_calls": [{"name": 5, "arguments": ""}]}, "response", False),
        ({"text": "x", "usage": {"cost": -1}}, "response", False),
        ({"text": "x", "usage": {"tokens": 1}}, "response", False),
        ({"refusal": 5}, "response", False),
        ({}, "response", False),
    ],
)
def test_what_is_no_answer(program: list[str], tmp_path: Path, given: object, cause: str, *, passing: bool) -> None:
    """Is a refusal with its cause."""
    refusal = attempt(program, tmp_path, given)
    assert isinstance(refusal, Refusal)
    assert (cause, passing) == (refusal.failure.cause, refusal.passing)
    assert refusal.failure.message.isprintable()


def test_the_identity_changes_with_the_program(program: list[str], tmp_path: Path) -> None:
    """So that no cached answer of an earlier one is taken for its own."""
    before = CommandTarget(program, folder=tmp_path).identity
    (tmp_path / "program.py").write_text("# other\n")
    after = CommandTarget(program, folder=tmp_path).identity
    assert before != after
    assert {"program.py"} == set(after["files"])
    assert os.fspath(tmp_path) not in str(after)
