"""Keeps what is to be uploaded in the clone, where uploading is publishing: SHA256/NAME, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from release import archives, durable
from release.archives import ATTESTATION
from release.errors import ReleaseError
from release.model import Artifact
from release.targets.generations import compare


class Spool:
    """A folder of one target's files; a cache, since each can be had from elsewhere."""

    def __init__(self, folder: Path, *, attestations: bool) -> None:
        """`attestations` keeps the attestation beside each file too."""
        self.folder = folder
        self._attestations = attestations

    def find(self, artifact: Artifact) -> Path | None:
        """The file, compared by sha256; what is damaged is thrown away, for there it is only a copy."""
        path = self.folder / artifact.sha256 / artifact.name
        if not path.is_file():
            return None
        if archives.sha256(path) != artifact.sha256:
            path.unlink()
            return None
        return path

    def keep(self, artifact: Artifact, source: Path) -> Path:
        """Copy `source` there. Tampered where it is not the artifact, ReleaseError where an attestation is missing."""
        compare(source, artifact.sha256)
        path = self.folder / artifact.sha256 / artifact.name
        beside = source.with_name(f"{source.name}{ATTESTATION}")
        if self._attestations:
            if not beside.is_file():
                raise no_attestation(source)
            durable.copy_file(beside, path.with_name(beside.name))
        durable.copy_file(source, path)
        return path

    def attested(self, path: Path) -> bool:
        """Whether a file that is uploaded from here has all that goes with it."""
        return not self._attestations or path.with_name(f"{path.name}{ATTESTATION}").is_file()


def no_attestation(file: Path) -> ReleaseError:
    """A file is to go out with an attestation, and has none."""
    return ReleaseError(
        f"{file.name} has no attestation (PEP 740), and tool.release says that attestations go out with it",
        where=f"{file}{ATTESTATION}",
        do="let a session make it there in CI (pypi-attestations sign), and name that one as tool.release.attest",
    )
