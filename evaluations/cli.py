"""The command line: arguments in, exit code out; the only place that catches EvaluationsError."""

from __future__ import annotations

import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence

from evaluations.errors import EvaluationsError, ExitCode, UsageError
from evaluations.loading import loading
from evaluations.options import VERBS, build_parser
from evaluations.version import installed_version


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and give its exit code; argparse ends the process itself for `--help` and bad usage."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal can't show must not end a run
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:  # closed by the caller: what is meant for it must not end up elsewhere
            setattr(sys, stream, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115, open to the end
    try:
        words = sys.argv[1:] if argv is None else argv
        parser = build_parser(next((word for word in words if word in VERBS), None))
        arguments = parser.parse_args(words)
        if arguments.version:
            print(f"evaluations {_version()}")
            return ExitCode.PASSED
        if arguments.verb is None:
            parser.error("say what to do: evaluations run")
        # Late: `--help` and `--version` are quick.
        with loading():
            command = importlib.import_module(f"evaluations.commands.{arguments.verb}")
        code: int = command.run(arguments)
        return code  # noqa: TRY300 - it belongs to the verb
    except EvaluationsError as error:
        print(f"evaluations: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("evaluations: interrupted, nothing is reported", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except SystemExit:  # argparse's
        raise
    except BaseException:  # noqa: BLE001, else Python would end with 1, which says that a cutoff was missed
        traceback.print_exc()
        print("evaluations: this is a defect of evaluations, and no verdict", file=sys.stderr)
        return ExitCode.RUN_FAILED


def _version() -> str:
    version = installed_version()
    if version is None:
        raise UsageError("not installed, so there is no version", do="pip install model-evaluations")
    return version
