"""What every step is given: the release it works on, and where everything is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from release.acts import Act
from release.commands import command
from release.config import Config
from release.console import Console
from release.errors import Tampered
from release.git import Repository
from release.ledger.history import History, Release
from release.ledger.operation import Operation
from release.model import Artifact, Json, Listed
from release.targets import Target
from release.workspace import Workspace


@dataclass(frozen=True)
class Candidate:
    """The commit that is to be released, and what it will be called."""

    version: str
    commit: str
    epoch: int
    """Seconds since 1970, of the commit."""
    tag: str | None
    """None for an untagged commit, which is released as a development version."""
    tag_object: str | None

    @classmethod
    def of(cls, release: Release, repository: Repository) -> Candidate:
        """A release that the ledger knows, to be served again or compared with."""
        epoch = repository.epoch(release.commit)
        return cls(release.version, release.commit, epoch, release.tag, release.tag_object)

    @classmethod
    def resumed(cls, operation: Operation) -> Candidate:
        """What an operation that somebody began is about, as it was recorded then."""
        data = operation.data
        return cls(operation.version, operation.commit, data["epoch"], data["tag"], data["tag_object"])


@dataclass(frozen=True)
class Project:
    """The clone and its configuration; everything that stays the same during a command."""

    config: Config
    repository: Repository
    workspace: Workspace
    targets: tuple[Target, ...]
    console: Console

    def having(self, channel: str) -> list[Target]:
        """The targets that have that channel."""
        return [target for target in self.targets if channel in target.channels]

    def lacking(self, channel: str) -> list[Target]:
        """The targets that do not have that channel."""
        return [target for target in self.targets if channel not in target.channels]

    def taking(self, artifact: Artifact) -> list[Target]:
        """The targets that an artifact is published to."""
        return [target for target in self.targets if artifact.kind in target.takes]


@dataclass(frozen=True)
class Run:
    """One operation on one version."""

    project: Project
    candidate: Candidate
    history: History
    """Kept up to date by the pipeline."""

    @property
    def version(self) -> Version:
        return Version(self.candidate.version)

    @property
    def operation(self) -> Operation:
        """The operation under way; the pipeline has begun it before any step runs."""
        if self.history.operation is None:
            raise RuntimeError("no operation is under way")
        return self.history.operation

    def listed(self) -> Listed:
        """The release as it will be listed, with the artifacts that the ledger has."""
        return self.history.releases[self.candidate.version].listed()

    def artifact(self, kind: str) -> Artifact:
        """The artifact of that kind that the ledger has."""
        return next(artifact for artifact in self.listed().artifacts if artifact.kind == kind)

    def wheel(self) -> Path:
        """The built wheel's file."""
        return self.project.workspace.dist(self.candidate.version) / self.artifact("wheel").name

    def source(self) -> Path:
        """A clean export of the commit, made once a release."""
        folder = self.project.workspace.release(self.candidate.version) / f"source-{self.candidate.commit[:12]}"
        if not folder.exists():
            with self.project.workspace.temporary("source") as temporary:
                self.project.repository.export(self.candidate.commit, temporary / "source")
                folder.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(temporary / "source", folder)
        return folder

    def tag_object(self) -> str:
        """The id of the tag, which must not have moved since the release began."""
        found = self.project.repository.reference(f"refs/tags/{self.candidate.tag}")
        if found != self.candidate.tag_object:
            raise Tampered(
                f"the tag {self.candidate.tag} has moved since this release began",
                where=f"refs/tags/{self.candidate.tag} is {found}, it was {self.candidate.tag_object}",
                do=f"put it back, or close the release: {command('release', '--abandon')}",
            )
        return str(found)


def nothing(_: Run) -> Sequence[Act]:
    """For steps without acts."""
    return ()


def never(_: Run) -> str | None:
    """For steps that are not skipped."""
    return None


def remaining(run: Run, steps: Sequence[Step]) -> list[Step]:
    """What is to be done yet of the operation under way, or of one that has not begun; without what is skipped."""
    done = run.history.operation.steps if run.history.operation else {}
    last = max((number for number, step in enumerate(steps, 1) if step.name in done), default=0)
    return [step for step in steps[last:] if step.skip(run) is None]


@dataclass(frozen=True)
class Step:
    """One line of a pipeline."""

    name: str
    title: str
    """What it does, in the infinitive, for people."""
    past: str
    """What is true when it is done, for the ledger."""
    work: Callable[[Run], Mapping[str, Json]] = lambda _: {}
    """Computes something inside the clone; what it returns is recorded when the step is done."""
    acts: Callable[[Run], Sequence[Act]] = nothing
    """What is to be changed outside; the pipeline does them one by one, after `work`."""
    skip: Callable[[Run], str | None] = never
    """The reason not to run it, or None."""
    holds: Callable[[Run], bool] = lambda _: True
    """Whether the recorded outcome is still true when a killed run is taken up again; otherwise it runs anew."""
    together: bool = False
    """Whether its acts are done all or none: where one fails, the channels that moved go back."""
