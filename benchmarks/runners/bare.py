"""The least that any runner must do: a loop over aiohttp that asks, compares and counts.

Arguments: URL, data, places.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator

import aiohttp


async def main(url: str, data: str, places: int) -> None:
    """Ask everything, so many at once."""
    right = 0
    with open(data, encoding="utf-8") as lines:  # noqa: PTH123, ASYNC230, the least
        source: Iterator[str] = iter(lines)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=places)) as session:

            async def work() -> None:
                nonlocal right
                for line in source:
                    point = json.loads(line)
                    body = {"model": "m", "messages": [{"role": "user", "content": point["input"]}]}
                    async with session.post(f"{url}/chat/completions", json=body) as response:
                        answer = (await response.json())["choices"][0]["message"]["content"]
                    right += answer == point["reference"]

            await asyncio.gather(*(work() for _place in range(places)))
    print(f"right: {right}")


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
