"""Reading the layers of images that somebody else made, each compared with its digest and its diff_id."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from release.errors import Tampered, VerifyFailed
from release.oci.descriptor import LAYER, LAYER_GZIP, Descriptor, digest_of
from release.oci.layer import Layer, compress
from release.oci.layout import Image, Layout

_PLAIN = (LAYER,)
_GZIP = (LAYER_GZIP, "application/vnd.docker.image.rootfs.diff.tar.gzip")


def tar_of(source: Layout, layer: Descriptor, diff_id: str) -> bytes:
    """A layer's tar. VerifyFailed where it is compressed in another way; Tampered where it is not the diff_id's."""
    where = str(source.path(layer.digest))
    data = _decompressed(source.read(layer.digest), layer.media_type, where)
    if digest_of(data) != diff_id:
        do = "build the image again; its config was not made for these layers"
        raise Tampered(f"the layer's tar is not {diff_id}", where=where, do=do)
    return data


def _decompressed(data: bytes, media_type: str, where: str) -> bytes:
    if media_type in _PLAIN:
        return data
    try:
        if media_type in _GZIP:
            return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise VerifyFailed(f"a layer is no gzip: {error}", where=where) from None
    do = "build the image with gzip or plain tar layers"
    raise VerifyFailed(f"layers of {media_type} are not known", where=where, do=do)


def tars(source: Layout, image: Image) -> Iterator[tuple[Layer, bytes]]:
    """Each layer, lowest first, with its tar. One that is not compressed yet is; all others keep their bytes."""
    for layer, diff_id in zip(image.layers, image.config["rootfs"]["diff_ids"], strict=True):
        tar = tar_of(source, layer, diff_id)
        yield Layer(compress(tar) if layer.media_type in _PLAIN else source.read(layer.digest), diff_id), tar
