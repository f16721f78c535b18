"""The proxy that the environment names for an address, with its password apart from its address.

aiohttp's `trust_env` would also send passwords out of .netrc, and an address with a password stands whole in aiohttp's
messages.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.request import getproxies, proxy_bypass

from yarl import URL

from evaluations.errors import UsageError


class Proxy(NamedTuple):
    """What requests to an address are sent through."""

    url: URL | None = None
    """Without user and password; None where there is no proxy."""
    headers: Mapping[str, str] = MappingProxyType({})
    """That the proxy gets, and nobody behind it."""
    secrets: tuple[str, ...] = ()
    """Which no message may hold."""


def proxy_of(url: URL) -> Proxy:
    """From HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Raises UsageError, without the password, for what is no address."""
    given = getproxies().get(url.scheme)
    if given is None or url.host is None or proxy_bypass(url.host):
        return Proxy()
    try:
        address = URL(given if "://" in given else f"http://{given}")
    except ValueError:
        address = URL()
    if address.scheme not in ("http", "https") or not address.host:
        where, do = f"variable {url.scheme}_proxy", "give http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT"
        raise UsageError("the proxy is no http or https address", where=where, do=do)
    if address.raw_user is None and address.raw_password is None:
        return Proxy(address)
    user, password = address.user or "", address.password or ""
    token = b64encode(f"{user}:{password}".encode()).decode()
    return Proxy(address.with_user(None), {"Proxy-Authorization": f"Basic {token}"}, (token, password))
