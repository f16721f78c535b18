"""What all targets of a run share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from evaluations.targets.specs import ModelSpec, ToolSpec


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
    """Seconds for one attempt, where the configuration sets no shorter limit."""
    environment: Mapping[str, str] = os.environ
    """Where keys are."""
