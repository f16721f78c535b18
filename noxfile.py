"""Every task of the project, for developers, for CI and for releases: `nox -l` lists them.

A session makes its environment from hash-locked requirements and calls one command.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nox

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "typecheck", "test"]
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
# Whole releases are tested where they are made: on the Python that runs Nox, where that is one of ours.
ENDTOEND = next((python for python in PYTHONS if python == f"{sys.version_info[0]}.{sys.version_info[1]}"), PYTHONS[-1])
LOCKS = {
    "runtime": ["pyproject.toml"],
    "build": ["--group=build"],
    "release": ["--group=release"],
    "foreign": ["--group=foreign"],
    "lint": ["--group=lint"],
    "test": ["pyproject.toml", "--group=test"],
    "torture": ["pyproject.toml", "--group=torture"],
    "servers": ["--group=servers"],
    "typecheck": ["pyproject.toml", "--group=typecheck"],
}
CODE = ["evaluations", "release", "tests", "benchmarks", "docs", "noxfile.py"]


LINK = (
    "import pathlib, sys, sysconfig; pathlib.Path(sysconfig.get_path('purelib'), 'source.pth').write_text(sys.argv[1])"
)


def install(session: nox.Session, group: str) -> None:
    """Install requirements/GROUP.txt, every file of it by its hash."""
    session.install("--require-hashes", "-r", f"requirements/{group}.txt")


def engine(session: nox.Session, verb: str, *words: str) -> None:
    """Call the release engine, with whatever stands after `--`."""
    install(session, "release")
    session.run("python", "-m", "release", verb, *words, *session.posargs)


def install_wheel(session: nox.Session) -> None:
    """Install the wheel under test: the one that is being released, or one of the work tree as it is."""
    wheel = os.environ.get("RELEASE_WHEEL")
    if not wheel:
        out = str(
            Path(session.bin).parent / "dist"
        )  # not create_tmp: that moves TMPDIR into the clone, under the tests
        built = session.run("python", "-m", "release", "build", "--out", out, silent=True)
        wheel = str(built).split()[-1]
    session.install("--no-deps", wheel)
    # Tests import the engine and their own servers from the source, after what is installed: the wheel comes first.
    session.run("python", "-c", LINK, str(Path.cwd()))


@contextmanager
def in_memory() -> Iterator[list[str]]:
    """What tells pytest to write to memory, where there is room: a third of the tests' time is waiting for the disk."""
    memory = Path("/dev/shm")  # noqa: S108 - not for secrets
    for left in memory.glob("tests-of-*"):  # of a run that was killed
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    try:
        room = os.statvfs(memory)
        fits = room.f_bavail * room.f_frsize > 8 << 30 and not room.f_flag & os.ST_NOEXEC
    except OSError:
        fits = False
    if not fits:
        yield []
        return
    folder = Path(tempfile.mkdtemp(prefix=f"tests-of-{os.getpid()}-", dir=memory), "pytest-of-nox")
    folder.mkdir()
    try:
        yield [f"--basetemp={folder}/0"]
    finally:
        shutil.rmtree(folder.parent, ignore_errors=True)


def after_in_image(words: list[str]) -> list[str] | None:
    """What stands after `--in image` or `--in=image`, for pytest; None where the tests don't run there."""
    if words[:1] == ["--in=image"]:
        return words[1:]
    return words[2:] if words[:2] == ["--in", "image"] else None


def in_image(session: nox.Session, words: list[str]) -> None:
    """Run the tests in the -dev image, against the wheel and on the Python that users of the image get."""
    if session.python != ENDTOEND:
        session.skip("the image has a Python of its own; the tests run in it once")
    install(session, "release")
    options = ("-m", "not torture and not endtoend", "--numprocesses", "logical", "--dist", "loadfile")
    session.run("python", "-m", "release", "inside", "pytest", *options, *words)


@nox.session(allow_parallel=True)
def lint(session: nox.Session) -> None:
    """Check format and style (ruff)."""
    install(session, "lint")
    session.run("ruff", "format", "--check", *CODE)
    session.run("ruff", "check", *CODE)


@nox.session(allow_parallel=True)
def typecheck(session: nox.Session) -> None:
    """Check types (mypy, strict) of the package, the engine, the tests and this file."""
    install(session, "typecheck")
    session.run("mypy")
    session.run("mypy", "noxfile.py", "docs/generate.py", "docs/simulate.py")


@nox.session(python=PYTHONS, allow_parallel=True)
def test(session: nox.Session) -> None:
    """Run the tests against the built wheel on every Python that is there; -- --in image runs them in the image."""
    if (passed := after_in_image(session.posargs)) is not None:
        in_image(session, passed)
        return
    install(session, "test")
    install_wheel(session)
    markers = "not torture" if session.python == ENDTOEND else "not torture and not endtoend"
    options = ("-m", markers, "--numprocesses", "logical", "--dist", "loadfile", *session.posargs)
    data = f"{Path.cwd()}/.coverage.{session.name}"
    with in_memory() as memory:
        words = ("coverage", "run", f"{session.bin}/pytest", *memory, *options)
        session.run(*words, env={"COVERAGE_FILE": data})


@nox.session(requires=["test"], allow_parallel=True)
def coverage(session: nox.Session) -> None:
    """Combine the coverage of all test runs, and refuse less than the minimum."""
    install(session, "test")
    session.run("coverage", "combine", "--keep")
    session.run("coverage", "report")


@nox.session(allow_parallel=True)
def evaluate(session: nox.Session) -> None:
    """Prove the wheel by a real evaluation against a local model server."""
    install(session, "release")
    install(session, "runtime")
    install_wheel(session)
    version = str(
        session.run(
            "python", "-c", "from importlib.metadata import version; print(version('model-evaluations'))", silent=True
        )
    ).strip()
    session.run("python", "tests/smoke.py", version, f"{session.bin}/evaluations")


@nox.session(allow_parallel=True)
def same(session: nox.Session) -> None:
    """Require the same results of one evaluation from the source tree, from the wheel and in the image."""
    install(session, "release")
    install(session, "runtime")
    wheel, image = os.environ.get("RELEASE_WHEEL"), os.environ.get("RELEASE_IMAGE")
    if not (wheel and image):
        out = Path(session.bin).parent / "dist"
        session.run("python", "-m", "release", "container", "--out", str(out))
        wheel, image = str(max(out.glob("*.whl"), key=lambda path: path.stat().st_mtime)), str(out / "image")
    session.run("python", "-m", "tests.same", wheel, image)


@nox.session
def torture(session: nox.Session) -> None:
    """Run the tests that take long on purpose: kills, faults, races."""
    install(session, "torture")
    install_wheel(session)
    with in_memory() as memory:
        session.run("pytest", "-m", "torture", *memory, *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Pin what every session installs anew in requirements/, with hashes."""
    session.install("uv")
    options = ("--quiet", "--universal", "--python-version=3.10", "--generate-hashes", "--no-annotate", "--no-header")
    for name, sources in LOCKS.items():
        out = f"--output-file=requirements/{name}.txt"
        session.run("uv", "pip", "compile", *options, out, *sources, *session.posargs)


@nox.session(reuse_venv=True)
def build(session: nox.Session) -> None:
    """Build sdist and wheel of the work tree into dist/ and check them."""
    engine(session, "build")


@nox.session(reuse_venv=True)
def container(session: nox.Session) -> None:
    """Build the image of the work tree into dist/image and start it; -- --load ENGINE, -- --dev for tests."""
    engine(session, "container")


@nox.session(reuse_venv=True)
def inside(session: nox.Session) -> None:
    """Run what stands after -- in the -dev image, over a copy of the work tree."""
    engine(session, "inside")


@nox.session(reuse_venv=True)
def version(session: nox.Session) -> None:
    """Print the version from the tag; -- --next says what comes next; -- next or -- 1.4.0 cuts it."""
    engine(session, "version")


@nox.session(reuse_venv=True)
def publish(session: nox.Session) -> None:
    """Bring the commit at HEAD through all gates to canary, and stop there."""
    engine(session, "publish")


@nox.session(reuse_venv=True)
def promote(session: nox.Session) -> None:
    """Bring what is on canary to stable; -- VERSION --reason "..." brings a withdrawn release back."""
    engine(session, "promote")


@nox.session(reuse_venv=True)
def release(session: nox.Session) -> None:
    """Bring the commit at HEAD through all gates to users; -- --abandon closes an unfinished release."""
    engine(session, "release")


@nox.session(reuse_venv=True)
def rollback(session: nox.Session) -> None:
    """Bring users back to the release before; -- --to VERSION, --reason "...", --dry-run."""
    engine(session, "rollback")


@nox.session(reuse_venv=True)
def status(session: nox.Session) -> None:
    """Show what users get now, what is under way, and who holds the lock; -- --json for scripts."""
    engine(session, "status")


@nox.session(reuse_venv=True)
def repair(session: nox.Session) -> None:
    """Make the targets again what the ledger says; what was damaged is set aside."""
    engine(session, "repair")


@nox.session(reuse_venv=True)
def doctor(session: nox.Session) -> None:
    """Check machine, tools, configuration and remote, and say what to do for each thing that is missing."""
    engine(session, "doctor")


@nox.session(reuse_venv=True)
def docs(session: nox.Session) -> None:
    """Write the generated parts of the docs anew; -- --check only compares."""
    install(session, "test")
    session.run("python", "docs/generate.py", *session.posargs)


@nox.session(reuse_venv=True)
def bench(session: nox.Session) -> None:
    """Measure the engine side by side with the same tools without it."""
    install(session, "test")
    session.run("python", "benchmarks/run.py", *session.posargs)
