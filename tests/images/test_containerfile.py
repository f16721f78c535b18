"""What a Containerfile may name, and what the engine refuses of what was built."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from release.errors import BuildFailed, CommandFailed, ConfigError, UsageError
from release.images import builders
from release.images.builders.containerfile import check_pins
from release.images.engines import ENGINES, local
from tests.images.conftest import spec

ROOT = Path(__file__).parents[2]
DIGEST = "sha256:" + "0" * 64


def _file(folder: Path, text: str) -> Path:
    (folder / "Containerfile").write_text(text)
    return folder / "Containerfile"


def test_our_own_containerfile_is_pinned() -> None:
    """The one in this repository, on a configured base."""
    check_pins(ROOT / "Containerfile", has_base=True)


@pytest.mark.parametrize(
    "text",
    [
        "FROM scratch",
        f"from --platform=linux/amd64 python@{DIGEST} AS One\nFROM one\nCOPY --from=ONE /a /b\nCOPY --from=0 /a /b",
        f"# syntax=docker/dockerfile@{DIGEST}\nARG BASE\nFROM \\\n  $BASE",
        "# FROM python:3.11\nFROM ${BASE}\nRUN echo FROM python:3.11",
    ],
)
def test_pinned_images_pass(tmp_path: Path, text: str) -> None:
    """Digests, stages, scratch and the base are pinned; comments and commands name nothing."""
    check_pins(_file(tmp_path, text), has_base=True)


@pytest.mark.parametrize(
    ("text", "line", "image"),
    [
        ("FROM python:3.11", 1, "python:3.11"),
        ("ARG X=1\n\nFROM \\\n python", 3, "python"),
        (f"FROM python@{DIGEST[:-1]}", 1, "python@"),
        ("FROM ${BASE}\nCOPY --chown=1 --from=busybox:1 /bin/sh /bin/sh", 2, "busybox:1"),
        ("FROM ${BASE} AS one\nFROM two", 2, "two"),
        ("# syntax = docker/dockerfile:1\nFROM scratch", 1, "docker/dockerfile:1"),
        ("FROM ${OTHER}", 1, "OTHER"),
    ],
)
def test_an_image_without_a_digest_is_refused_with_its_line(tmp_path: Path, text: str, line: int, image: str) -> None:
    """In FROM, in COPY --from and in a syntax line."""
    with pytest.raises(ConfigError, match="not pinned by digest") as caught:
        check_pins(_file(tmp_path, text), has_base=True)
    assert f"{tmp_path / 'Containerfile'}:{line}" == caught.value.where
    assert image in caught.value.what


def test_base_has_to_be_configured(tmp_path: Path) -> None:
    """BASE without a base would be an empty name."""
    with pytest.raises(ConfigError, match="BASE is not configured"):
        check_pins(_file(tmp_path, "ARG BASE\nFROM ${BASE}"), has_base=False)


def test_missing_containerfile_is_refused(tmp_path: Path) -> None:
    """Before any engine is asked."""
    one = spec(containerfile=tmp_path / "Containerfile")
    for name in ENGINES:
        with pytest.raises(ConfigError, match="no Containerfile"):
            builders.named(name)(one, tmp_path / "wheel", tmp_path / "layout", tmp_path / "cache")


@pytest.mark.parametrize("name", ENGINES)
def test_engine_that_is_not_there_says_what_to_do(
    name: str, tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build, and a load, where the engine is not installed."""
    for program in ("sh", "true"):
        (tmp_path / program).symlink_to(str(shutil.which(program)))
    monkeypatch.setenv("PATH", str(tmp_path))
    one = spec(containerfile=_file(tmp_path, "FROM scratch"))
    with pytest.raises(BuildFailed, match=f"{name} is not installed") as caught:
        builders.named(name)(one, wheel, tmp_path / "layout", tmp_path / "cache")
    assert "docs/images.md" in caught.value.do
    with pytest.raises(CommandFailed, match="is not installed"):
        ENGINES[name]().check()
    with pytest.raises(UsageError, match=f"no engine answers: {name} is not installed"):
        local(name)
    with pytest.raises(UsageError, match="docker is not installed; podman is not installed; buildah"):
        local()


def test_unknown_engine_is_refused() -> None:
    """With those that there are."""
    with pytest.raises(UsageError, match="no engine 'rkt'") as caught:
        local("rkt")
    assert "use one of docker, podman, buildah" == caught.value.do
