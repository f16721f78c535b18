"""`evaluations completion`."""

from __future__ import annotations

import os
import pty
import subprocess
from contextlib import suppress
from pathlib import Path
from shutil import which

import pytest

from evaluations.cli import main

_START = {
    "bash": (["--noprofile", "--norc", "-i"], "bind 'set bell-style none'; source {script}"),
    "zsh": (["-f", "-i"], "fpath=({folder} $fpath); autoload -U compinit; compinit -u -D; bindkey -e"),
}
"""How a shell is started at a terminal without anybody's settings, and what makes it take up the script."""


def completed(shell: str, script: Path, folder: Path, typed: str) -> str:
    """What the shell makes of the line when the tab key is pressed at its end."""
    ours, theirs = pty.openpty()
    words, load = _START[shell]
    environment = {"PATH": os.environ["PATH"], "PS1": "", "TERM": "dumb", "INPUTRC": os.devnull, "HOME": str(folder)}
    started = subprocess.Popen([shell, *words], stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment)
    os.close(theirs)
    # At the start of the line: instead of being run, the words are shown, each in brackets.
    show = "\x01printf '[%s]' BEGIN \x05 END"
    load = load.format(script=script, folder=script.parent)
    os.write(ours, f"{load}\n{typed}\t{show}\nexit\n".encode())
    said = b""
    with suppress(OSError):  # the terminal is gone when the shell ends
        while piece := os.read(ours, 4096):
            said += piece
    os.close(ours)
    assert started.wait() == 0
    return said.decode().rpartition("[BEGIN]")[2].partition("[END]")[0]


@pytest.mark.parametrize(
    "shell", ["bash", pytest.param("zsh", marks=pytest.mark.skipif(which("zsh") is None, reason="there is no zsh"))]
)
@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("evaluations exp", "[evaluations][export]"),
        ("evaluations export r", "[evaluations][export][runs]"),
        ("evaluations export runs/b", "[evaluations][export][runs/before]"),
        ("evaluations export runs/before --to ju", "[evaluations][export][runs/before][--to][junit]"),
        ("evaluations export runs/before --out rep", "[evaluations][export][runs/before][--out][report.html]"),
        ("evaluations run --config ot", "[evaluations][run][--config][other.toml]"),
        ("evaluations run --dataset da", "[evaluations][run][--dataset][data.jsonl]"),
        ("evaluations run --output r", "[evaluations][run][--output][runs]"),
        ("evaluations compare runs/a", "[evaluations][compare][runs/after]"),
        ("evaluations compare runs/after runs/b", "[evaluations][compare][runs/after][runs/before]"),
        ("evaluations check ot", "[evaluations][check][other.toml]"),
        ("evaluations init ru", "[evaluations][init][runs]"),
    ],
)
def test_words_and_files_are_completed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shell: str, typed: str, line: str
) -> None:
    """Verbs, options, choices, files and folders, in a real shell at a terminal."""
    assert main(["completion", shell]) == 0
    script = tmp_path / "shell" / "_evaluations"
    script.parent.mkdir()
    script.write_text(capsys.readouterr().out)
    folder = tmp_path / "work"
    for name in ("runs/before", "runs/after"):
        (folder / name).mkdir(parents=True)
    for name in ("other.toml", "data.jsonl", "report.html", "rules.txt"):
        (folder / name).touch()
    assert completed(shell, script, folder, typed).replace("/]", "]") == line  # some leave the slash to the next word
