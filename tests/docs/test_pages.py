"""What the docs say agrees with the code: tables, options, links, numbers."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evaluations.options import build_parser
from release import cli, config
from release.config.table import Table
from release.config.targets import read_targets
from release.errors import ConfigError
from release.model import Json
from tests.docs.pages import PAGES, ROOT, blocks, table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NOT_RUN = {
    "python3 -m pip install 'nox[uv]": "CI and the check of a fresh clone begin with it",
    "python3 -m pip install --require-hashes": "takes the whole lock from PyPI; every session does",
    "python3 -m pip install --pre --no-deps --index-url file:": "tests/release installs from channels with pip and uv",
    "python3 -m pip install --no-deps --index-url file:": "the same",
    "uv pip install --no-deps --index-url file:": "the same",
    "python3 -m http.server": "serves until it is ended",
    "python3 -m pip install --no-deps --index-url http:": "needs that server",
    "rsync ": "needs another machine",
    "devpi ": "needs a server, and a program that the project does not need",
    "skopeo ": "needs an image, and a program that the project does not need",
    "podman ": "the same",
    "pip install model-evaluations": "needs a release on PyPI",
    "git merge --strategy=ours": "needs a release that was rolled forward",
    "nox -s doctor -- --profile": "the servers of the example are nowhere",
    "nox -s release -- --profile": "the same",
    "nox -s rollback -- --profile": "the same",
    "git submodule add": "needs the project's public home",
}
"""How commands begin that no test runs, and why."""


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


SESSIONS = [row[0] for row in table("README.md", "sessions")]
ELSEWHERE = {"init"}
"""Verbs for projects that are not this one, whose noxfiles have them."""
VERBS = [row[0] for row in table("docs/commands.md", "verbs")]


def _check(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "docs" / "generate.py"), *words], capture_output=True, text=True, check=False
    )


def test_generated_parts_are_what_the_code_says() -> None:
    """`nox -s docs -- --check` finds nothing."""
    done = _check(ROOT, "--check")
    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def test_drift_is_shown_and_mended(tmp_path: Path) -> None:
    """A meaning that changed in the code fails the check with a diff; writing the pages anew mends it."""
    for name in ("README.md", "noxfile.py"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("docs", "release", "evaluations"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    errors = tmp_path / "release" / "errors.py"
    errors.write_text(errors.read_text().replace("stored bytes differ from the record", "bytes are wrong"))
    done = _check(tmp_path, "--check")
    assert 1 == done.returncode
    assert "-| 7 | stored bytes differ from the record |\n+| 7 | bytes are wrong |\n" in done.stdout
    assert (0, 0) == (_check(tmp_path).returncode, _check(tmp_path, "--check").returncode)
    assert "| 7 | bytes are wrong |" in (tmp_path / "README.md").read_text()


def test_every_session_and_verb_is_described() -> None:
    """Each verb has a session of its name and its help; README has every session, each with a sentence."""
    named = re.findall(r"^@nox\.session.*\ndef (\w+)", _text("noxfile.py"), re.MULTILINE)
    assert named == SESSIONS
    assert all(row[1].endswith(".") for row in table("README.md", "sessions"))
    assert set(VERBS) - ELSEWHERE <= set(SESSIONS)
    assert VERBS == re.findall(r"^usage: python -m release (\w+)", _text("docs/commands.md"), re.MULTILINE)


def _shown() -> list[str]:
    """Every command in a block, and every `nox -s ...` in a sentence."""
    found = [command for block in blocks() if block.kind in ("", "console") for command, _ in block.commands()]
    prose = [re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL) for page in PAGES]
    return found + [command for text in prose for command in re.findall(r"`(nox -s [^`]+)`", text)]


@pytest.mark.parametrize("command", sorted(set(_shown())))
def test_a_command_exists_with_its_options(command: str) -> None:
    """Sessions are there, options are known; what no test runs is listed with a reason."""
    words = shlex.split(command)
    if words[:2] == ["nox", "-s"]:
        sessions, options = (
            (words[2:], []) if "--" not in words else (words[2 : (at := words.index("--"))], words[at + 1 :])
        )
        assert not set(sessions) - set(SESSIONS) - ELSEWHERE
        if sessions[0] in VERBS:
            cli._parser().parse_args([sessions[0], *options])
    elif words[0] == "evaluations":
        build_parser().parse_args(words[1:])
    else:
        shown = [line for block in blocks() if block.kind == "console" for line, _ in block.commands()]
        assert command in shown or any(command.startswith(begin) for begin in NOT_RUN)


def test_every_reason_is_needed() -> None:
    """No reason stays on the list when its command is gone."""
    assert [begin for begin in NOT_RUN if not any(command.startswith(begin) for command in _shown())] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Each linked file is there, and has the heading that the link names."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        headings = [] if target.is_dir() else re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
        assert not anchor or anchor in [re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in headings]


def test_decisions_are_numbered_once() -> None:
    """One number a file, without gaps, the same in its title; each has its three parts."""
    files = sorted((ROOT / "docs" / "decisions").iterdir())
    assert [f"{number:04}" for number in range(1, len(files) + 1)] == [path.name[:4] for path in files]
    for path in files:
        assert path.read_text().startswith(f"# {int(path.name[:4])}. ")
        assert ["Context", "Decision", "Consequences"] == re.findall(r"^## (.+)$", path.read_text(), re.MULTILINE)


def _example() -> dict[str, Json]:
    (text,) = [block.text for block in blocks() if (block.page, block.kind) == ("docs/configuration.md", "toml")]
    return tomllib.loads(text)


def _leaves(table: dict[str, Json], path: str = "") -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in table.items():
        found |= _leaves(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found


def test_the_example_has_every_key_and_loads() -> None:
    """configuration.md shows each key of its table once, and the engine takes the whole of it."""
    shown = {_named(key) for key in _leaves({"tool": _example()["tool"]})}
    assert shown == {row[0] for row in table("docs/configuration.md", "keys")}
    for profile in ("embedded", "production"):
        assert "model-evaluations" == config.parse(_example(), profile).project


def _named(key: str) -> str:
    """The key as the table names it."""
    key = re.sub(r"profiles\.\w+\.", "", key)
    key = re.sub(r"targets\.\w+\.", "targets.NAME.", key)
    return re.sub(r"NAME\.(canary|stable)\.", "NAME.CHANNEL.", key)


def test_documented_defaults_are_the_defaults() -> None:
    """A key that is set to its documented default makes no difference to a configuration without it."""
    needed = {"project": {"name": "p", "license": "MIT", "urls": {"Source": "https://example.org"}}}
    minimal: dict[str, Json] = {"gates": ["test"], "smoke": ["true"], "image": {"python": "3.11"}}
    minimal["targets"] = {"index": {"kind": "static-index", "path": "index"}}
    plain = config.parse({**needed, "tool": {"release": minimal}})
    computed = {
        "project.name": "p",
        "project.license": "MIT",
        "Source, Repository or Homepage of project.urls": "https://example.org",
    }
    for key, kind, default, _meaning in table("docs/configuration.md", "keys"):
        section, _, name = key.removeprefix("tool.release.").rpartition(".")
        if default == "required" or name in ("gates", "smoke", "python") or section == "targets.NAME":
            continue
        value = computed.get(default) or (
            {"none": "", "empty": []}[default] if default in ("none", "empty") else json.loads(default)
        )
        assert isinstance(value, {"string": str, "integer": int, "list of strings": list}[kind])
        changed = (
            {**minimal, section: {**minimal.get(section, {}), name: value}} if section else {**minimal, name: value}
        )
        assert plain == config.parse({**needed, "tool": {"release": changed}}), key


def test_toml_and_json_blocks_are_sound() -> None:
    """Blocks that say what they are can be read as that."""
    for block in blocks():
        if block.kind in ("toml", "json"):
            {"toml": tomllib.loads, "json": json.loads}[block.kind](block.text)


def test_documented_defaults_of_targets_are_the_defaults() -> None:
    """The same for the keys of targets, in each kind of target that has them."""
    needed: dict[str, dict[str, Json]] = {
        name: {
            key: value
            for key, value in one.items()
            if key in ("kind", "url", "staging", "canary", "stable", "repository")
        }
        for name, one in _example()["tool"]["release"]["profiles"]["production"]["targets"].items()
    }
    for key, _kind, default, _meaning in table("docs/configuration.md", "keys"):
        name = key.removeprefix("tool.release.targets.NAME.")
        if name == key or default == "required":
            continue
        having = 0
        for one in needed.values():
            try:
                changed = read_targets(Table({"one": {**one, name: json.loads(default)}}, "targets"))
            except ConfigError:
                continue
            having += 1
            assert read_targets(Table({"one": one}, "targets")) == changed, key
        assert having, key
