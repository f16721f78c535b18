"""The OpenAI chat protocol, the parts that need no connection: addresses, credentials, and reading an answer. Pure."""

from __future__ import annotations

import json
import string
from base64 import b64encode
from urllib.parse import quote, urlsplit

from evaluations.errors import UsageError
from evaluations.model import Json

_SHOWN = 200
"""Characters of a server's own words in a message."""
_KEY_LETTERS = frozenset(string.ascii_letters + string.digits + string.punctuation)


class UnusableAnswerError(ValueError):
    """A response that is no chat completion; says what is wrong with it."""


def completions_url(endpoint: str) -> str:
    """Where to post to. Raises UsageError for what is no base URL, or holds a password."""
    where, do = f"--endpoint {endpoint}", "give the base URL, such as http://localhost:8000/v1"
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and endpoint.isprintable()
    except ValueError:
        usable = False
    if not usable or " " in endpoint:
        raise UsageError("the endpoint is no http or https address", where=where, do=do)
    if parts.username is not None or parts.query or parts.fragment:
        do = "leave out user, password, query and fragment; the key goes into the variable OPENAI_API_KEY"
        raise UsageError("the endpoint has more than host, port and path", where="--endpoint", do=do)
    path = parts.path.rstrip("/")
    if path.endswith("/chat/completions"):
        raise UsageError("the endpoint names the operation", where=where, do="leave /chat/completions out")
    return f"{parts.scheme}://{parts.netloc}{path}/chat/completions"


def authorization(key: str | None) -> dict[str, str]:
    """The header for an API key. Raises UsageError, without the key in it, where no header can carry the key."""
    if not key:
        return {}
    if not _KEY_LETTERS.issuperset(key):
        do = "set it again, without quotes, spaces or line breaks"
        raise UsageError("the API key has letters that no key has", where="variable OPENAI_API_KEY", do=do)
    return {"Authorization": f"Bearer {key}"}


def readable(message: str, key: str | None) -> str:
    """One short line for people out of whatever a server sent: no control characters, and no form of the key."""
    for form in {key, quote(key, safe=""), b64encode(key.encode()).decode()} if key else ():
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


def answer_text(content: bytes) -> str | None:
    """The text of the first choice; None where the model refused or called a tool. Raises UnusableAnswerError."""
    try:
        completion: Json = json.loads(content)
    except (ValueError, RecursionError):
        raise UnusableAnswerError("the answer is not JSON") from None
    try:
        text = completion["choices"][0]["message"].get("content")
    except (LookupError, TypeError, AttributeError):
        raise UnusableAnswerError("the answer is no chat completion") from None
    if isinstance(text, list):
        text = "".join(str(part.get("text", "")) for part in text if isinstance(part, dict))
    if text is None or isinstance(text, str):
        return text
    raise UnusableAnswerError("the answer's content is not text")
