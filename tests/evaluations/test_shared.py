"""What several have open at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from evaluations.shared import Shared


class Made:
    """Counts what was made and ended; making the first `failing` ones fails."""

    def __init__(self, failing: int = 0) -> None:
        self.made = self.ended = 0
        self._failing = failing

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[int]:
        """Takes a moment at both ends, in which others come."""
        self.made += 1
        number = self.made
        await asyncio.sleep(0)
        if number <= self._failing:
            raise OSError(number)
        yield number
        await asyncio.sleep(0)
        self.ended += 1


async def _use(shared: Shared[int]) -> int:
    found = await shared.enter()
    await asyncio.sleep(0.01)
    assert found == shared.value
    await shared.leave()
    return found


def test_all_who_come_together_get_the_same() -> None:
    """Made once, ended once, when the last has left; and made anew for the next, in another loop too."""
    made = Made()
    shared = Shared(made)

    async def together() -> list[int]:
        return await asyncio.gather(*(_use(shared) for _ in range(5)))

    assert [1] * 5 == asyncio.run(together())
    assert [2] * 5 == asyncio.run(together())
    assert (2, 2) == (made.made, made.ended)


def test_who_comes_while_it_ends_gets_a_new_one() -> None:
    """And not one that is about to go."""
    made = Made()
    shared = Shared(made)

    async def run() -> int:
        await shared.enter()
        ending = asyncio.create_task(shared.leave())
        await asyncio.sleep(0)
        found = await _use(shared)
        await ending
        return found

    assert 2 == asyncio.run(run())
    assert (2, 2) == (made.made, made.ended)


def test_what_can_not_be_made_is_tried_by_the_next() -> None:
    """Who comes first gets the error."""
    made = Made(failing=1)
    shared = Shared(made)

    async def run() -> list[int | BaseException]:
        return list(await asyncio.gather(_use(shared), _use(shared), return_exceptions=True))

    first, second = asyncio.run(run())
    assert isinstance(first, OSError)
    assert 2 == second
    with pytest.raises(OSError, match="1"):
        asyncio.run(Shared(Made(failing=1)).enter())
    assert 1 == made.ended
