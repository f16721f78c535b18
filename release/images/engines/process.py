"""Calling an engine: its environment, and the parts of a build that all of them spell alike."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from release.errors import BuildFailed, CommandFailed
from release.process import clean_environment, run

_SETTINGS = (
    "DOCKER_", "BUILDKIT_", "BUILDX_", "CONTAINER_", "CONTAINERS_", "BUILDAH_", "STORAGE_", "PODMAN_", "REGISTRY_AUTH",
    "XDG_", "DBUS_SESSION",
)  # fmt: skip


def call(*words: str | Path, do: str = "") -> str:
    """Run an engine with its own settings from the environment, and with nothing else of it."""
    settings = {name: value for name, value in os.environ.items() if name.startswith(_SETTINGS)}
    return run(words, env=clean_environment(**settings), do=do or f"look whether it works by itself: {words[0]} info")


def build(
    command: Sequence[str],
    context: Path,
    containerfile: Path,
    arguments: Mapping[str, str],
    options: Sequence[str],
) -> str:
    """Run an engine's build command and return the id of the image. BuildFailed where it fails."""
    given = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        id_file = Path(folder) / "id"
        words: list[str | Path] = [*command, *options, "--file", containerfile, "--iidfile", id_file, *given, context]
        try:
            call(*words)
        except CommandFailed as error:
            do = "mend the Containerfile, or the engine's settings; docs/images.md has what each engine needs"
            raise BuildFailed(error.what, where=error.where, do=do) from error
        return id_file.read_text(encoding="utf-8").strip()


def strings(text: str) -> list[str]:
    """The list of strings that an engine printed as JSON."""
    return [str(item) for item in json.loads(text)]


def program(name: str, image: str, entry: Sequence[str]) -> list[str]:
    """The command line that runs an image."""
    options = [f"--entrypoint={entry[0]}"] if entry else []
    return [name, "run", "--rm", "--interactive", "--network=host", *options, image, *entry[1:]]
