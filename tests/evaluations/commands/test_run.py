"""`evaluations run`, whole, against the model server."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from evaluations.cli import main
from evaluations.terminal import progress as shown
from tests.evaluations.conftest import Write, run_words, sums
from tests.servers.model import Fault, ModelServer

DATA = Path(__file__).resolve().parents[2] / "data" / "arithmetic.jsonl"


def start(arguments: list[str], folder: Path, **streams: Any) -> subprocess.Popen[bytes]:
    """A run as a process of its own, in an empty folder."""
    return subprocess.Popen([sys.executable, "-m", "evaluations", *arguments], cwd=folder, **streams)


def lines(text: str | bytes) -> list[dict[str, Any]]:
    """Of JSON."""
    return [json.loads(line) for line in text.splitlines()]


def written_summary(folder: Path) -> dict[str, Any]:
    """What the folder has, without the time when it was written."""
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    assert summary.pop("ended")
    return summary


def test_a_good_model_passes(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, the score and the verdict on standard output, nothing on standard error."""
    with ModelServer() as server:
        assert main(run_words(server, DATA, "--cutoff", "exact_match=0.95")) == 0
        assert server.requests == 40
    captured = capsys.readouterr()
    assert "exact_match: mean 1.0000, 95 % interval 0.9124 to 1.0000, scored 40, 0 errors" in captured.out
    assert "verdict: pass" in captured.out
    assert captured.err == ""


def test_a_bad_model_misses_the_cutoff(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, and the mean is the share of right answers."""
    with ModelServer(wrong=0.3, seed=4) as server:
        code = main(run_words(server, DATA, "--cutoff", "exact_match=0.95", "--format", "jsonl"))
        right = [point["reference"] == server.answer(point["input"]) for point in lines(DATA.read_text())]
    *results, summary = lines(capsys.readouterr().out)
    assert code == 1
    assert 0 < sum(right) < 40
    assert sum(right) / 40 == summary["variants"]["m"]["scores"]["exact_match"]["mean"]
    assert {point["id"]: float(good) for point, good in zip(lines(DATA.read_text()), right, strict=True)} == {
        result["id"]: result["scores"]["exact_match"] for result in results
    }


@pytest.mark.parametrize(
    ("share", "rate", "code"),
    [(1.0, "0", 3), (1.0, "1", 3), (0.3, "0", 3), (0.3, "0.6", 0), (0.3, "0.01", 3)],
)
def test_errors_fail_the_run(share: float, rate: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3 above the rate, and always where nothing was scored, although every cutoff would be met."""
    with ModelServer(faults=[Fault("401", share)]) as server:
        more = ["--cutoff", "exact_match=0", "--max-error-rate", rate, "--format", "jsonl"]
        assert code == main(run_words(server, DATA, *more))
    *results, summary = lines(capsys.readouterr().out)
    score = summary["variants"]["m"]["scores"]["exact_match"]
    failed = [result for result in results if result["errors"]]
    assert (40, 40) == (len(results), score["count"] + score["errors"])
    refused = summary["variants"]["m"]["causes"]["http_401"]
    assert len(failed) == score["errors"] == refused["count"] == summary["errors"]
    assert ({3: "error", 0: "pass"}[code], True) == (summary["verdict"], summary["complete"])


@pytest.mark.parametrize("data", [b"", b"\n\n"])
def test_an_empty_run_fails(write: Write, data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3: it says nothing of the model, whatever the cutoffs."""
    with ModelServer() as server:
        assert main(run_words(server, write(data), "--cutoff", "exact_match=0", "--format", "jsonl")) == 3
        assert server.requests == 0
    assert "there is no datapoint in it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("data", "more", "reason"),
    [
        (b"broken\n", [], "line 3"),
        (b'{"input": "q"}\n', [], "line 3"),
        (b"", ["--cutoff", "judge=1"], "no metric 'judge'"),
        (b"", ["--cutoff", "exact_match=90"], "no cutoff for exact_match"),
        (b"", ["--output", "/dev/null/x"], "can't be made"),
        (b"", ["--endpoint", "nowhere"], "no http or https address"),
    ],
)
def test_bad_input_is_refused_before_the_first_request(
    write: Write, data: bytes, more: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and the model was not asked, although the first lines are good."""
    with ModelServer() as server:
        assert main(run_words(server, write(*sums(2), data), *more)) == 2
        assert server.requests == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert reason in captured.err
    assert "  do:    " in captured.err


def test_the_key_comes_from_the_environment_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Not even where the server repeats it."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with ModelServer(faults=[Fault("401")]) as server:
        assert main(run_words(server, DATA, "--format", "jsonl", "--output", str(tmp_path / "out"))) == 3
        assert "Bearer sk-secret" in server.seen[0][0]
    captured = capsys.readouterr()
    written = (tmp_path / "out" / "results.jsonl").read_text() + (tmp_path / "out" / "summary.json").read_text()
    assert "sk-secret" not in captured.out + captured.err + written
    assert "the key is [hidden]" in captured.out


def test_a_bad_key_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line break at its end is a common mistake."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret\n")
    with ModelServer() as server:
        assert main(run_words(server, DATA)) == 2
    assert "sk-secret" not in capsys.readouterr().err


def test_results_go_to_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same lines and the same summary as on standard output; a second run does not touch them."""
    folder = tmp_path / "out"
    with ModelServer() as server:
        arguments = run_words(server, DATA, "--output", str(folder), "--format", "jsonl", "--system", "Be brief.")
        assert main(arguments) == 0
        assert main(arguments) == 2
        assert main(run_words(server, DATA, "--output", str(tmp_path / "pretty"), "--timeout", "30")) == 0
        assert server.seen[0][1]["messages"][0] == {"role": "system", "content": "Be brief."}
    assert len(lines((tmp_path / "pretty" / "results.jsonl").read_text())) == 40
    *results, summary = lines(capsys.readouterr().out.split("40 of 40", 1)[0])
    assert results == lines((folder / "results.jsonl").read_text())
    assert summary == written_summary(folder)
    assert (40, ["m"]) == (summary["count"], list(summary["variants"]))


def test_what_passes_is_retried_and_no_more_asked_at_once_than_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    """Every question meets 429 once, and the run is whole all the same."""
    with ModelServer(latency=0.01, faults=[Fault("429", times=1)], retry_after="0.02") as server:
        assert main(run_words(server, DATA, "--concurrency", "5", "--format", "jsonl")) == 0
        assert (80, 5) == (server.requests, server.most_at_once)
    assert all(result["attempts"] == 2 for result in lines(capsys.readouterr().out)[:-1])


def test_image_files_are_found_beside_the_data_set(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """As with a configuration: what is sent is the file, as a data URL."""
    content = [{"type": "text", "text": "What is 1 + 1?"}, {"type": "file", "path": "dot.png"}]
    record = {"input": [{"role": "user", "content": content}], "reference": "2"}
    dataset = write(json.dumps(record).encode() + b"\n")
    (Path(dataset).parent / "dot.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with ModelServer() as server:
        assert main(run_words(server, dataset)) == 0, capsys.readouterr().err
        sent = server.seen[0][1]["messages"][0]["content"][1]["image_url"]["url"]
    assert sent == "data:image/png;base64,iVBORw0KGgo="


def test_progress_is_shown_in_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], write: Write
) -> None:
    """Plain lines on standard error."""
    monkeypatch.setattr(shown, "_PLAIN", 0.05)
    with ModelServer(latency=0.05) as server:
        assert main(run_words(server, write(*sums(10)), "--concurrency", "2")) == 0
    progress = capsys.readouterr().err.splitlines()
    assert progress
    assert all("of 10 (" in line and "\r" not in line for line in progress)


def test_progress_is_live_on_a_terminal(tmp_path: Path, write: Write) -> None:
    """One line that is drawn again and gone at the end."""
    master, slave = pty.openpty()
    path = write(*sums(12))
    with ModelServer(latency=0.05) as server:
        arguments = run_words(server, path, "--concurrency", "1")
        environment = {**os.environ, "TERM": "xterm"}
        with start(arguments, tmp_path, stdout=subprocess.PIPE, stderr=slave, env=environment) as run:
            assert run.wait(20) == 0
    os.close(slave)
    shown = os.read(master, 10_000).decode()
    os.close(master)
    assert "of 12 (" in shown
    assert shown.endswith("\r\x1b[K")
    assert "\n" not in shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_reports_what_there_is(number: signal.Signals, tmp_path: Path, write: Write) -> None:
    """Exit code 130; every line before the summary is counted, and all is marked as incomplete."""
    path = write(*sums(5000))
    with ModelServer(latency=0.02) as server:
        arguments = run_words(server, path, "--concurrency", "4", "--format", "jsonl", "--output", "out")
        with start(arguments, tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            assert run.stdout is not None
            assert run.stderr is not None
            first = [run.stdout.readline() for _ in range(5)]
            run.send_signal(number)
            rest, errors = run.stdout.read(), run.stderr.read()
    *results, summary = lines(b"".join(first) + rest)
    assert (130, b"") == (run.returncode, errors)
    assert ("inconclusive", False, 5000, len(results)) == tuple(
        summary[name] for name in ("verdict", "complete", "planned", "count")
    )
    assert 5 <= len(results) < 5000
    assert len(results) <= server.requests <= len(results) + 4
    assert summary == written_summary(tmp_path / "out")
    assert len(results) == len(lines((tmp_path / "out" / "results.jsonl").read_text()))


def opened_by(run: subprocess.Popen[bytes], pipe: Path) -> int:
    """The writing end of a pipe, as soon as the run has opened it."""
    while run.poll() is None:
        with suppress(OSError):
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        time.sleep(0.01)
    raise AssertionError(f"the run ended with {run.returncode}")


def test_an_interrupt_before_the_first_request_is_no_report(tmp_path: Path) -> None:
    """Exit code 130 while the data set is still coming in."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ModelServer() as server, start(run_words(server, pipe), tmp_path, stderr=subprocess.PIPE) as run:
        with os.fdopen(opened_by(run, pipe), "wb"):
            run.send_signal(signal.SIGINT)
            _output, errors = run.communicate(timeout=60)
        assert (130, 0) == (run.returncode, server.requests)
    assert errors == b"evaluations: interrupted, nothing is reported\n"


def test_a_reader_that_leaves_fails_the_run(tmp_path: Path, write: Write) -> None:
    """Exit code 3 with one clear error, as with `| head -1`."""
    path = write(*sums(500))
    with ModelServer(latency=0.01) as server:
        arguments = run_words(server, path, "--format", "jsonl", "--concurrency", "4")
        with start(arguments, tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            assert run.stdout is not None
            run.stdout.readline()
            run.stdout.close()
            assert run.stderr is not None
            errors = run.stderr.read().decode()
            assert run.wait(60) == 3
        assert server.requests < 500
    assert errors.startswith("evaluations: results can't be written: Broken pipe\n  where: standard output\n")
    assert "Traceback" not in errors


def test_a_full_disk_fails_the_run(tmp_path: Path) -> None:
    """Exit code 3, although the model was good."""
    with ModelServer() as server, Path("/dev/full").open("wb") as full:
        run = start(run_words(server, DATA), tmp_path, stdout=full, stderr=subprocess.PIPE)
        _output, errors = run.communicate(timeout=60)
    assert run.returncode == 3
    assert b"No space left" in errors


def test_it_works_as_an_ordinary_user_without_a_home(tmp_path: Path) -> None:
    """And without a folder that could be written to, data coming through a pipe."""
    environment = {name: value for name, value in os.environ.items() if name != "HOME"}
    with ModelServer() as server:
        arguments = run_words(server, "-", "--cutoff", "exact_match=1")
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with start(arguments, tmp_path, env={**environment, "TMPDIR": "/proc/none"}, **streams) as run:
            output, errors = run.communicate(DATA.read_bytes(), timeout=60)
    assert (0, b"") == (run.returncode, errors)
    assert b"verdict: pass" in output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("more", "code"), [(["--tag", "nope"], 2), (["--slice", "50:60"], 2), (["--workers", "5"], 2)])
def test_words_that_choose_nothing_are_wrong_words(
    more: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2: an empty data set is another thing. So is an option that would do nothing."""
    with ModelServer() as server:
        assert main(run_words(server, DATA, *more)) == code
        assert server.requests == 0
    said = capsys.readouterr().err
    assert "do:    add --executor ray" in said if "--workers" in more else "tags, slice and sample leave no" in said


_COUNTED = """
[functions.f]
type = "chat"
[functions.f.variants.v]
type = "python"
function = "counted:answer"
[functions.f.evaluators.e]
type = "contains"
[evaluations.x]
function_name = "f"
dataset = "data.jsonl"
inference_cache = "on"
"""


def test_people_read_what_ended_a_run_and_what_the_cache_gave(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The budget by its kind and size, and the number of answers that were there already."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend("")
    write(*({"input": f"q{number}", "reference": "q"} for number in range(20)))
    (tmp_path / "evaluations.toml").write_text(_COUNTED)
    program = "def answer(question): return {'text': question, 'usage': {'input_tokens': 10, 'output_tokens': 0}}\n"
    (tmp_path / "counted.py").write_text(program)
    words = ["run", "--config", str(tmp_path), "--concurrency", "1"]
    assert main([*words, "--max-tokens", "50"]) == 4
    said = capsys.readouterr().out
    assert said.startswith("5 of 20 datapoints in ")
    assert "verdict: inconclusive (the budget of 50 tokens is used up)\n" in said
    assert main(words) == 0
    assert ", 0 errors, 5 answers from the cache, 150 tokens\n" in capsys.readouterr().out
