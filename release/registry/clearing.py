"""Takes a tag away, from registries that remove tags and from those that don't."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress

from release.errors import TargetFailed
from release.oci.descriptor import MANIFEST, Descriptor, render
from release.registry.client import Manifest, Registry
from release.registry.transfer import deliver

_EMPTY = b"{}"
_EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
"""The empty descriptor of image-spec v1.1, manifest.md."""


def clear(registry: Registry, tag: str, check: Callable[[], None]) -> None:
    """Take the tag away; `check` is called right before each change.

    A registry that removes no tags gets an image that holds nothing under it; that one is then removed by its digest,
    and the tag with it, where the registry can do that. TargetFailed where it can do neither.
    """
    _remove(registry, tag, check)
    if registry.manifest(tag) is None:
        return
    try:
        empty = Descriptor.of(_EMPTY_TYPE, _EMPTY)
        deliver(registry, tag, nothing(tag), [(empty, lambda: io.BytesIO(_EMPTY))], check)
    except TargetFailed as error:
        where = f"{registry.repository}:{tag}"
        raise TargetFailed(
            f"{registry.name} neither removes a tag nor takes an empty image: {error.what}", where=where,
            do=f"remove the tag by hand: {where}; then run the command again", status=error.status,
        ) from None  # fmt: skip
    _remove(registry, nothing(tag).digest, check)


def nothing(tag: str) -> Manifest:
    """An image of nothing, the same each time; its tag's own, so that removing it touches no other tag."""
    empty = Descriptor.of(_EMPTY_TYPE, _EMPTY).to_json()
    content = {
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": _EMPTY_TYPE, "config": empty, "layers": [empty],
        "annotations": {"org.opencontainers.image.description": f"{tag} serves nothing"},
    }  # fmt: skip
    return Manifest(render(content), MANIFEST)


def _remove(registry: Registry, reference: str, check: Callable[[], None]) -> None:
    """Ask for it (distribution-spec, "Content Management"); a registry may refuse, so what came of it is seen."""
    with suppress(TargetFailed):
        registry.ask("DELETE", f"manifests/{reference}", ok=(200, 202, 204, 404), check=check)
