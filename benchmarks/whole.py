"""The whole release beside the plain noxfile's, the engine's own share, nothing to do, and rollback."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.measure import Figure, Taken, ratio, rounds, take
from tests import sample
from tests.sample import ROOT, Sample

PROOF = "ask a resolver and a pull what users get now"
_HERE = Path(__file__).parent


class Bench:
    """Where everything is, and what commands see."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        self.report = folder / "share.json"
        self._projects = 0

    def project(self, version: str) -> Sample:
        """A new sample project with both noxfiles, tagged."""
        self._projects += 1
        made = sample.make(self.folder / f"project-{self._projects}", self.cache, image=True)
        files = {
            "engine__py": _HERE / "engine/noxfile.py",
            "plain__py": _HERE / "plain/noxfile.py",
            "container__py": _HERE / "plain/container.py",
            "requirements/release.txt": ROOT / "requirements/release.txt",
        }
        ignored = "__pycache__/\n.nox/\nout/\n"
        made.commit("Sessions", __gitignore=ignored, **{name: path.read_text() for name, path in files.items()})
        made.tag(version)
        return made

    def environment(self, made: Sample, **extra: str) -> dict[str, str]:
        """Python keeps its compiled modules here, also where the caller's setting says otherwise."""
        compiled = str(self.folder / "compiled")
        env = made.environment(**{"PYTHONPYCACHEPREFIX": compiled, "ENGINE": "-m release", **extra})
        return {name: value for name, value in env.items() if name not in ("PYTHONDONTWRITEBYTECODE", "UV_CACHE_DIR")}

    def nox(self, made: Sample, noxfile: str, **extra: str) -> Taken:
        """Run the session `release` of one of the noxfiles."""
        argv = [sys.executable, "-m", "nox", "--noxfile", noxfile, "--session", "release"]
        return take(argv, made.root, self.environment(made, **extra))

    def engine(self, made: Sample, *words: str) -> Taken:
        """Run the engine without Nox."""
        return take([sys.executable, "-m", "release", *words], made.root, self.environment(made))

    def forget_images(self) -> None:
        """Empty the cache of image layers; those of uv and pip stay."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.cache / "release-engine")


def measure(bench: Bench, runs: int) -> Iterator[Figure]:
    """All of it, up to `runs` times in turns."""
    cold, plain_cold = Figure("release, cold: nox, engine"), Figure("release, cold: nox, plain")
    warm, plain_warm = Figure("release, warm: nox, engine"), Figure("release, warm: nox, plain")
    own, tools = Figure("the engine's own part of a warm release", 2.0), Figure("of that, waiting for git")
    percent = Figure("the same, of the whole release", 5.0, "%")
    narrow = Figure("the same, with git counted as a tool", 5.0, "%")
    idle_nox, idle = Figure("nothing to do, through nox", 1.5), Figure("nothing to do, without nox", 1.5)
    back, proof = Figure("rollback without the proof", 1.0), Figure("the proof (pip, uv, a pull)")
    bench.nox(bench.project("1.0.0"), "plain.py")  # fills the caches of uv and pip
    for _ in rounds(runs, 150):
        engine, plain = bench.project("1.0.0"), bench.project("1.0.0")
        for figure, made, noxfile in ((cold, engine, "engine.py"), (plain_cold, plain, "plain.py")):
            bench.forget_images()
            figure.add(bench.nox(made, noxfile))
        for made in (engine, plain):
            made.tag("1.1.0")
        stopwatch = f"{_HERE / 'share.py'} {bench.report}"
        warm.add(bench.nox(engine, "engine.py", ENGINE=stopwatch))
        plain_warm.add(bench.nox(plain, "plain.py"))
        share = json.loads(bench.report.read_text())
        own.values.append(share["own"])
        tools.values.append(share["git"])
        percent.values.append(100 * share["own"] / share["whole"])
        narrow.values.append(100 * (share["own"] - share["git"]) / share["whole"])
        for _again in range(2):
            idle_nox.add(bench.nox(engine, "engine.py"))
            idle.add(bench.engine(engine, "release"))
        whole = bench.engine(engine, "rollback")
        proof.values.append(seconds(engine, PROOF))
        back.values.append(whole.seconds - proof.values[-1])
    yield from (cold, plain_cold, ratio("engine / plain, cold", cold, plain_cold))
    yield from (warm, plain_warm, ratio("engine / plain, warm", warm, plain_warm))
    yield from (own, tools, percent, narrow, idle_nox, idle, back, proof)


def seconds(made: Sample, title: str) -> float:
    """How long the engine's log says that a step took, the last time."""
    lines = [json.loads(line) for line in (made.root / ".release/log/console.jsonl").read_text().splitlines()]
    return float(next(line["seconds"] for line in reversed(lines) if title in line["text"] and "seconds" in line))
