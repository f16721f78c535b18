"""Places to torture: a clone of the sample project, its bare remote and its targets, copied as a whole for each run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from tests import sample
from tests.sample import Sample
from tests.torture import trap
from tests.torture.trap import Boundary, Write

T = TypeVar("T")
R = TypeVar("R")

Moment: TypeAlias = "Boundary | Write | float"
"""When a kill comes: at a boundary, in the middle of a write, or so many seconds after the start."""

_LONGEST = 300
"""Seconds that a run may take, on a busy machine."""


@dataclass(frozen=True)
class Scene:
    """A folder with `clone`, which belongs to `sample`, and `remote.git`."""

    folder: Path
    sample: Sample
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the engine gets besides what a person's shell would have."""

    @property
    def remote(self) -> Path:
        """The bare repository that the clone calls origin."""
        return self.folder / "remote.git"

    @property
    def targets(self) -> Path:
        """The folder of all targets, which two clones may share."""
        shared = self.folder / "targets"
        return shared if shared.exists() else self.sample.root / ".release" / "targets"

    def other(self) -> Scene:
        """The same, seen from the second clone."""
        return replace(self, sample=Sample(self.folder / "other", self.sample.cache))

    def copy(self, folder: Path) -> Scene:
        """All of it at another place; names inside are relative, so that nothing leads back here."""
        subprocess.run(["cp", "--archive", self.folder, folder], check=True)
        for repository in (folder / "clone", folder / "remote.git"):
            if repository.exists():
                trap.install(repository)
        return replace(self, folder=folder, sample=Sample(folder / "clone", self.sample.cache))

    @contextmanager
    def started(self, *words: str) -> Iterator[Started]:
        """The engine, started in the clone; whatever it prints goes to a file, since orphans may outlive it."""
        log = self.folder / f"output-{time.monotonic_ns()}.txt"
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "release", *words], cwd=self.sample.root, stdin=subprocess.DEVNULL,
                env=self.sample.environment(**self.environment), stdout=file, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        with process:
            yield Started(process, log)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)

    def run(self, *words: str, code: int = 0) -> str:
        """Run the engine to its end, require its exit code, and return all that it printed."""
        with self.started(*words) as one:
            assert code == one.wait(), f"release {' '.join(words)} in {self.folder}:\n{one.output()}"
        return one.output()

    def status(self) -> dict[str, Any]:
        """What `status --json` prints."""
        argv = [sys.executable, "-m", "release", "status", "--json"]
        done = subprocess.run(
            argv, cwd=self.sample.root, env=self.sample.environment(), capture_output=True, text=True, check=False
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def kill(self, moment: Moment, *words: str) -> bool:
        """Run the engine and kill it; whether that came before its end. A boundary must be reached."""
        if isinstance(moment, Boundary):
            trap.arm(self.remote if moment.remote else self.sample.root, moment)
        with self.started(*words) as one:
            if isinstance(moment, Write):
                self._wait_for(moment, one)
                one.process.kill()
            elif not isinstance(moment, Boundary):
                with suppress(subprocess.TimeoutExpired):
                    one.wait(moment)
                one.process.kill()
            code = one.wait()
        expected = (-signal.SIGKILL,) if isinstance(moment, Boundary) else (-signal.SIGKILL, 0)
        assert code in expected, f"{' '.join(words)}, killed {moment}, ended with {code}:\n{one.output()}"
        return code == -signal.SIGKILL

    def _wait_for(self, write: Write, one: Started) -> None:
        seen: set[Path] = set()
        while len(seen) < write.count and one.process.poll() is None:
            seen.update(trap.unfinished(self.targets))


@dataclass(frozen=True)
class Started:
    """One run of the engine."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait(self, seconds: float = _LONGEST) -> int:
        """Its exit code, negative for a signal; subprocess.TimeoutExpired where it does not end."""
        return self.process.wait(seconds)

    def output(self) -> str:
        """All that was printed until now."""
        return self.log.read_text()

    def is_stopped(self) -> bool:
        """Whether it was paused by a signal."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def make(folder: Path, cache: Path, *, image: bool = True, edit: Callable[[str], str] = str, **files: str) -> Scene:
    """A sample project with a remote, 0.1.0 released, and 0.2.0 tagged.

    `edit` changes its pyproject.toml first; `files` are committed with that (`__` in a name stands for a dot).
    """
    folder.mkdir(parents=True)
    scene = Scene(folder, sample.make(folder / "clone", cache, image=image))
    one = scene.sample
    one.commit("Configure", pyproject__toml=edit((one.root / "pyproject.toml").read_text()), **files)
    one.git("init", "--quiet", "--bare", "--initial-branch=main", str(scene.remote))
    one.git("remote", "add", "origin", "../remote.git")
    trap.install(one.root)
    for version in ("0.1.0", "0.2.0"):
        one.tag(version)
        one.git("push", "--quiet", "origin", "main")
        if version == "0.1.0":
            scene.run("release")
    return scene


def side_by_side(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """The results for all items, in order, with as many at once as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, items))


def remove(folder: Path) -> None:
    """Take a scene away, while orphans of killed runs may still write into it."""
    shutil.rmtree(folder, ignore_errors=True)
