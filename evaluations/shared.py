"""What several may have open at the same time, such as the connections of a target that two runs ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Shared(Generic[_T]):
    """Made for the first who enters, ended when the last has left, and made anew for who comes after that.

    Use it in one event loop at a time.
    """

    value: _T
    """What was made; there while it is open."""

    def __init__(self, make: Callable[[], AbstractAsyncContextManager[_T]]) -> None:
        self._make = make
        self._users = 0
        self._opened: AbstractAsyncContextManager[_T] | None = None

    async def enter(self) -> _T:
        """Make it, or wait until somebody else has made it. Raises what making it raises."""
        if not self._users:
            self._turn = asyncio.Lock()
        self._users += 1
        try:
            async with self._turn:
                if self._opened is None:
                    opened = self._make()
                    self.value = await opened.__aenter__()
                    self._opened = opened
        except BaseException:
            self._users -= 1
            raise
        return self.value

    async def leave(self) -> None:
        """End it, where nobody else has it open."""
        self._users -= 1
        if not self._users and self._opened is not None:
            opened, self._opened = self._opened, None
            await opened.__aexit__(None, None, None)
