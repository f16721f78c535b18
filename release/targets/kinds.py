"""Makes a target of what the configuration says of it. What a kind needs is loaded where that kind is configured."""

from __future__ import annotations

from release.config.targets import DevpiSpec, FolderSpec, IndexSpec, TargetSpec
from release.targets import Target
from release.workspace import Workspace


def make(spec: TargetSpec, project: str, workspace: Workspace, *, once: bool = False) -> Target:
    """The target of that spec, for the project of that name; with `once` a server is asked once, and not waited for."""
    if isinstance(spec, FolderSpec):
        return _folder(spec, project, workspace)
    if isinstance(spec, DevpiSpec):
        from release.targets.devpi import Devpi  # noqa: PLC0415 - a quarter of a second that folders need not pay

        return Devpi(spec, project, once=once)
    if isinstance(spec, IndexSpec):
        from release.targets.package_index import PackageIndex  # noqa: PLC0415

        return PackageIndex(spec, workspace.spool / spec.name, project, once=once)
    from release.registry.client import Registry  # noqa: PLC0415
    from release.registry.names import ImageRepository  # noqa: PLC0415
    from release.targets.oci_registry import OciRegistry  # noqa: PLC0415
    from release.web import Patience  # noqa: PLC0415

    repository = ImageRepository.parse(spec.repository)
    return OciRegistry(spec.name, Registry(repository, spec.name, patience=Patience.of(spec.stall, once=once)))


def _folder(spec: FolderSpec, project: str, workspace: Workspace) -> Target:
    folder = workspace.folder.parent / spec.path
    if spec.kind == "static-index":
        from release.targets.static_index import StaticIndex  # noqa: PLC0415

        return StaticIndex(spec.name, folder, project)
    from release.targets.oci_layout import OciLayout  # noqa: PLC0415

    return OciLayout(spec.name, folder)
