"""Which image a release has: the same for every target of images."""

from __future__ import annotations

from release.model import Artifact, Listed


def image_of(listed: Listed | None) -> Artifact | None:
    """The image of a release; None where there is no release, or none with an image."""
    artifacts = listed.artifacts if listed else ()
    return next((artifact for artifact in artifacts if artifact.kind == "image"), None)
