"""The pages about the configuration say what the code says, and pages with commands do what they show."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from evaluations.config.specs import Configuration
from evaluations.config.strict import flaws
from evaluations.config.toml import loads
from tests.docs.pages import ROOT, blocks
from tests.servers.ports import free_ports

_WAIT = "until (echo >/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.05; done; code=0\n"
"""Until a server that was started takes connections."""

_FILE = re.compile(r"^<!-- file: (?P<name>\S+) -->\n```[a-z]+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
"""A block of a page that is a file, in the folder where its commands are run."""

PAGE = ROOT / "docs" / "evaluations" / "configuration.md"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """docs/evaluations_keys.py, a part of the program that generates the docs."""
    spec = importlib.util.spec_from_file_location("evaluations_keys", ROOT / "docs" / "evaluations_keys.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_parts_are_what_the_specs_say(generator: ModuleType) -> None:
    """Every table, and TensorZero's keys."""
    text = PAGE.read_text(encoding="utf-8")
    for name, make in generator.BLOCKS.items():
        part = text.partition(f"<!-- {name}: begin -->\n")[2].partition(f"\n<!-- {name}: end -->")[0]
        assert make() == part


def test_links_of_generated_parts_lead_to_their_tables() -> None:
    """Each is the heading of one table."""
    text = PAGE.read_text(encoding="utf-8")
    headings = [
        re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    ]
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert len(links) > 30
    assert set() == links - set(headings)
    assert len(headings) == len(set(headings))


def test_shown_configurations_are_sound() -> None:
    """As far as files do not matter."""
    shown = [block for block in blocks() if block.page.startswith("docs/evaluations/") and block.kind == "toml"]
    assert shown
    for block in shown:
        assert [] == list(flaws(loads(block.text), Configuration))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clone's root as far as the pages need it, and their commands on the PATH."""
    (tmp_path / "clone").mkdir()
    (tmp_path / "clone" / "tests").symlink_to(ROOT / "tests")
    (tmp_path / "bin").mkdir()
    for name, words in (("evaluations", "-m evaluations"), ("python", "-u")):
        command = tmp_path / "bin" / name
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words} "$@"\n')
        command.chmod(0o755)
    return tmp_path


def _with(text: str, ports: dict[str, str]) -> str:
    """The text with each of these ports put in another's place, all at once: one may hold the digits of another."""
    return re.sub(rf"\b(?:{'|'.join(ports)})\b", lambda match: ports[match[0]], text)


def _played(page: str, folder: Path) -> list[tuple[str, str, str]]:
    """Each command with what it should print and what it prints, one shell for all, other ports for the servers."""
    shown = [block for block in blocks() if block.page == page and block.kind == "shell"]
    commands = [each for block in shown for each in replace(block, kind="console").commands()]
    ports = dict(zip(("8000", "8001"), map(str, free_ports(2)), strict=True))
    for match in _FILE.finditer((ROOT / page).read_text(encoding="utf-8")):
        (folder / "clone" / match["name"]).write_text(_with(match["text"], ports), encoding="utf-8")
    script = "".join(
        f"printf '\\1'; (exit $code)\n{command}\n"
        + (_WAIT.format(port=command.split()[3]) if command.endswith("&") else "code=$?\n")
        for command, _output in commands
    )
    script = _with(script, ports)
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        ["bash", "-c", f"code=0\n{script}printf '\\1'\nkill $(jobs -p)\n"],
        cwd=folder / "clone", env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        said = process.communicate(timeout=300)[0]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    said = _with(said, {port: shown_port for shown_port, port in ports.items()})
    parts = said.split("\1")[1:-1]
    return [(command, output, part) for (command, output), part in zip(commands, parts, strict=True)]


@pytest.mark.parametrize("name", ["tutorial", "statistics", "judges", "running"])
def test_a_page_does_what_it_shows(name: str, folder: Path) -> None:
    """Every command, in order, in one shell; `...` is anything, and lines may be broken."""
    played = _played(f"docs/evaluations/{name}.md", folder)
    assert played
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    for command, wanted, said in played:
        assert doctest.OutputChecker().check_output(wanted, said, flags), f"$ {command}\n{said}"
