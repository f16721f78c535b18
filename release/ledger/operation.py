"""What somebody began and how far it has come, and what a rollback left to be done; with the commands that go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from release.commands import EMBEDDED, REASON, command
from release.model import Json

Verb = Literal["release", "forward", "rollback", "promote", "repair"]
"""`forward` is a release of an earlier release's tree under a higher version."""


@dataclass(frozen=True)
class Owed:
    """What a rollback could not do, since some targets take nothing back."""

    version: str
    """The release that is to go out again under a higher version."""
    targets: tuple[str, ...]
    """Those that still serve what was withdrawn."""
    reason: str
    profile: str

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Owed:
        """From the JSON of its fields."""
        return cls(**{**data, "targets": tuple(data["targets"])})

    @property
    def command(self) -> str:
        """What to type to do it."""
        return command("rollback", profile=self.profile)

    @property
    def sentence(self) -> str:
        """What is to be done, and by which command."""
        return (
            f"{', '.join(self.targets)} can't go back to {self.version}: {self.command} releases {self.version} again"
        )


@dataclass
class Operation:
    """Something that somebody began."""

    number: int
    verb: Verb
    version: str
    commit: str
    began: str
    by: str
    data: dict[str, Json]
    steps: dict[str, dict[str, Json]] = field(default_factory=dict)
    """Finished steps and what came out of them."""
    acts: dict[str, dict[str, Json]] = field(default_factory=dict)
    """Every act that was intended, by its key, in order."""
    done: list[str] = field(default_factory=list)
    """Keys of the acts whose outcome is recorded."""
    failed: dict[str, Json] | None = None
    """The step at which it stopped last, and why."""

    @property
    def profile(self) -> str:
        """Whose targets it is about. Before there were profiles, it was those of `[tool.release]` itself."""
        return str(self.data.get("profile", EMBEDDED))

    @property
    def command(self) -> str:
        """What to type to go on with it, in its own profile."""
        if self.verb == "promote":
            return command("promote", self.version, REASON, profile=self.profile)
        return command("rollback" if self.verb == "forward" else self.verb, profile=self.profile)

    @property
    def unfinished(self) -> str:
        """That it has not reached its end."""
        return f"{self.verb} {self.version} is not finished"

    @property
    def begun(self) -> str:
        """When, and by whom."""
        return f"begun {self.began} by {self.by}"

    @property
    def ways(self) -> str:
        """How to finish it, or to close it where it can be closed, in words for people."""
        close = command("release", "--abandon", profile=self.profile)
        if self.abandoning:
            return f"it is being taken back; finish that: {close}"
        if self.verb == "forward":
            return f"finish it: {self.command}; or close it ({close}), and it is still owed"
        if self.verb == "release":
            tag = self.data.get("tag") or self.commit[:12]
            finish = f"finish it (git switch --detach {tag}, {self.command})"
            back = f"take it back ({command('rollback', profile=self.profile)})"
            if self.has_reached("stable"):
                return f"{finish} or {back}"
            if self.moves("stable"):
                return f"{finish}, close it ({close}) or, if stable serves it by now, {back}"
            return f"{finish} or close it ({close})"
        return f"finish it: {self.command}"

    @property
    def abandoning(self) -> bool:
        """Whether it is being taken back, which must be finished before anything else."""
        return "abandon" in self.data

    def has_reached(self, channel: str) -> bool:
        """Whether it has moved the channel of some target, as far as that is recorded."""
        return any(key in self.done for key in self.moves(channel))

    def moves(self, *channels: str) -> list[str]:
        """Keys of its acts on these channels, also of those that may not have happened; a repair moves nothing."""
        return [
            key
            for key, act in self.acts.items()
            if act["verb"] == "point" and act["channel"] in channels and not key.startswith("repair ")
        ]

    def forget(self, *keys: str) -> None:
        """An act was taken back: neither it nor the taking back counts any more, so that it can be done again."""
        for key in keys:
            self.acts.pop(key, None)
            self.done[:] = [done for done in self.done if done != key]

    def pending(self) -> list[str]:
        """Keys of the acts that may or may not have happened."""
        return [key for key in self.acts if key not in self.done]
