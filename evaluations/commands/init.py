"""`evaluations init`: writes a first configuration, with templates and data, into a folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from evaluations.config.example import files
from evaluations.errors import ExitCode, UsageError
from evaluations.targets.protocol import completions_url
from evaluations.terminal.output import write_out
from evaluations.version import project_url


def run(arguments: argparse.Namespace) -> ExitCode:
    """`folder`, `endpoint` and `model` of the arguments. Nothing is written where any of the files is there.

    Raises UsageError, also for an address that is none.
    """
    folder: Path = arguments.folder
    if arguments.endpoint is not None:
        completions_url(arguments.endpoint)
    texts = files(arguments.endpoint, arguments.model, documentation=project_url())
    there = next((name for name in texts if (folder / name).exists() or (folder / name).is_symlink()), None)
    if there is not None:
        raise UsageError(
            "there is a file of that name, and nothing is overwritten",
            where=str(folder / there),
            do="name another folder: evaluations init FOLDER",
        )
    for name, text in texts.items():
        _write(folder / name, text)
    listed = "".join(f"  {folder / name}\n" for name in texts)
    write_out(f"written:\n{listed}next: see {folder / 'README.md'}\n")
    return ExitCode.PASSED


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:  # x: not even what came since we looked
            file.write(text)
    except OSError as error:
        do = "name a folder that you may write to: evaluations init FOLDER"
        raise UsageError(f"the example can't be written: {error.strerror}", where=str(path), do=do) from None
