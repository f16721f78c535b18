"""Proves an installed program: `python tests/smoke.py VERSION COMMAND [ARG ...]`. Standard library only.

It must print the version, pass a small real evaluation, and fail one against a model that answers wrongly: a smoke test
that could not fail would prove nothing. The data goes in through standard input, so COMMAND may run in another root.
"""

# ruff: noqa: T201, what it prints is its report

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent
sys.path.append(str(TESTS.parent))

from tests.servers.model import MODEL, ModelServer  # noqa: E402, the folder above has to be on the path first

_TIMEOUT = 60.0
"""Seconds for one run of the program."""


class SmokeError(Exception):
    """A check that did not hold."""


def main(argv: list[str]) -> int:
    """Run every check; 0 where all hold, 1 with the reason at the first that does not, 2 for wrong arguments."""
    if len(argv) < 2:
        print("usage: python tests/smoke.py VERSION COMMAND [ARG ...]", file=sys.stderr)
        return 2
    version, command = argv[0], argv[1:]
    try:
        check_version(version, command)
        data = (TESTS / "data" / "arithmetic.jsonl").read_bytes()
        check_right_answers(command, data)
        check_wrong_answers(command, data)
    except SmokeError as error:
        print(f"smoke failed: {error}")
        return 1
    return 0


def check_version(version: str, command: list[str]) -> None:
    """The program is the released one."""
    done = _run([*command, "--version"])
    if (done.returncode, done.stdout) != (0, f"evaluations {version}\n".encode()):
        raise SmokeError(f"--version should print 'evaluations {version}' and exit with 0: {_shown(done)}")
    print(f"ok: it is evaluations {version}")


def check_right_answers(command: list[str], data: bytes) -> None:
    """A good model passes: each datapoint was asked once, all are right."""
    count = len(data.splitlines())
    with ModelServer() as server:
        done = _run([*command, *_arguments(server)], data)
        summary = _summary(done, 0)
    score = summary["variants"][MODEL]["scores"]["exact_match"]
    found = (summary["verdict"], summary["count"], score["count"], score["errors"], score["mean"], server.requests)
    if found != ("pass", count, count, 0, 1.0, count):
        raise SmokeError(
            f"verdict, count, scored, errors, mean and requests should be right for {count} datapoints: {found}"
        )
    print(f"ok: {count} right answers pass with mean 1.0")


def check_wrong_answers(command: list[str], data: bytes) -> None:
    """A bad model does not pass."""
    with ModelServer(wrong=1.0) as server:
        done = _run([*command, *_arguments(server)], data)
        summary = _summary(done, 1)
    mean = summary["variants"][MODEL]["scores"]["exact_match"]["mean"]
    if (summary["verdict"], mean) != ("fail", 0.0):
        raise SmokeError(f"wrong answers should fail with mean 0.0: {summary['verdict']}, mean {mean}")
    print("ok: wrong answers fail")


def _arguments(server: ModelServer) -> list[str]:
    return [
        "run",
        "--dataset",
        "-",
        "--endpoint",
        server.url,
        "--model",
        MODEL,
        "--cutoff",
        "exact_match=0.95",
        "--format",
        "jsonl",
    ]


def _run(words: list[str], stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    environment.update(NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
    try:
        return subprocess.run(words, input=stdin, capture_output=True, timeout=_TIMEOUT, check=False, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SmokeError(f"{shlex.join(words)}: {error}") from None


def _summary(done: subprocess.CompletedProcess[bytes], code: int) -> dict[str, Any]:
    if done.returncode != code:
        raise SmokeError(f"the run should exit with {code}: {_shown(done)}")
    try:
        summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        if summary["type"] == "summary":
            return summary
    except (ValueError, LookupError, TypeError):
        pass
    raise SmokeError(f"the last line should be the summary: {_shown(done)}")


def _shown(done: subprocess.CompletedProcess[bytes]) -> str:
    output = (done.stdout + done.stderr).decode(errors="replace").strip()
    return f"{shlex.join(done.args)} exited with {done.returncode} and printed:\n{output[-2000:] or '(nothing)'}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
