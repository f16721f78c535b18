"""Which image a release has, and what it is called: the same for every target of images."""

from __future__ import annotations

from release.model import Artifact, Listed


def image_of(listed: Listed | None) -> Artifact | None:
    """The image of a release; None where there is no release, or none with an image."""
    artifacts = listed.artifacts if listed else ()
    return next((artifact for artifact in artifacts if artifact.kind == "image"), None)


def digest_of(artifact: Artifact) -> str:
    """The digest of its manifest, as OCI writes it."""
    return f"sha256:{artifact.sha256}"
