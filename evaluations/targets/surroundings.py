"""What all targets of a run share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from evaluations.targets.specs import ModelSpec, TimeoutsSpec, ToolSpec


class Surroundings(NamedTuple):
    """Where targets find what their variants refer to, and what limits them."""

    folder: Path
    """The configuration's: files are named relative to it, and read from nowhere else."""
    models: Mapping[str, ModelSpec] = MappingProxyType({})
    tools: Mapping[str, ToolSpec] = MappingProxyType({})
    images: Path | None = None
    """The data set's folder, which images are read from; None where it has none."""
    concurrency: int = 64
    """Most requests at once for each target."""
    timeout: float = 60.0
    """Seconds for one attempt, where variant, model and provider have no limit of their own."""
    overruling: bool = False
    """Whether that limit goes before theirs: it was given for this run, and not by the configuration."""
    environment: Mapping[str, str] = os.environ
    """Where keys are."""

    def time_limit(self, *timeouts: TimeoutsSpec) -> float:
        """Seconds for one attempt of a target that has these limits, of which the shortest counts."""
        set_ms = [each.non_streaming.total_ms for each in timeouts if each.non_streaming.total_ms is not None]
        return self.timeout if self.overruling or not set_ms else min(set_ms) / 1000
