"""`python -m release VERB`: the command line, and the only place that catches ReleaseError."""

from __future__ import annotations

import argparse
import json
import os
import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from release import credentials, opening
from release.commands import EMBEDDED, REASON, command
from release.console import Console
from release.errors import Interrupted, Refused, ReleaseError, Tampered, TargetFailed, UsageError, of_system
from release.run import Project


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code (docs/exit-codes.md)."""
    credentials.hide_all()
    os.umask(0o022)  # what is built must not depend on who builds it
    words = _parser().parse_args(arguments)
    console = Console()
    signal.signal(signal.SIGINT, partial(_interrupt, console))
    try:
        code: int = words.verb(words.opens(Path.cwd(), console, words.profile or EMBEDDED), words)
    except KeyboardInterrupt:
        return Interrupted.exit_code
    except ReleaseError as error:
        return _show(console, error)
    except OSError as error:
        return _show(console, of_system(error))
    return code


def _interrupt(console: Console, _signal: int, _frame: object) -> NoReturn:
    """Say at once how to go on: Nox leaves half a second before it ends the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _show(console, Interrupted("interrupted", do="run the same command again: it goes on from what is recorded"))
    raise KeyboardInterrupt


def _show(console: Console, error: ReleaseError) -> int:
    console.say(f"\n{error}")
    if isinstance(error, Refused):
        console.say(error.summary)
    return error.exit_code


def _release(project: Project, words: argparse.Namespace) -> int:
    from release.verbs import abandon, release  # noqa: PLC0415 - each verb loads what it needs, so that status is quick

    if words.abandon:
        abandon.abandon(project, words.reason or "given up by hand")
    elif words.reason:
        raise UsageError("--reason goes with --abandon", where="release", do=command("release", "--abandon", REASON))
    else:
        release.release(project)
    return 0


def _publish(project: Project, _: argparse.Namespace) -> int:
    from release.verbs import release  # noqa: PLC0415

    release.publish(project)
    return 0


def _promote(project: Project, words: argparse.Namespace) -> int:
    from release.verbs import release, withdrawal  # noqa: PLC0415

    if words.version:
        withdrawal.bring_back(project, words.version, reason=words.reason, dry_run=words.dry_run)
    elif words.dry_run or words.reason:
        raise UsageError(
            "--reason and --dry-run go with a version", where="promote", do=command("promote", "1.2.0", REASON)
        )
    else:
        release.promote(project)
    return 0


def _rollback(project: Project, words: argparse.Namespace) -> int:
    from release.verbs import withdrawal  # noqa: PLC0415

    reason, guessed = words.reason or "rolled back", words.profile is None
    withdrawal.rollback(project, to=words.to, reason=reason, dry_run=words.dry_run, guessed=guessed)
    return 0


def _status(project: Project, words: argparse.Namespace) -> int:
    from release.verbs import status  # noqa: PLC0415

    data = status.status(project)
    print(json.dumps(data, indent=1) if words.json else status.render(data))
    drifted = any(row["drift"] for row in data["channels"])
    return 0 if data["in_step"] else Tampered.exit_code if drifted else TargetFailed.exit_code


def _repair(project: Project, _: argparse.Namespace) -> int:
    from release.verbs import repair  # noqa: PLC0415

    repair.repair(project)
    return 0


def _version(project: Project, words: argparse.Namespace) -> int:
    from release.verbs import version  # noqa: PLC0415

    if words.next and words.version:
        raise UsageError(
            "--next only says what comes next", where="version", do=f"{command('version', 'next')} cuts it"
        )
    if words.next:
        print(version.following(project))
    elif words.version:
        number, tag = version.cut(project, words.version)
        project.console.say(f"{number} is cut and tagged {tag}; nothing is pushed. next: {command('release')}")
    else:
        print(version.current(project))
    return 0


def _build(project: Project, words: argparse.Namespace) -> int:
    from release.verbs import artifacts  # noqa: PLC0415

    for path in artifacts.build(project, words.out.absolute()):
        print(path)
    return 0


def _container(project: Project, words: argparse.Namespace) -> int:
    from release.verbs import artifacts  # noqa: PLC0415

    out = words.out.absolute() / "image"
    print(artifacts.container(project, out, dev=words.dev, engine=words.load))
    return 0


def _inside(project: Project, words: argparse.Namespace) -> int:
    from release.verbs import inside  # noqa: PLC0415

    return inside.inside(project, [words.program, *words.arguments])


def _doctor(project: Project, _: argparse.Namespace) -> int:
    from release.verbs import doctor  # noqa: PLC0415

    findings = doctor.examine(project)
    for finding in findings:
        mark, advice = ("✓", "") if finding.ok else ("✗", f"\n      do: {finding.do}")
        print(f"  {mark} {finding.what}: {finding.said}{advice}")
    bad = sum(not finding.ok for finding in findings)
    print("ready to release" if not bad else f"{bad} thing{'s' if bad != 1 else ''} to mend")
    return 3 if bad else 0


def _init(place: tuple[Path, Console], words: argparse.Namespace) -> int:
    from release.verbs import init  # noqa: PLC0415

    text = init.init(*place, dry_run=words.dry_run)
    if words.dry_run:
        print(text, end="")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m release", description="Releases a Python project, and takes it back."
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def add(name: str, verb: Callable[[Project, argparse.Namespace], int], help_: str) -> argparse.ArgumentParser:
        one = verbs.add_parser(name, help=help_, description=help_)
        one.add_argument("--profile", metavar="NAME", help="of tool.release.profiles (default: embedded)")
        one.set_defaults(verb=verb, opens=opening.project)
        return one

    reason = "why, for the record and for users"
    release = add("release", _release, "bring the commit at HEAD to users")
    release.add_argument(
        "--abandon", action="store_true", help="close an unfinished release, with channels as they were before"
    )
    release.add_argument("--reason", default="", help=reason)
    add("publish", _publish, "bring the commit at HEAD to canary, and stop there")
    promote = add("promote", _promote, "bring what is on canary to stable, or a withdrawn version back")
    promote.add_argument("version", nargs="?", help="a withdrawn version to bring back")
    promote.add_argument("--reason", default="", help=reason)
    promote.add_argument("--dry-run", action="store_true", help="show what would be done")
    rollback = add("rollback", _rollback, "bring users back to the release before")
    rollback.add_argument("--to", metavar="VERSION", help="an earlier release than the one before")
    rollback.add_argument("--reason", default="", help=reason)
    rollback.add_argument("--dry-run", action="store_true", help="show what would be done")
    status = add("status", _status, "show what users get now, and what is under way")
    status.set_defaults(opens=partial(opening.project, once=True))
    status.add_argument("--json", action="store_true", help="for scripts")
    add("repair", _repair, "make the targets again what the ledger says")
    version = add("version", _version, "print this commit's version, or cut the next one")
    version.add_argument("version", nargs="?", help="the version to cut, or 'next'")
    version.add_argument("--next", action="store_true", help="say what the CHANGELOG calls for")
    for name, verb, help_ in (
        ("build", _build, "build the work tree as it is"),
        ("container", _container, "build the image of the work tree as it is"),
    ):
        one = add(name, verb, help_)
        one.add_argument("--out", type=Path, default=Path("dist"), help="folder (default: dist)")
    one.add_argument("--dev", action="store_true", help="the image with what tests need on top")
    one.add_argument("--load", nargs="?", const="", metavar="ENGINE", help="into docker, podman or buildah")
    inside = add("inside", _inside, "run a command in the -dev image of the work tree")
    inside.add_argument("program", help="the command")
    inside.add_argument("arguments", nargs=argparse.REMAINDER, help="its arguments")
    add("doctor", _doctor, "check machine, tools, configuration and remote")
    help_ = "write a first [tool.release] into pyproject.toml, and say what else is missing"
    init = verbs.add_parser("init", help=help_, description=help_)
    # There is no project to open yet.
    init.set_defaults(verb=_init, opens=lambda root, console, _: (root, console), profile=EMBEDDED)
    init.add_argument("--dry-run", action="store_true", help="print it, and write nothing")
    return parser
