"""The version of the installed distribution."""

from __future__ import annotations


def installed_version() -> str | None:
    """None where the package is used without being installed."""
    from importlib import metadata  # noqa: PLC0415, late: `--help` is quick

    try:
        return metadata.version("model-evaluations")
    except metadata.PackageNotFoundError:
        return None
