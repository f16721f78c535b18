"""Measures `evaluations` beside a bare loop and other runners, with many datapoints, and out of its cache."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Figure, Taken, ratio
from benchmarks.runners.memory import peak_of
from benchmarks.runners.peers import PEERS, Peer

ROOT = Path(__file__).resolve().parents[2]
COUNT, PLACES, LATENCIES = 2_000, 64, (0.05, 0.0)
SECONDS = 300.0
"""After so long a command is given up."""
_FAILURES = (OSError, RuntimeError, subprocess.SubprocessError)
"""What another runner that can't be installed, or does not run, ends in."""


def measure(folder: Path, runs: int, many: int, peers: Sequence[Peer] = PEERS) -> Iterator[Figure]:
    """Side by side at 50 ms and at 0 ms, with what each takes of memory; then `evaluations` with many datapoints."""
    environment = _environment(folder)
    data = _questions(folder / "questions.jsonl", COUNT)
    homes = {peer.name: _installed(peer, folder) for peer in peers}
    with _server(0.0) as url:
        first = _Bench(folder, environment, _questions(folder / "few.jsonl", 20), url, "a first time")
        for peer in peers:
            first.begin(peer, homes[peer.name])
    for latency in LATENCIES:
        with _server(latency) as url:
            bench = _Bench(folder, environment, data, url, f"{latency * 1000:.0f} ms")
            yield from bench.beside(runs)
            for peer in peers:
                yield from bench.peer(peer, homes[peer.name], runs)
    with _server(0.0) as url:
        yield from _many(folder, environment, url, many)
    yield from _help(folder, environment)


@dataclass
class _Bench:
    """The same questions to one server."""

    folder: Path
    environment: Mapping[str, str]
    data: Path
    url: str
    named: str
    """The server's latency."""
    best: float = math.inf
    """Seconds of the quickest run of `evaluations`."""

    def beside(self, runs: int) -> Iterator[Figure]:
        """`evaluations` and the bare loop, in turn."""
        own, bare = Figure(f"evaluations, {self.named}"), Figure(f"bare aiohttp loop, {self.named}")
        memory = Figure(f"its memory, {self.named}", 60, "MB")
        for command in (_bare(self.url, self.data), _own(self.url, self.data)):
            _take(command, self.folder, self.environment)  # compiles its modules
        for _number in range(runs):
            bare.add(_take(_bare(self.url, self.data), self.folder, self.environment)[0])
            taken, peak = _take(_own(self.url, self.data), self.folder, self.environment)
            own.add(taken)
            memory.values.append(peak)
        self.best = min(own.values)
        yield from (own, bare, ratio(f"evaluations / bare loop, {self.named}", own, bare), memory)

    def begin(self, peer: Peer, home: Path | str) -> None:
        """Let it compile its modules and make its databases; what it fails at shows when it is measured."""
        if isinstance(home, Path):
            with suppress(*_FAILURES):
                self._once(peer, home)

    def _once(self, peer: Peer, home: Path) -> tuple[Taken, float]:
        for name, text in peer.files(self.url, self.data).items():
            (home / name).write_text(text)
        return _take(peer.command(home, self.url, self.data), home, self.environment)

    def peer(self, peer: Peer, home: Path | str, runs: int) -> Iterator[Figure]:
        """Another runner; one that can't be installed or fails is a line that says so."""
        its, peak_of_it = (
            Figure(f"{peer.name}, {self.named}"),
            Figure(f"memory of {peer.name}, {self.named}", unit="MB"),
        )
        if isinstance(home, str):
            its.note = home
            yield its
            return
        try:
            for _number in range(min(runs, peer.runs or runs)):
                taken, peak = self._once(peer, home)
                its.add(taken)
                peak_of_it.values.append(peak)
        except _FAILURES as error:
            its.note = f"did not run: {_reason(error)}"
            yield its
            return
        goal = f"at least {peer.times:g}" if peer.times and self.named == "50 ms" else ""
        times = Figure(f"{peer.name} / evaluations, {self.named}", unit="times", note=goal)
        times.values = [seconds / self.best for seconds in its.values]
        yield from (its, times, peak_of_it)


def _installed(peer: Peer, folder: Path) -> Path | str:
    """The folder of its environment, or why there is none."""
    try:
        return _install(peer, folder)
    except _FAILURES as error:
        said = getattr(error, "stderr", None) or b""
        return f"not installed: {_reason(said.decode(errors='replace') or error)}"


def _reason(text: object) -> str:
    """The last line that names an error, or the last one."""
    lines = str(text).strip().splitlines() or ["no reason given"]
    return next((line for line in reversed(lines) if "error" in line.lower()), lines[-1])[:100]


def _many(folder: Path, environment: Mapping[str, str], url: str, many: int) -> Iterator[Figure]:
    """Memory must not grow with the data set; what is cached is quick."""
    for count in (many // 10, many):
        data = _questions(folder / f"{count}.jsonl", count)
        taken, peak = _take(_own(url, data), folder, environment, seconds=3600)
        yield Figure(f"evaluations, {count:,} datapoints, 0 ms", values=[taken.seconds], cpu=[taken.cpu])
        yield Figure(f"its memory, {count:,} datapoints", 60, "MB", values=[peak])
    data = _questions(folder / "cached.jsonl", 100_000)
    command = [*_own(url, data), "--inference-cache", "on"]
    _take(command, folder, environment, seconds=3600)
    again, peak = _take(command, folder, environment, seconds=3600)
    yield Figure("evaluations, 100,000 datapoints out of the cache", 15, values=[again.seconds], cpu=[again.cpu])
    yield Figure("its memory, out of the cache", 60, "MB", values=[peak])


def _help(folder: Path, environment: Mapping[str, str]) -> Iterator[Figure]:
    shown, interpreter = Figure("evaluations --help"), Figure("python -c pass")
    for _number in range(10):
        interpreter.add(_take([sys.executable, "-c", "pass"], folder, environment)[0])
        shown.add(_take([sys.executable, "-m", "evaluations", "--help"], folder, environment)[0])
    above = Figure("evaluations --help, above python", 0.15)
    above.values = [one - other for one, other in zip(shown.values, interpreter.values, strict=True)]
    yield above


def _own(url: str, data: Path) -> list[str | Path]:
    words: list[str | Path] = ["--dataset", data, "--endpoint", url, "--model", "m", "--concurrency", str(PLACES)]
    return [sys.executable, "-m", "evaluations", "run", *words]


def _bare(url: str, data: Path) -> list[str | Path]:
    return [sys.executable, ROOT / "benchmarks" / "runners" / "bare.py", url, data, str(PLACES)]


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the user's; no telemetry, no proxy, every cache in the folder, and compiled modules, as users have."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PIP_INDEX_URL", "SSL_CERT_FILE") if name in os.environ}
    return kept | {
        "HOME": str(folder), "PYTHONPATH": str(ROOT), "OPENAI_API_KEY": "none", "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1", "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "NO_PROXY": "*",
        "LOGFIRE_IGNORE_NO_CONFIG": "1", "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }  # fmt: skip


def _questions(path: Path, count: int) -> Path:
    with path.open("w") as file:
        for number in range(count):
            file.write(json.dumps({"input": f"What is {number} + 1?", "reference": str(number + 1)}) + "\n")
    return path


@contextmanager
def _server(latency: float) -> Iterator[str]:
    """In a process of its own, as a real one would be."""
    words = [sys.executable, str(ROOT / "tests" / "servers" / "model.py"), "--port", "0", "--latency", str(latency)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def _install(peer: Peer, folder: Path) -> Path:
    home = folder / peer.name.replace(" ", "-")
    if peer.npm:
        home.mkdir()
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("npm is not installed")
        words: list[str | Path] = [npm, "install", "--silent", "--no-fund", "--no-audit", *peer.packages]
        subprocess.run(words, cwd=home, check=True, capture_output=True)
        return home
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if uv is None:
        raise RuntimeError("uv is not installed")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, home], check=True, capture_output=True)
    into: list[str | Path] = ["--quiet", "--python", home / "bin" / "python"]
    subprocess.run([uv, "pip", "install", *into, *peer.packages], check=True, capture_output=True)
    return home


def _take(
    argv: Sequence[str | Path], cwd: Path, env: Mapping[str, str], *, seconds: float = SECONDS
) -> tuple[Taken, float]:
    """What a command took, and the most memory that one of its processes held, in MB."""
    begun = time.monotonic()
    words = [str(word) for word in argv]
    with subprocess.Popen(
        ["timeout", f"{seconds:g}", *words], cwd=cwd, env={**os.environ, **env}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        with peak_of(process.pid) as peak:
            output = process.stdout.read()
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    spent = time.monotonic() - begun
    if process.returncode:
        raise RuntimeError(f"{words[0]} exited with {process.returncode}:\n{output[-2000:]}")
    return Taken(spent, usage.ru_utime + usage.ru_stime, output), peak[0]
