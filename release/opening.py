"""Opens the project that a command is about: configuration, repository, targets, ledger; and takes the lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from release import config, ledger, record
from release.config import Config
from release.console import Console
from release.errors import Refused, ReleaseError
from release.git import Repository
from release.history import History
from release.lock import Claim
from release.refs import SharedRefs
from release.run import Project
from release.targets import kinds
from release.workspace import Workspace


def project(root: Path, console: Console, profile: str = config.EMBEDDED, *, once: bool = False) -> Project:
    """The project in `root`. ConfigError or ReleaseError where there is none, or a wrong one.

    `once` is for commands that only look: a server that does not answer is not asked again.
    """
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
        _refuse_other_profile(opened, history)
        yield claim, history


def _refuse_other_profile(opened: Project, history: History) -> None:
    """An operation is finished, or taken back, with the targets that it was begun with."""
    operation, profile = history.operation, opened.config.profile
    begun = operation.data.get("profile", profile) if operation is not None else profile
    if operation is not None and begun != profile:
        other = ReleaseError(
            f"{operation.verb} {operation.version} is not finished, and is of the profile {begun}",
            where=f"begun {operation.began} by {operation.by}", do=f"say so: -- --profile {begun}",
        )  # fmt: skip
        raise Refused([other])
