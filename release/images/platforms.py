"""What this machine's architecture is called, by Debian, by OCI and by wheels."""

from __future__ import annotations

import platform
from dataclasses import dataclass

from release.errors import BuildFailed


@dataclass(frozen=True)
class Platform:
    """One architecture, by its three names."""

    debian: str
    oci: str
    wheels: str


_KNOWN = (
    Platform("amd64", "amd64", "x86_64"),
    Platform("arm64", "arm64", "aarch64"),
    Platform("ppc64el", "ppc64le", "ppc64le"),
    Platform("riscv64", "riscv64", "riscv64"),
    Platform("s390x", "s390x", "s390x"),
)


def of(name: str) -> Platform:
    """The platform that one of the three calls so. BuildFailed where none does."""
    found = next((one for one in _KNOWN if name in (one.debian, one.oci, one.wheels)), None)
    if found is None:
        known = ", ".join(one.debian for one in _KNOWN)
        raise BuildFailed(f"images for {name} are not known", do=f"build on one of {known}")
    return found


def here() -> Platform:
    """That of this machine, whatever system runs on it."""
    return of(platform.machine())
