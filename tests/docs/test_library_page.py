"""The programs on docs/evaluations/library.md run as they stand, but for the address of the model."""

from __future__ import annotations

import contextlib
import doctest
import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from evaluations import ConfigOptions, Options
from evaluations.cli import main
from tests.docs.pages import ROOT, blocks
from tests.servers.model import Model, ModelServer, grade

PAGE = "docs/evaluations/library.md"
ADDRESS = "http://localhost:8000/v1"


def _answer(request: dict[str, Any]) -> str:
    """One model for all of the page: it judges where it is a judge, and else does arithmetic."""
    return grade(request) if request["model"] == "judge" else Model().answer(request["messages"][-1]["content"])


def test_the_programs_print_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One after the other, as on the page; the configuration is that of `evaluations init`."""
    monkeypatch.chdir(tmp_path)
    shown = [block for block in blocks() if block.page == PAGE]
    assert {"python", "text"} == {block.kind for block in shown}
    names: dict[str, Any] = {"__name__": "example"}
    with ModelServer(script=_answer) as server:
        main(["init", "example", "--endpoint", server.url])
        capsys.readouterr()
        for program, output in list(pairwise(shown))[::2]:
            text, place = program.text.replace(ADDRESS, server.url), f"{PAGE}:{program.line}"
            code = compile(text, place, "exec", dont_inherit=True)
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(code, names)
            said = printed.getvalue()
            assert doctest.OutputChecker().check_output(output.text, said, doctest.ELLIPSIS), said
    assert ("", "") == tuple(capsys.readouterr())


def test_the_page_names_every_option() -> None:
    """In backticks."""
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    missing = [name for name in {**Options.__annotations__, **ConfigOptions.__annotations__} if f"`{name}" not in text]
    assert [] == missing
