"""Keeps secrets out of everything that is written: what was hidden once shows in no output, log, error or record.

Process-wide on purpose: whoever reads a secret hides it there and then, and no later writer has to know of it.
"""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus

SHOWN = "[secret]"
_hidden: set[str] = set()
_pattern: list[re.Pattern[str]] = []


def hide(secret: str) -> None:
    """From now on `scrub` takes this secret out, in plain and in every form that `forms` knows."""
    if secret and secret not in _hidden:
        _hidden.add(secret)
        every = {form for one in _hidden for form in forms(one)}
        _pattern[:] = [re.compile("|".join(re.escape(form) for form in sorted(every, key=len, reverse=True)))]


def scrub(text: str) -> str:
    """The text without any hidden secret."""
    return _pattern[0].sub(SHOWN, text) if _pattern else text


def forms(secret: str) -> set[str]:
    """The ways in which a secret may stand in a text: plain, escaped, in a URL, in base64 also inside a longer value.

    Base64 (RFC 4648) of a longer value, such as `user:password`, holds one of three texts, by where the secret begins;
    of each only the letters that no neighbour has a part in count.
    """
    plain = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    found = plain | {quote(secret, safe=""), quote(secret), quote_plus(secret), secret.encode().hex()}
    found |= {form.lower() for form in found if "%" in form}
    for shift in range(3):
        data = b"\0" * shift + secret.encode()
        whole = len(data) // 3 * 4 + (0, 1, 2)[len(data) % 3]  # letters in which every bit is known
        first = (0, 2, 3)[shift]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            inner = encode(data).decode()[first:whole]
            found |= {inner} if len(inner) >= 5 or shift == 0 else set()
    return {form for form in found if form}
