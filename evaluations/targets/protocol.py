"""The OpenAI chat protocol, the parts that need no connection: addresses, credentials, and reading an answer. Pure."""

from __future__ import annotations

import json
import math
import string
from base64 import b64encode
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit

from evaluations.errors import UsageError

_SHOWN = 200
"""Characters of a server's own words in a message."""
_KEY_LETTERS = frozenset(string.ascii_letters + string.digits + string.punctuation)


class UnusableAnswerError(Exception):
    """There is no answer, or what there is holds none; says what is wrong."""

    def __init__(self, what: str, cause: str = "response", *, passing: bool = False) -> None:
        super().__init__(what)
        self.cause = cause
        """As failures are counted."""
        self.passing = passing
        """Whether the same request may succeed later."""


def completions_url(endpoint: str, where: str | None = None) -> str:
    """Where to post to. Raises UsageError for what is no base URL, or holds a password.

    `where` is the key path that names it; without it, the option.
    """
    return operation_url(endpoint, "chat/completions", where or "--endpoint", "http://localhost:8000/v1")


def operation_url(base: str, operation: str, where: str, example: str) -> str:
    """The address of an operation below a base URL. Raises UsageError for what is no base URL, or holds a password."""
    try:
        parts = urlsplit(base)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and base.isprintable()
    except ValueError:
        usable = False
    if not usable or " " in base:
        shown = base.rpartition("@")[2].partition("?")[0].partition("#")[0]  # no password
        do = f"give the base URL, such as {example}"
        raise UsageError("the endpoint is no http or https address", where=f"{where} {shown}", do=do)
    if parts.username is not None or parts.query or parts.fragment:
        do = "leave out user, password, query and fragment; the key goes into a variable of the environment"
        raise UsageError("the endpoint has more than host, port and path", where=where, do=do)
    path = parts.path.rstrip("/")
    if path.endswith(f"/{operation}"):
        raise UsageError("the endpoint names the operation", where=f"{where} {base}", do=f"leave /{operation} out")
    return f"{parts.scheme}://{parts.netloc}{path}/{operation}"


def authorization(key: str | None, variable: str = "OPENAI_API_KEY") -> dict[str, str]:
    """The header for an API key. Raises UsageError, without the key in it, where no header can carry the key."""
    if not key:
        return {}
    if not _KEY_LETTERS.issuperset(key):
        do = "set it again, without quotes, spaces or line breaks"
        raise UsageError("the API key has letters that no key has", where=f"variable {variable}", do=do)
    return {"Authorization": f"Bearer {key}"}


def readable(message: str, *secrets: str | None) -> str:
    """One short line for people out of whatever a server sent: no control characters, and no form of a secret."""
    for secret in filter(None, secrets):
        for form in (secret, quote(secret, safe=""), b64encode(secret.encode()).decode()):
            message = message.replace(form, "[hidden]")
    line = "".join(letter if letter.isprintable() else "?" for letter in " ".join(message.split()))
    return line if len(line) <= _SHOWN else line[: _SHOWN - 3] + "..."


def said(content: bytes) -> str:
    """What a server says about an error: its `error.message` where it has one, else the beginning of the body."""
    try:
        error = json.loads(content)["error"]
        return str(error["message"] if isinstance(error, dict) else error)
    except (ValueError, LookupError, TypeError, RecursionError):
        return content[: 10 * _SHOWN].decode(errors="replace") or "(empty)"


def seconds_asked(value: str | None, now: datetime) -> float | None:
    """What a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date); None where it says nothing usable."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or timezone.utc) - now).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
