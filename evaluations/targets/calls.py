"""What somebody else's function does, as a value: it may raise anything, be cancelled, or take too long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, NamedTuple


class Raised(NamedTuple):
    """An exception as a value, since neither a future nor a task takes every one: StopIteration, SystemExit."""

    error: BaseException


async def outcome(awaited: Awaitable[Any], seconds: float) -> Any:
    """What it returns or, as Raised, raises. Raises TimeoutError where it takes longer; then it was cancelled.

    It is a task of its own: where it is cancelled and the caller is not, that is its failure, and not the run's end.
    """
    task = asyncio.create_task(_caught(awaited))
    try:
        await asyncio.wait((task,), timeout=seconds)
        if task.done():
            return Raised(asyncio.CancelledError()) if task.cancelled() else task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))
    raise asyncio.TimeoutError


async def _caught(awaited: Awaitable[Any]) -> Any:
    try:
        return await awaited
    except KeyboardInterrupt:  # out of the event loop it is Ctrl-C
        raise
    except BaseException as error:  # noqa: BLE001, somebody else's code
        return Raised(error)
