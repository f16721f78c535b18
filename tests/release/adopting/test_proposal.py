"""What `init` makes of what it has found."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from release import config
from release.adopting import proposal
from release.adopting.proposal import Found

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOUND = Found(
    project="Sums", commands=("sums", "other"), module="sums", sessions=("lint", "tests", "docs"), branch="main",
    tag_prefix="sums-v", remote="origin", changelog="docs/changes.md", build_lock="locks/build.txt",
    runtime_lock="locks/run.txt", image="", image_python="3.13",
)  # fmt: skip


def parsed(found: Found) -> config.Config:
    """What the engine reads from the proposal."""
    return config.parse({"project": {"name": found.project}, **tomllib.loads(proposal.render(found))})


def test_what_is_known_is_set() -> None:
    """Every fact has its key."""
    read = parsed(FOUND)
    assert ("sums", "main", "sums-v", "origin", "docs/changes.md", ("lint", "tests")) == (
        read.command, read.branch, read.tag_prefix, read.remote, read.changelog, read.gates,
    )  # fmt: skip
    assert ("locks/build.txt", "locks/run.txt") == (read.build_lock, read.runtime_lock)


def test_what_is_not_known_keeps_its_default() -> None:
    """Without tags, remote, changelog, commands and locks the proposal is sound too, and says so."""
    bare = replace(
        FOUND, commands=(), module=None, tag_prefix=None, remote=None, changelog=None, build_lock=None,
        runtime_lock=None, image="it lacks apt", image_python=None,
    )  # fmt: skip
    read = parsed(bare)
    assert ("v", "origin", "CHANGELOG.md", "requirements/build.txt") == (
        read.tag_prefix, read.remote, read.changelog, read.build_lock,
    )  # fmt: skip
    text = proposal.render(bare)
    for words in (
        "There is no version tag yet",
        "The clone has none",
        "There is none yet",
        "[project.scripts] has none",
    ):
        assert words in text
    assert "This machine can't build one: it lacks apt." in proposal.render(replace(FOUND, image="it lacks apt"))


@pytest.mark.parametrize(
    ("tags", "prefix"),
    [
        ([], None),
        (["v1.0", "2.0", "v0.9"], ""),
        (["v1.0", "v2.0rc1", "0.1"], "v"),
        (["pkg-v1.0.0", "latest"], "pkg-v"),
        (["release/1.0", "docs-9.0"], "release/"),
        (["nightly"], None),
    ],
)
def test_the_prefix_is_that_of_the_highest_version(tags: list[str], prefix: str | None) -> None:
    """Older tags may have had another; tags that are no versions have no say."""
    assert prefix == proposal.tag_prefix(tags)


@pytest.mark.parametrize(
    ("sessions", "gates"),
    [
        (["lint", "tests", "docs", "build"], ["lint", "tests"]),
        (["mypy", "test_integration", "unit-tests", "typecheck", "pytest"], ["mypy", "test_integration", "unit-tests",
         "typecheck", "pytest"]),
        (["format", "latest", "doctest-3", "contest"], ["doctest-3"]),
        (["everything", "else"], ["everything", "else"]),
    ],
)  # fmt: skip
def test_gates_are_the_sessions_that_check(sessions: list[str], gates: list[str]) -> None:
    """Their names say so; where none does all of them are taken."""
    assert gates == proposal.gates(sessions)
