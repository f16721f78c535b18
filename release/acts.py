"""Acts: the only things that change anything outside the clone. Planned as values, shown, done, asked for again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from release.commands import command
from release.errors import Tampered
from release.git import Repository
from release.model import Artifact, Change, Fence, Holding, Json, Listing, Match
from release.targets import Target


class Act(Protocol):
    """One change to the outside."""

    @property
    def key(self) -> str:
        """What makes it the same act when a killed run is taken up again."""

    @property
    def sentence(self) -> str:
        """What it does, in the infinitive, for people."""

    @property
    def past(self) -> str:
        """What is true when it is done, for the ledger."""

    def to_json(self) -> dict[str, Json]:
        """As recorded with the intent; `verb` says which kind it is."""

    def is_done(self) -> bool:
        """Ask the outside. Tampered where it is in a state that is neither the one before nor the one after."""

    def do(self, fence: Fence) -> None:
        """Do it; safe to repeat."""


@dataclass(frozen=True)
class Put:
    """Bring an artifact to a target, where no channel shows it yet."""

    target: Target
    artifact: Artifact
    source: Path

    @property
    def key(self) -> str:
        return f"put {self.artifact.kind} {self.artifact.name} to {self.target.name}"

    @property
    def sentence(self) -> str:
        known = f"{self.artifact.kind} {self.artifact.name} (sha256 {self.artifact.sha256[:12]})"
        return f"bring {known} to {self.target.name}"

    @property
    def past(self) -> str:
        return f"{self.target.name} has {self.artifact.kind} {self.artifact.name}"

    def to_json(self) -> dict[str, Json]:
        return {"verb": "put", "target": self.target.name, "artifact": self.artifact.to_json()}

    def is_done(self) -> bool:
        return self.target.ask(self.artifact) is Holding.SAME

    def do(self, fence: Fence) -> None:
        self.target.put(self.artifact, self.source, fence)


@dataclass(frozen=True)
class Point:
    """Make a channel serve another listing."""

    target: Target
    channel: str
    change: Change
    before: str | None
    listing: Listing
    """What the channel lists afterwards."""
    undo: bool = False

    @property
    def after(self) -> str | None:
        return self.target.pointer(self.listing)

    @property
    def key(self) -> str:
        return f"{'undo ' if self.undo else ''}point {self.channel} of {self.target.name}"

    @property
    def sentence(self) -> str:
        current = self.listing.current()
        serves = current.version if current else "nothing"
        if self.undo:
            return f"take {self.channel} of {self.target.name} back to {serves}"
        parts = [f"make {self.channel} of {self.target.name} serve {serves}"]
        parts += [f"withdraw {version} ({reason})" for version, reason in self.change.withdraw.items()]
        parts += [f"bring {version} back" for version in self.change.restore]
        return ", ".join(parts)

    @property
    def past(self) -> str:
        current = self.listing.current()
        return f"{self.channel} of {self.target.name} serves {current.version if current else 'nothing'}"

    def to_json(self) -> dict[str, Json]:
        return {
            "verb": "point", "target": self.target.name, "channel": self.channel, "change": self.change.to_json(),
            "before": self.before, "after": self.after,
        }  # fmt: skip

    def is_done(self) -> bool:
        seen = self.target.look(self.channel, self.listing)
        if seen.match is Match.OTHER and seen.serving != self.before:
            raise Tampered(
                f"{self.channel} of {self.target.name} serves {seen.serving or 'nothing'}, "
                f"the ledger says {self.before or 'nothing'}",
                where=self.target.address(self.channel),
                do=f"somebody changed it by hand; {command('status')} shows the difference, "
                f"{command('repair')} mends it",
            )
        return seen.match is Match.SAME

    def do(self, fence: Fence) -> None:
        self.target.point(self.channel, self.listing, fence)


@dataclass(frozen=True)
class SetAside:
    """Move a target's damaged files out of the way, so that the right ones can take their place."""

    target: Target
    files: tuple[Path, ...]
    """What was found damaged; on a resumed run it may be fewer."""

    @property
    def key(self) -> str:
        return f"set aside what is damaged in {self.target.name}"

    @property
    def sentence(self) -> str:
        return f"{self.key}: {', '.join(path.name for path in self.files)}"

    @property
    def past(self) -> str:
        return f"nothing in {self.target.name} is damaged any more"

    def to_json(self) -> dict[str, Json]:
        return {"verb": "set-aside", "target": self.target.name, "files": [str(path) for path in self.files]}

    def is_done(self) -> bool:
        return not self.target.damaged()

    def do(self, fence: Fence) -> None:
        self.target.set_aside(fence)


@dataclass(frozen=True)
class Mending:
    """An act of a repair; it has a number, since the same may be needed more than once in one operation."""

    act: Act
    number: int

    @staticmethod
    def number_of(key: str) -> int:
        """The number in such a key; 0 where it is another act's."""
        found = re.match(r"repair (\d+): ", key)
        return int(found[1]) if found else 0

    @property
    def key(self) -> str:
        return f"repair {self.number}: {self.act.key}"

    @property
    def sentence(self) -> str:
        return self.act.sentence

    @property
    def past(self) -> str:
        return self.act.past

    def to_json(self) -> dict[str, Json]:
        return self.act.to_json()

    def is_done(self) -> bool:
        return self.act.is_done()

    def do(self, fence: Fence) -> None:
        self.act.do(fence)


@dataclass(frozen=True)
class PushTag:
    """Publish the release's tag; last, since it can't be taken back."""

    repository: Repository
    remote: str
    tag: str
    tag_object: str

    @property
    def key(self) -> str:
        return f"push tag {self.tag} to {self.remote}"

    @property
    def sentence(self) -> str:
        return self.key

    @property
    def past(self) -> str:
        return f"{self.remote} has tag {self.tag}"

    def to_json(self) -> dict[str, Json]:
        return {"verb": "push-tag", "target": self.remote, "tag": self.tag, "object": self.tag_object}

    def is_done(self) -> bool:
        name = f"refs/tags/{self.tag}"
        found = self.repository.remote_refs(self.remote, name).get(name)
        if found not in (None, self.tag_object):
            raise Tampered(
                f"{self.remote} has another tag {self.tag} ({found[:12]}, here it is {self.tag_object[:12]})",
                where=name,
                do="find out who pushed it; a version's tag never moves, so release under the next version",
            )
        return found is not None

    def do(self, fence: Fence) -> None:
        fence.check()
        options = ("--quiet", "--no-follow-tags")  # a user's own push.followTags would publish other tags as well
        self.repository.git("push", *options, self.remote, f"{self.tag_object}:refs/tags/{self.tag}")
