"""Opens the project that a command is about: configuration, repository, targets, ledger; and takes the lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from release import config, ledger, record
from release.config import Config
from release.console import Console
from release.git import Repository
from release.history import History
from release.lock import Claim
from release.refs import SharedRefs
from release.run import Project
from release.target_specs import DevpiSpec, FolderSpec, IndexSpec, TargetSpec
from release.targets import Target
from release.targets.devpi import Devpi
from release.targets.oci_layout import OciLayout
from release.targets.package_index import PackageIndex
from release.targets.static_index import StaticIndex
from release.workspace import Workspace


def project(root: Path, console: Console) -> Project:
    """The project in `root`. ConfigError or ReleaseError where there is none, or a wrong one."""
    repository = Repository(root)
    settings = config.load(repository.root)
    workspace = Workspace(repository.root)
    workspace.prepare()
    console.log = workspace.log / "console.jsonl"
    targets = tuple(_target(one, settings, workspace, repository.root) for one in settings.targets)
    return Project(settings, repository, workspace, targets, console)


def _target(one: TargetSpec, settings: Config, workspace: Workspace, root: Path) -> Target:
    if isinstance(one, DevpiSpec):
        return Devpi(one, settings.project)
    if isinstance(one, IndexSpec):
        return PackageIndex(one, workspace.spool / one.name, settings.project)
    if not isinstance(one, FolderSpec):
        raise NotImplementedError(one.name)
    folder = root / one.path
    if one.kind == "static-index":
        return StaticIndex(one.name, folder, settings.project)
    return OciLayout(one.name, folder)


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
        yield claim, record.read(opened.repository, claim.head, known)
