"""What the answers and failures of a server say, in words for people, and without what may give a right."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime

import requests

from release.commands import command

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that a later try may not get (RFC 9110, RFC 6585)."""
_ERRNO = re.compile(r"\[Errno -?\d+\] ([A-Z][A-Za-z ]+)")
_CERTIFICATE = re.compile(r"certificate verify failed: (?P<why>[^(']+)")
_TLS = re.compile(r"\[SSL(?:: (?P<sign>\w+))?\] (?P<why>[^(']+)|SSLError\(")
_POOL = re.compile(r"^HTTPS?ConnectionPool\([^)]*\): ")
"""How urllib3 begins to say what failed."""
_QUERY = re.compile(r"\?[^\s'\")]+")


def retry_after(answer: requests.Response) -> float:
    """Seconds (RFC 9110, section 10.2.3); 0 where the server says nothing that is understood."""
    said = answer.headers.get("Retry-After", "")
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0


def shown(url: str) -> str:
    """Without the query, which may hold a signature that gives a right, or a page of state."""
    return url.partition("?")[0]


def reason(error: Exception) -> str:
    """Why no answer came: the system's own words where it has some."""
    system = _ERRNO.search(str(error))
    if system:  # "Connection refused" says more than the three errors around it
        return system[1]
    if distrusted := _CERTIFICATE.search(str(error)):
        return f"its certificate is not trusted: {distrusted['why'].strip()}"
    if broken := _TLS.search(str(error)):
        return f"no TLS connection comes about: {(broken['why'] or 'it is cut off').strip()}"
    return _POOL.sub("", _QUERY.sub("", str(error).splitlines()[0]))[:300] if str(error) else type(error).__name__


def said_by(answer: requests.Response) -> str:
    """The first words of an error's body, where it is text."""
    try:
        text = next(answer.iter_content(2000), b"").decode()
    except (requests.RequestException, OSError, UnicodeDecodeError):
        return ""
    line = " ".join(text.split())
    return f": {line[:300]}" if line and not line.startswith("<") else ""


def advice(status: int) -> str:
    """What to do about an answer of that status."""
    if status in (401, 403):
        return "see which user and password it gets (docs/targets.md), and what that user may do"
    if status in PASSING:
        return "wait a while, then run the command again: it goes on from here"
    return f"{command('doctor')} looks at the configuration; then run the command again"
