"""The pages of a package index that holds one project. Pure: a listing in, bytes out, the same on every machine.

HTML as PEP 503 has it, JSON as PEP 691; with PEP 592 (yanked), 629 (version of the pages), 658 and 714 (metadata beside
the wheel) and 700 (versions, sizes, upload times). Pages are ASCII, so that no web server's charset can spoil them.
"""

from __future__ import annotations

import hashlib
import json
from html import escape
from urllib.parse import quote

from packaging.utils import InvalidName, canonicalize_name

from release.errors import ConfigError
from release.model import Artifact, ArtifactKind, Json, Listed, Listing

KINDS: frozenset[ArtifactKind] = frozenset({"wheel", "sdist"})
"""The kinds of artifact that have a place on a page."""
_API_VERSION = "1.1"


def normalised(project: str) -> str:
    """The project's name as it stands in URLs (PEP 503). ConfigError where it is no name, so it can't become a path."""
    try:
        return canonicalize_name(project, validate=True)
    except InvalidName:
        raise ConfigError(
            f"{project!r} is not the name of a project",
            where="project.name",
            do="use letters, digits, '-', '_' and '.', with a letter or digit at both ends",
        ) from None


def render(project: str, listing: Listing) -> dict[str, bytes]:
    """Every page of the index, by path relative to the folder that a channel points to."""
    name = normalised(project)
    shown = [(listed, file) for listed in listing.releases for file in listed.artifacts if file.kind in KINDS]
    root: dict[str, Json] = {"projects": [{"name": name}]}
    detail: dict[str, Json] = {
        "name": name,
        "versions": list(dict.fromkeys(listed.version for listed, _ in shown)),
        "files": [_entry(listed, file) for listed, file in shown],
    }
    return {
        "simple/index.html": _html("Simple index", [f'<a href="{name}/">{name}</a>']),
        "simple/index.json": _json(root),
        f"simple/{name}/index.html": _html(f"Links for {name}", [_anchor(listed, file) for listed, file in shown]),
        f"simple/{name}/index.json": _json(detail),
    }


def checksums(pages: dict[str, bytes]) -> bytes:
    """SHA256SUMS of the pages, as `sha256sum -c` reads it, sorted by path; its own sha256 names them all together."""
    lines = (f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(pages.items()))
    return "".join(lines).encode("ascii")


def _url(artifact: Artifact) -> str:
    """Relative to the project's page, so that it holds by file URL and below any web server."""
    return f"../../../files/{artifact.sha256}/{quote(artifact.name, safe='')}"


def _anchor(listed: Listed, artifact: Artifact) -> str:
    parts = [f'<a href="{_url(artifact)}#sha256={artifact.sha256}"']
    if artifact.requires_python is not None:
        parts.append(f'data-requires-python="{escape(artifact.requires_python)}"')
    if artifact.metadata_sha256 is not None:
        parts += (f'data-{key}="sha256={artifact.metadata_sha256}"' for key in ("core-metadata", "dist-info-metadata"))
    if listed.withdrawn is not None:
        parts.append(f'data-yanked="{escape(listed.withdrawn)}"')
    return f"{' '.join(parts)}>{escape(artifact.name)}</a>"


def _entry(listed: Listed, artifact: Artifact) -> dict[str, Json]:
    entry: dict[str, Json] = {
        "filename": artifact.name,
        "url": _url(artifact),
        "hashes": {"sha256": artifact.sha256},
        "size": artifact.size,
        "upload-time": listed.published.replace("+00:00", "Z"),
        # PEP 691 wants a reason that is not empty, or true.
        "yanked": False if listed.withdrawn is None else listed.withdrawn or True,
    }
    if artifact.requires_python is not None:
        entry["requires-python"] = artifact.requires_python
    if artifact.metadata_sha256 is not None:
        entry["core-metadata"] = entry["dist-info-metadata"] = {"sha256": artifact.metadata_sha256}
    return entry


def _html(title: str, links: list[str]) -> bytes:
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        f'<head><meta name="pypi:repository-version" content="{_API_VERSION}"><title>{title}</title></head>',
        "<body>",
        f"<h1>{title}</h1>",
        *(f"{link}<br>" for link in links),
        "</body>",
        "</html>",
    ]
    return "".join(f"{line}\n" for line in lines).encode("ascii", "xmlcharrefreplace")


def _json(content: dict[str, Json]) -> bytes:
    document = {"meta": {"api-version": _API_VERSION}, **content}
    return f"{json.dumps(document, separators=(',', ':'), sort_keys=True)}\n".encode("ascii")
