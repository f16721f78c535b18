"""A git hook that signals the engine at an exact boundary: before or after the n-th change of a ref."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LEDGER = "refs/releases/ledger"

# githooks(5), reference-transaction: $1 is the phase, every line of the input is `OLD NEW REF`. The engine is found
# among the callers of git. Without the plan, which the first signal takes away, the hook does nothing.
_HOOK = """\
#!/bin/sh
plan='{plan}'
[ -f "$plan" ] || exit 0
read -r phase count signal also ref < "$plan"
[ "${{1:-index}}" = "$phase" ] || exit 0
[ "$phase" = index ] || grep -q " $ref" || exit 0
printf x >> "$plan.seen"
[ "$(wc -c < "$plan.seen")" -eq "$count" ] || exit 0
mv "$plan" "$plan.sprung"
pid=$PPID
until tr '\\0' ' ' < "/proc/$pid/cmdline" | grep -q -e '-m release '; do
  pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
  [ "$pid" -gt 1 ] || exit 0
done
case $also in
  refuse) kill -s "$signal" "$pid"; exit 1 ;;
  linger) kill -s "$signal" "$pid"; sleep 1 ;;
  git) kill -s "$signal" "$pid" "$PPID" ;;
  *) kill -s "$signal" "$pid" ;;
esac
exit 0
"""


@dataclass(frozen=True)
class Boundary:
    """Where a signal is to come."""

    phase: str
    """`prepared`: before a change of the ref is made; `committed`: after it; `index`: after `git add`."""
    count: int
    """At which change of the ref, from 1."""
    also: str = "nothing"
    """What becomes of git, whose hook this is: `nothing` lets it go on as an orphan, `linger` lets it do so a second
    later, `refuse` makes it give up the change, as if the signal had come before git was called, and `git` signals it
    too, as when a machine or a container stops."""
    ref: str = LEDGER
    remote: bool = False
    """Whether the ref is the remote's, which is changed before the clone's."""

    def __str__(self) -> str:
        """For messages."""
        when = {"prepared": "before", "committed": "after", "index": "after git add"}[self.phase]
        where = "the remote's" if self.remote else "the clone's"
        return f"{when} change {self.count} of {where} {self.ref.rpartition('/')[2]} ({self.also} for git)"


@dataclass(frozen=True)
class Write:
    """The moment at which a target has an unfinished file, seen from outside."""

    count: int
    """The how-manieth such file, from 1."""

    def __str__(self) -> str:
        """For messages."""
        return f"in the middle of write {self.count}"


def unfinished(targets: Path) -> Iterator[Path]:
    """The files and folders that are written at this moment."""
    for pattern in ("*/.tmp-*", "*/generations/.tmp-*", "*/files/*/.tmp-*", "*/blobs/sha256/.tmp-*"):
        yield from targets.glob(pattern)


def install(repository: Path) -> None:
    """Put the hook into a clone, or into a bare repository; it does nothing until `arm`."""
    git = _folder(repository)
    for name in ("reference-transaction", "post-index-change"):
        hook = git / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        text = _HOOK.format(plan=git / "trap")
        hook.write_text(text.replace("${1:-index}", "index") if name == "post-index-change" else text)
        hook.chmod(0o755)


def arm(repository: Path, boundary: Boundary, signal: str = "KILL") -> None:
    """Let the hook send that signal at that boundary, once."""
    plan = _folder(repository) / "trap"
    plan.with_name("trap.seen").write_text("")
    plan.with_name("trap.sprung").unlink(missing_ok=True)
    plan.write_text(f"{boundary.phase} {boundary.count} {signal} {boundary.also} {boundary.ref}\n")


def sprung(repository: Path) -> bool:
    """Whether the boundary was reached since `arm`."""
    return (_folder(repository) / "trap.sprung").exists()


def _folder(repository: Path) -> Path:
    return (repository / ".git" if (repository / ".git").exists() else repository).absolute()
