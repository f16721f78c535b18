"""Publishes the release's tag; the last act, after what users get was proven."""

from __future__ import annotations

from collections.abc import Sequence

from release.acts import Act, PushTag
from release.run import Run, Step


def _skip(run: Run) -> str | None:
    config = run.project.config
    if run.candidate.tag is None:
        return "an untagged commit has no tag to push"
    if config.remote is None or config.remote not in run.project.repository.remotes:
        return "the clone has no remote to push it to"
    return None


def _acts(run: Run) -> Sequence[Act]:
    return [PushTag(run.project.repository, str(run.project.config.remote), str(run.candidate.tag), run.tag_object())]


STEP = Step("tag", "push the tag", "the tag is public", acts=_acts, skip=_skip)
