"""What users and targets of a sample project have, found out without the engine."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from packaging.version import Version

from release.process import clean_environment
from tests.sample import Sample
from tests.waiting import until


def index(sample: Sample, channel: str = "stable") -> str:
    """What a user types after --index-url."""
    return (sample.root / ".release" / "targets" / "index" / channel / "simple").as_uri()


def page(sample: Sample, channel: str = "stable") -> dict[str, dict[str, Any]]:
    """The files on the project's page (PEP 691), by name."""
    folder = sample.root / ".release" / "targets" / "index" / channel / "simple" / "sample-project"
    files = json.loads((folder / "index.json").read_text())["files"]
    return {file["filename"]: file for file in files}


def images(sample: Sample) -> dict[str, str]:
    """The tags of the OCI layout, with their manifests' digests."""
    content = json.loads((sample.root / ".release" / "targets" / "images" / "index.json").read_text())
    name = "org.opencontainers.image.ref.name"
    return {entry["annotations"][name]: entry["digest"] for entry in content["manifests"]}


def installs(sample: Sample, tool: str, folder: Path, *options: str) -> str:
    """What the command says that pip or uv installs from stable into a fresh environment."""
    python = folder / "bin" / "python"
    env = clean_environment(PIP_CONFIG_FILE="/dev/null", PIP_DISABLE_PIP_VERSION_CHECK="1")
    uv, pip = [sys.executable, "-m", "uv"], [sys.executable, "-m", "pip"]
    chosen = (
        [*pip, "--python", str(python), "install"]
        if tool == "pip"
        else [*uv, "pip", "install", "--python", str(python)]
    )
    wanted = ["--index-url", index(sample), *options, "sample-project"]
    for argv in ([*uv, "venv", "--python", sys.executable, str(folder)], [*chosen, *wanted]):
        subprocess.run(argv, env=env, check=True, capture_output=True)
    done = subprocess.run([python.parent / "sample", "--version"], env=env, check=True, capture_output=True, text=True)
    return done.stdout


def status(sample: Sample, code: int = 0) -> dict[str, Any]:
    """What `status --json` prints."""
    with sample.start("status", "--json") as process:
        data: dict[str, Any] = json.loads(process.communicate(timeout=60)[0])
    assert process.returncode == code
    return data


def served(sample: Sample) -> dict[str, str]:
    """The version that each channel of the index gives to users: the highest whose wheel is not yanked."""
    found = {}
    for channel in ("canary", "stable"):
        wheels = {name.split("-")[1]: file for name, file in page(sample, channel).items() if name.endswith(".whl")}
        standing = [version for version, file in wheels.items() if file["yanked"] is False]
        found[f"{channel} of index"] = max(standing, key=Version)
    return found


def fingerprint(sample: Sample) -> str:
    """A hash over all refs, and over every file but the engine's own log of what it said."""
    digest = hashlib.sha256(sample.git("for-each-ref").encode())
    for path in sorted(sample.root.rglob("*")):
        if path.is_file() and ".release/log" not in str(path):
            digest.update(f"{path} {path.is_symlink()}\n".encode() + path.read_bytes())
        elif path.is_symlink():
            digest.update(f"{path} {path.readlink()}\n".encode())
    return digest.hexdigest()


def changed(sample: Sample, name: str, old: str, new: str) -> dict[str, str]:
    """A file with another text in it, for Sample.commit."""
    text = (sample.root / name).read_text()
    assert old in text
    return {name.replace(".", "__"): text.replace(old, new)}


def remember(sample: Sample, folder: Path, *refs: str) -> Path:
    """A bare remote `origin` in `folder`, with main and the refs that are named."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder], check=True)
    sample.git("remote", "add", "origin", str(folder))
    sample.git("push", "--quiet", "origin", "main", *refs)
    return folder


@contextmanager
def hanging(sample: Sample, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The engine, in the middle of a gate that does not end; it leads a process group, which is killed afterwards."""
    sign = sample.root.parent / "hanging"
    with sample.start(*words, SAMPLE_GATE="hang", SAMPLE_SIGN=str(sign)) as process:
        try:
            until(sign.exists, process)
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
