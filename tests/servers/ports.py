"""Ports for servers that are told theirs, and so take it a moment after it was chosen."""

from __future__ import annotations

import random
import socket

_PORTS = range(20_000, 32_000)
"""Below those that kernels give to whoever asks for any, so that no other program comes to have it in that moment."""


def free_ports(count: int) -> list[int]:
    """As many ports of 127.0.0.1 that nobody listens on, each another."""
    return [port for port in random.SystemRandom().sample(_PORTS, 50 * count) if _is_free(port)][:count]


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
