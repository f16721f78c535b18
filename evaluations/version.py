"""The installed distribution: its version, where the project is, and the form of what its runs leave behind."""

from __future__ import annotations

SCHEMA = 3
"""Of a run's folder, all of it; goes up when a field of one of its files changes its meaning or goes."""


def installed_version() -> str | None:
    """None where the package is used without being installed."""
    from importlib import metadata  # noqa: PLC0415, late: `--help` is quick

    try:
        return metadata.version("model-evaluations")
    except metadata.PackageNotFoundError:
        return None


def project_url() -> str | None:
    """The first address that pyproject.toml gives; None where the package is used without being installed."""
    from importlib import metadata  # noqa: PLC0415, late: `--help` is quick

    try:
        urls = metadata.metadata("model-evaluations").get_all("Project-URL") or [""]
    except metadata.PackageNotFoundError:
        return None
    return urls[0].partition(", ")[2] or None
