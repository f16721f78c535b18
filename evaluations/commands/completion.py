"""`evaluations completion SHELL`: prints the script that makes a shell complete verbs, options and file names."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from evaluations.errors import ExitCode
from evaluations.options import build_parser, types
from evaluations.terminal.output import write_out


def run(arguments: argparse.Namespace) -> ExitCode:
    """The script goes to standard output."""
    import shtab  # noqa: PLC0415, late: only this verb needs it

    offered: dict[object, Any] = {
        types.file: shtab.FILE,
        types.source: shtab.FILE,
        types.folder: shtab.DIRECTORY,
    }
    parser = build_parser()
    for action in _actions(parser):
        if action.type in offered:
            vars(action)["complete"] = offered[action.type]  # where shtab looks for it
    write_out(shtab.complete(parser, arguments.shell) + "\n")
    return ExitCode.PASSED


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:  # noqa: SLF001 - as shtab does: argparse has no other way to them
        yield action
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for each in action.choices.values():
                yield from _actions(each)
