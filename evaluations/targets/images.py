"""Images for a model: by URL, which the model's server fetches, or from a file below the data set's folder."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from evaluations.model import Json
from evaluations.targets.files import read_below
from evaluations.targets.unfit import UnfitError

LARGEST_IMAGE = 20 << 20
"""Bytes. The largest that OpenAI takes in one request is 50 MB, for all images together."""
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def image_part(url: Json, detail: Json = None) -> dict[str, Json]:
    """A content part of the chat protocol for an image at a URL. Raises UnfitError where that is none."""
    if not isinstance(url, str) or not url.startswith(("https://", "http://", "data:image/")):
        do = 'give an http, https or data:image/ URL, or name a file: {"type": "file", "path": "cat.png"}'
        raise UnfitError("the image's URL is none that a model can be given", do)
    return {"type": "image_url", "image_url": {"url": url} if detail is None else {"url": url, "detail": detail}}


def image_file(folder: Path | None, name: Json) -> tuple[str, str]:
    """Type and base64 text of the image in a file. Raises UnfitError where there is no such image."""
    if folder is None:
        raise UnfitError("the data set has no folder that images could be in", "read the data set from a file")
    if not isinstance(name, str) or not name or "\0" in name:
        raise UnfitError('"path" is no file name', 'name a file: {"type": "file", "path": "cat.png"}')
    try:
        content = read_below(folder, name, LARGEST_IMAGE)
    except ValueError as error:
        raise UnfitError(f"the image {name!r} {error}", "name a file below the data set's folder") from None
    return _type(content, name), b64encode(content).decode()


def _type(content: bytes, name: str) -> str:
    """By what the file holds: its name may lie."""
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    raise UnfitError(f"the file {name!r} holds no image", "give a PNG, JPEG, GIF or WebP file")
