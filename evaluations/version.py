"""What the installed distribution says of itself: its version, and where the project is."""

from __future__ import annotations


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
