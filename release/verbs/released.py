"""Whether HEAD is released already: finished by the ledger, on every target of the profile, and still there."""

from __future__ import annotations

from packaging.version import Version

from release.building import scm
from release.commands import REASON, command
from release.errors import NotEligible, ReleaseError, Tampered
from release.ledger.history import History, Release
from release.model import Holding
from release.rollback.eligibility import withdrawn_for
from release.run import Project


def is_released(project: Project, history: History) -> bool:
    """Whether there is nothing to do for HEAD, which is said. What is to be done yet is said too.

    NotEligible where it was withdrawn, Tampered or ReleaseError where a target does not have, or serve, what it should.
    """
    if history.operation is not None:
        return False
    commit = project.repository.commit()
    prefix, there = project.config.tag_prefix, project.repository.tags(f"--points-at={commit}")
    tags = {tag.object for tag in there if tag.annotated and scm.version_of(tag.name, prefix) is not None}
    found = [
        known
        for known in history.releases.values()
        if known.commit == commit and len(_missing(project, history, known)) < len(project.targets)
    ]
    if not found or tags - {known.tag_object for known in found}:
        return False
    known = max(found, key=lambda release: Version(release.version))
    _refuse_withdrawn(project, history, known)
    if not _is_finished(project, history, known):
        return False
    _compare(project, history, known)
    project.console.say(f"{known.version} is released already; there is nothing to do")
    return True


def _missing(project: Project, history: History, known: Release) -> list[str]:
    """The targets whose stable was never made to list it."""
    return [target.name for target in project.targets if not history.lists(target.name, "stable", known.version)]


def _is_finished(project: Project, history: History, known: Release) -> bool:
    missing = _missing(project, history, known)
    unproven = [target.name for target in project.targets if target.name not in known.finished_on]
    if missing:
        why = f"is not on stable of {', '.join(missing)} yet"
    elif unproven:
        why = f"is on stable of {', '.join(unproven)}, where no release of it was finished, so nothing is proven"
    else:
        return True
    project.console.say(f"{known.version} {why}: it is released again, and what is there already stays")
    return False


def _refuse_withdrawn(project: Project, history: History, known: Release) -> None:
    """A withdrawn release does not come back by itself; where it was replaced and nothing taken back, not at all."""
    names = [target.name for target in project.targets]
    why = withdrawn_for(history, names, known.version)
    if why is not None:
        channels = [history.channel(name, "stable") for name in names]
        can = any(one.versions.get(known.version) is not None or one.current == known.version for one in channels)
        raise NotEligible(
            f"{known.version} was released, and withdrawn: {why}", where=known.commit[:12],
            do=f"{command('promote', known.version, REASON)} brings it back" if can
            else f"release the next version: {command('version', 'next')}",
        )  # fmt: skip


def _compare(project: Project, history: History, known: Release) -> None:
    """Ask every target for the bytes, and for what stable serves: the ledger says what was, not what is."""
    for target in project.targets:
        for artifact in known.built():
            if artifact.kind in target.takes and target.ask(artifact) is Holding.ABSENT:
                raise Tampered(
                    f"{known.version} was released, and {artifact.name} is missing from {target.name} now",
                    where=target.address("stable"),
                    do=f"{command('status')} shows it, {command('repair')} brings it back",
                )  # fmt: skip
        if target.serving("stable") != history.pointer(target.name, "stable"):
            raise ReleaseError(
                f"{known.version} was released, but stable of {target.name} serves something else now",
                where=target.address("stable"),
                do=f"{command('status')} shows the difference, {command('repair')} mends it",
            )  # fmt: skip
