"""Python functions as targets."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from evaluations.errors import UsageError
from evaluations.model import Answer, Datapoint, Json, Refusal
from evaluations.targets.python_function import PythonTarget

MODULE = """
import asyncio, threading, time
from evaluations.model import Answer

def echo(given): return given
async def later(given):
    await asyncio.sleep(0)
    return given
def slow(given):
    time.sleep(given)
    return "done"
everybody = threading.Barrier(8, timeout=30)
def meet(given):
    everybody.wait()
    return "met"
async def never(given): await asyncio.sleep(60)
def parts(given): return {"text": given, "finish": "stop"}
def whole(given): return Answer("whole", seconds=99.0)
def awaitable(given): return later(given)
def fails(given): raise ValueError("no\\nluck")
def leaves(given): raise SystemExit(3)
async def leaves_later(given): raise SystemExit(3)
def stops(given): raise StopIteration("no more")
def cancels(given): raise asyncio.CancelledError("gone")
async def cancels_later(given): raise asyncio.CancelledError("gone")
async def awaits_cancelled(given):
    other = asyncio.ensure_future(asyncio.sleep(60))
    asyncio.get_running_loop().call_soon(other.cancel)
    await other
async def late_of_its_own(given): raise asyncio.TimeoutError("its own")
def nothing(given): pass
def nobody(): return "nobody"
def more(given, also): return given
def rest(*given, also="", **more): return given[0]
def change(given):
    given.append(1)
    return str(given)
class Model:
    @staticmethod
    async def ask(given): return "class"
class Callable:
    async def __call__(self, given): return "called"
instance = Callable()
number = 5
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a module of a name that nothing else has."""
    folder = tmp_path_factory.mktemp("functions")
    (folder / "functions_under_test.py").write_text(MODULE)
    return folder


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a target adds to the path is taken away again."""
    monkeypatch.syspath_prepend("")


def attempts(
    folder: Path, name: str, given: list[Json], timeout: float = 20.0, most: int = 8
) -> list[Answer | Refusal]:
    """All of them at once."""

    async def run() -> list[Answer | Refusal]:
        reference = f"functions_under_test:{name}"
        async with PythonTarget(reference, folder=folder, timeout=timeout, concurrency=most) as target:
            requests = [target.prepare(Datapoint("1", each)) for each in given]
            return list(await asyncio.gather(*(target.attempt(each) for each in requests if isinstance(each, bytes))))

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("echo", "q"),
        ("later", "q"),
        ("parts", "q"),
        ("whole", "whole"),
        ("awaitable", "q"),
        ("Model.ask", "class"),
        ("instance", "called"),
        ("rest", "q"),
    ],
)
def test_what_functions_may_be_and_give(folder: Path, name: str, expected: str) -> None:
    """Async or not; a text, an object or an Answer, whose seconds are those that it took."""
    (answer,) = attempts(folder, name, ["q"])
    assert isinstance(answer, Answer)
    assert expected == answer.text
    assert 0 < answer.seconds < 20


def test_functions_that_wait_do_so_side_by_side(folder: Path) -> None:
    """In threads: each waits here until all have come."""
    answers = attempts(folder, "meet", ["q"] * 8, timeout=60)
    assert ["met"] * 8 == [answer.text for answer in answers if isinstance(answer, Answer)]


def test_a_function_can_not_change_the_data_set(folder: Path) -> None:
    """It gets an input of its own."""
    given: Json = [0]
    (answer,) = attempts(folder, "change", [given])
    assert isinstance(answer, Answer)
    assert ("[0, 1]", [0]) == (answer.text, given)


@pytest.mark.parametrize(
    ("name", "cause", "message"),
    [
        ("fails", "target", "ValueError: no luck"),
        ("leaves", "target", "SystemExit: 3"),
        ("leaves_later", "target", "SystemExit: 3"),
        ("stops", "target", "StopIteration: no more"),
        ("cancels", "target", "CancelledError: gone"),
        ("cancels_later", "target", "CancelledError: gone"),
        ("awaits_cancelled", "target", "CancelledError:"),
        ("late_of_its_own", "target", "TimeoutError: its own"),
        ("nothing", "response", "neither text nor object but NoneType"),
        ("never", "timeout", "no answer within 0.2 s"),
    ],
)
def test_what_is_no_answer(folder: Path, name: str, cause: str, message: str) -> None:
    """Is a refusal with its cause."""
    (refusal,) = attempts(folder, name, ["q"], timeout=0.2 if cause == "timeout" else 20.0)
    assert isinstance(refusal, Refusal)
    assert (cause, False) == (refusal.failure.cause, refusal.passing)
    assert message in refusal.failure.message


def test_functions_that_hang_hold_up_nothing_else(folder: Path) -> None:
    """Neither those that wait for a thread, nor the end of the run; and there are no more threads than were wanted."""
    started = time.monotonic()
    outcomes = attempts(folder, "slow", [20.0, 20.0, 20.0, 20.0], timeout=0.2, most=2)
    assert ["timeout"] * 4 == [each.failure.cause for each in outcomes if isinstance(each, Refusal)]
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("name", ["functions_under_test:missing", "functions_under_test:number", "no_such_module:f"])
def test_a_function_that_is_not_there(folder: Path, name: str) -> None:
    """Is refused before anything is asked, with its key path."""
    with pytest.raises(UsageError, match=name) as caught:
        PythonTarget(name, folder=folder, where="functions.f.variants.v.function")
    assert "functions.f.variants.v.function" == caught.value.where


@pytest.mark.parametrize(
    ("name", "reason"), [("nobody", r"takes \(\), and is called with input"), ("more", r"takes \(given, also\)")]
)
def test_a_function_that_can_not_be_called_so(folder: Path, name: str, reason: str) -> None:
    """Is refused before anything is asked, with how it is called."""
    with pytest.raises(UsageError, match=reason) as caught:
        PythonTarget(f"functions_under_test:{name}", folder=folder, where="functions.f.variants.v.function")
    assert caught.value.do == f"let it take 1 argument: def {name}(input)"


def test_a_module_that_fails_or_leaves(tmp_path: Path) -> None:
    """Is refused with what it said."""
    (tmp_path / "leaves_under_test.py").write_text("raise SystemExit('bye')")
    with pytest.raises(UsageError, match="SystemExit: bye"):
        PythonTarget("leaves_under_test:f", folder=tmp_path)


def test_the_identity_has_the_source(folder: Path) -> None:
    """Another source may give other answers."""
    identity = PythonTarget("functions_under_test:echo", folder=folder).identity
    assert "functions_under_test:echo" == identity["function"]
    assert 64 == len(identity["sha256"])


@pytest.mark.parametrize("nested", [False, True])
def test_a_target_can_be_used_again(folder: Path, *, nested: bool) -> None:
    """After it was closed, and while another run has it open, its threads are there."""
    target = PythonTarget("functions_under_test:echo", folder=folder, timeout=5.0)

    async def ask(text: str) -> None:
        request = target.prepare(Datapoint("1", text))
        assert isinstance(request, bytes)
        answer = await target.attempt(request)
        assert isinstance(answer, Answer)
        assert text == answer.text

    async def run() -> None:
        async with target:
            await ask("first")
            if nested:
                async with target:
                    await ask("inner")
            await ask("second")

    for _ in range(2):
        asyncio.run(run())
