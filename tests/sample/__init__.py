"""A small project of its own that the engine's tests release: real git, real builds, gates that pass in no time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}

_PYPROJECT = """\
[build-system]
requires = ["setuptools", "setuptools-scm"]
build-backend = "setuptools.build_meta"

[project]
name = "sample-project"
description = "A project to be released"
readme = "README.md"
requires-python = ">=3.10"
license = "Apache-2.0"
dynamic = ["version"]

[project.scripts]
sample = "sample:main"

[tool.setuptools]
packages = ["sample"]

[tool.setuptools_scm]

[tool.release]
command = "sample"
gates = ["quick", "slow"]
smoke = ["{python}", "smoke.py", "{version}", "{command}"]
free-disk-mib = 1
"""

_TARGETS = """
[tool.release.targets.index]
kind = "static-index"
path = ".release/targets/index"
"""

_IMAGE = """
[tool.release.image]
python = "3.11"

[tool.release.targets.images]
kind = "oci-layout"
path = ".release/targets/images"
"""

_NOXFILE = '''\
import os
from pathlib import Path

import nox


@nox.session(venv_backend="none")
def quick(session):
    """Pass, unless a file in the commit says otherwise."""
    assert Path(os.environ["RELEASE_WHEEL"]).is_file()
    if Path("broken").exists():
        session.error("the commit is broken")


@nox.session(venv_backend="none", requires=["quick"])
def slow(session):
    """Need the other one."""
    assert not Path("untracked").exists()
'''

_SMOKE = """\
import subprocess
import sys

version, *command = sys.argv[1:]
printed = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
if printed != f"sample {version}\\n":
    sys.exit(f"wanted version {version}, got {printed!r}")
if subprocess.run([*command, "6", "7"], capture_output=True, text=True, check=True).stdout != "42\\n":
    sys.exit("it can't multiply")
"""

_PACKAGE = '''\
"""Multiplies two numbers."""

import sys
from importlib.metadata import version


def main() -> int:
    """Print the product, or the version."""
    words = sys.argv[1:]
    print(f"sample {version('sample-project')}" if words == ["--version"] else int(words[0]) * int(words[1]))
    return 0
'''

_CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Everything.\n"


@dataclass(frozen=True)
class Sample:
    """A clone of the sample project."""

    root: Path
    cache: Path
    """The user's cache folder, which tests share."""

    def environment(self, **extra: str) -> dict[str, str]:
        """What a person's shell would have; nothing of the test run steers the engine."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "NOX_", "RELEASE_"))}
        return {**kept, **IDENTITY, "XDG_CACHE_HOME": str(self.cache), "PYTHONPATH": str(ROOT), **extra}

    def git(self, *words: str) -> str:
        """Run git in the clone."""
        done = subprocess.run(
            ["git", *words], cwd=self.root, env=self.environment(), capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, message: str = "Change", **files: str) -> str:
        """Write files (`__` in a name stands for a dot), commit everything, and return the commit's id."""
        for name, text in files.items():
            (self.root / name.replace("__", ".")).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def tag(self, version: str) -> None:
        """Commit a CHANGELOG section for the version, with something else that changed, and tag it."""
        path = self.root / "CHANGELOG.md"
        if f"[{version}]" not in path.read_text():
            path.write_text(path.read_text() + f"\n## [{version}] - 2026-01-01\n\n### Changed\n\n- {version}.\n")
        self.commit(f"Release {version}", notes=version)
        self.git("tag", "--annotate", "--message", version, f"v{version}")

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Start the engine and return at once."""
        return subprocess.Popen(
            [sys.executable, "-m", "release", *words], cwd=self.root, env=self.environment(**environment), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def run(self, *words: str, code: int = 0, **environment: str) -> str:
        """Run the engine to its end, require its exit code, and return all that it printed."""
        with self.start(*words, **environment) as process:
            output = process.communicate(timeout=300)[0]
        assert process.returncode == code, f"release {' '.join(words)} exited with {process.returncode}:\n{output}"
        return output

    def ledger(self) -> list[str]:
        """The sentences of the ledger, first to last."""
        return self.git("log", "--reverse", "--format=%s", "refs/releases/ledger").splitlines()

    def copy(self, root: Path) -> Sample:
        """A copy of everything, targets and ledger included, at another place."""
        shutil.copytree(self.root, root, symlinks=True)
        return Sample(root, self.cache)


def make(root: Path, cache: Path, *, image: bool = False) -> Sample:
    """A new sample project at `root`, on branch main, with one commit and no tag; `image` adds an image to it."""
    (root / "sample").mkdir(parents=True)
    (root / "requirements").mkdir()
    files = {
        "pyproject.toml": _PYPROJECT + _TARGETS + (_IMAGE if image else ""),
        "noxfile.py": _NOXFILE,
        "smoke.py": _SMOKE,
        "sample/__init__.py": _PACKAGE,
        "CHANGELOG.md": _CHANGELOG,
        "README.md": "# Sample\n\nA project.\n",
        ".gitignore": "__pycache__/\n.nox/\n",
        "requirements/runtime.txt": "# The project has no dependencies.\n",
        "requirements/build.txt": (ROOT / "requirements" / "build.txt").read_text(),
    }
    for name, text in files.items():
        (root / name).write_text(text)
    sample = Sample(root, cache)
    sample.git("init", "--quiet", "--initial-branch=main")
    sample.commit("Begin")
    return sample
