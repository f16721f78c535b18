"""Uploads files to a package index with twine, and never takes its word for it: what it says is followed by a look."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from release.archives import ATTESTATION
from release.credentials import Credentials, identity
from release.errors import CommandFailed, ConfigError, TargetFailed
from release.model import Fence
from release.process import clean_environment, run
from release.web import Patience

_STATUS = re.compile(r"HTTPError: (\d{3})")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Uploader:
    """Where to upload to, and as whom."""

    name: str
    """Of the target."""
    url: str
    credentials: Callable[[], Credentials | None]
    advice: str
    """What to do where there are none."""
    trusted: bool = False
    """Whether twine may get a token of its own, by proving which CI job it is."""
    attestations: bool = False
    """Whether the attestation beside each file goes too."""
    patience: Patience = field(default_factory=Patience)

    def bring(self, absent: Callable[[], Sequence[Path]], happened: Callable[[bool], bool], fence: Fence) -> None:
        """Upload what `absent` names, and again where that failed in a way that passes, until `happened` says so.

        `happened` is told whether to wait for as long as the index may lag. What was taken and does not show in that
        time is sent again, once: an index that has it says yes to the same bytes. TargetFailed where it is not there.
        """
        pause, taken = self.patience.pause, False
        for left in reversed(range(self.patience.tries)):
            files = absent()
            if not files:  # an answer that came late
                return
            fence.check()
            failed = self._upload(files)
            if happened(failed is None and not taken):
                return
            if failed is None and taken:
                raise TargetFailed(
                    f"{self.name} took {', '.join(file.name for file in files)}, and does not show it yet",
                    where=self.url, do="wait until its page lists it, then run the command again: it goes on from here",
                )  # fmt: skip
            taken = taken or failed is None
            if failed is not None and (not left or not (_passes(failed.status) or len(absent()) < len(files))):
                raise failed
            time.sleep(pause)
            pause *= 2

    def who(self) -> Credentials | None:
        """As whom; None where twine proves it itself. ConfigError where nobody can be proven."""
        found = self.credentials()
        if found is None and not (self.trusted and identity()):
            raise ConfigError(
                f"there are no credentials for {self.url}", where=f"target {self.name}",
                do=self.advice,
            )  # fmt: skip
        return found

    def _upload(self, files: Sequence[Path]) -> TargetFailed | None:
        who = self.who()
        beside = [file.with_name(f"{file.name}{ATTESTATION}") for file in files] if self.attestations else []
        # No configuration file, and Python would run a twine.py of the current folder: that of the files has none.
        options = ("--non-interactive", "--disable-progress-bar", "--config-file", os.devnull)
        argv: list[str | Path] = [
            *(sys.executable, "-m", "twine", "upload", *options, "--repository-url", self.url),
            *(["--attestations"] if beside else []), *files, *beside,
        ]  # fmt: skip
        size = sum(file.stat().st_size for file in files)
        try:
            run(argv, cwd=files[0].parent, env=_environment(who), timeout=10 + self.patience.stall + size / 50_000)
        except CommandFailed as error:
            status = _STATUS.search(error.what)
            return TargetFailed(
                f"{self.name} did not take {', '.join(file.name for file in files)}: {_reason(error.what)}",
                where=self.url, status=int(status[1]) if status else None,
                do="see what it says; then run the command again: it goes on from here",
            )  # fmt: skip
        return None


def _environment(who: Credentials | None) -> dict[str, str]:
    """For twine: the secret, or what it needs to get one, and nothing else of the caller's."""
    secret = {"TWINE_USERNAME": who.username, "TWINE_PASSWORD": who.password} if who else identity()
    quiet = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "NETRC": os.devnull}
    certificate = {"TWINE_CERT": os.environ["PIP_CERT"]} if "PIP_CERT" in os.environ else {}
    return clean_environment(COLUMNS="1000", NO_COLOR="1", **quiet, **certificate, **secret)


def _passes(status: int | None) -> bool:
    """Whether a later try may get another answer; twine gives no status where there was none."""
    return status is None or status in (408, 425, 429) or status >= 500


def _reason(output: str) -> str:
    """The line of twine's output that says why, with the index's own words, which are in the next one."""
    lines = [line.strip() for line in _COLOUR.sub("", output).splitlines() if line.strip()]
    for sign in ("HTTPError", "Error: ", "Exception: "):
        for line, after in zip(lines, [*lines[1:], ""], strict=True):
            if sign in line:
                return f"{line.removeprefix('ERROR').strip()}{after and f': {after}'}"
    return lines[-1]
