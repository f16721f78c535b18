"""Opens the project that a command is about: configuration, repository, targets, ledger; and takes the lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from release import commands, config, ledger
from release.commands import EMBEDDED
from release.config import Config
from release.console import Console
from release.errors import Refused, ReleaseError, UsageError
from release.git import Repository
from release.ledger import record
from release.ledger.history import History
from release.ledger.lock import Claim
from release.ledger.refs import SharedRefs
from release.run import Project
from release.targets import kinds
from release.workspace import Workspace


def project(root: Path, console: Console, profile: str = EMBEDDED, *, once: bool = False) -> Project:
    """The project in `root`. ConfigError or ReleaseError where there is none, or a wrong one.

    `once` is for commands that only look: a server that does not answer is not asked again.
    """
    commands.use(profile)
    repository = Repository(root)
    opened = assembled(config.load(repository.root, profile), repository, console, once=once)
    opened.workspace.prepare()
    console.log = opened.workspace.log / "console.jsonl"
    return opened


def assembled(settings: Config, repository: Repository, console: Console, *, once: bool = False) -> Project:
    """The project with these settings, whether or not they are in its pyproject.toml yet; nothing is written."""
    workspace = Workspace(repository.root)
    targets = tuple(kinds.make(one, settings.project, workspace, once=once) for one in settings.targets)
    return Project(settings, repository, workspace, targets, console)


def shared(opened: Project) -> SharedRefs:
    """The ledger's and the lock's refs."""
    return SharedRefs(opened.repository, opened.config.ledger_remote)


def history(opened: Project) -> History:
    """What the ledger says, all of it checked, without the lock: it may be out of date the next moment."""
    refs = shared(opened)
    refs.refresh()
    return record.read(opened.repository, refs.read(ledger.REF))


@contextmanager
def locked(opened: Project, doing: str, known: History | None = None) -> Iterator[tuple[Claim, History]]:
    """Hold the lock, with every target sealed against former holders, and the history as it is under the lock.

    `known` is the history that this process has read before, which goes on.
    """
    above = max((target.greatest_token() for target in opened.targets), default=0)
    with Claim(shared(opened), doing, opened.config.lock_seconds, above=above) as claim:
        for target in opened.targets:
            target.seal(claim.fence)
        history = record.read(opened.repository, claim.head, known)
        refuse_other_profile(opened, history)
        yield claim, history


def refuse_other_profile(opened: Project, history: History) -> None:
    """Refused where another profile has something to finish: it is finished, or taken back, with its own targets."""
    operation, owed, profile = history.operation, history.owed, opened.config.profile
    if operation is not None and operation.profile != profile:
        what = f"{operation.unfinished}, and is of the profile {operation.profile}"
        raise Refused([ReleaseError(what, where=operation.begun, do=operation.ways)])
    if operation is None and owed is not None and owed.profile != profile:
        what = f"a rollback of the profile {owed.profile} is not whole: {', '.join(owed.targets)} can't go back"
        raise Refused(
            [ReleaseError(what, where="refs/releases/ledger", do=f"{owed.command} releases {owed.version} again")]
        )


def refuse_moved(history: History, seen: str | None) -> None:
    """Refused where the ledger has moved since `seen`, its head as it was read without the lock."""
    if history.head != seen:
        what = "the ledger has moved since this command looked at it: somebody else did something meanwhile"
        do = f"see what is served now: {commands.command('status')}; then type it again, if it is still wanted"
        raise Refused([ReleaseError(what, where=ledger.REF, do=do)])


def refuse_guess(opened: Project, history: History) -> None:
    """UsageError where nobody said which profile is meant, and the newest release is of another one."""
    last, profile = history.last_release(), opened.config.profile
    if history.operation is not None or history.owed is not None or last is None or last["profile"] == profile:
        return
    theirs, ours = (
        commands.command("rollback", "--profile", name, profile=EMBEDDED) for name in (last["profile"], profile)
    )
    raise UsageError(
        f"the newest release, {last['version']}, went to the profile {last['profile']}: which profile is meant?",
        where="--profile", do=f"{theirs} takes that one back; {ours} goes back on {profile}",
    )  # fmt: skip
