"""Addresses as messages show them: without user names and passwords."""

from __future__ import annotations

import re

# One slash too: a path made of an address has lost the other.
_CREDENTIALS = re.compile(r"([a-z][a-z0-9+.-]*:/{1,2})[^\s/?#]*@", re.IGNORECASE)


def without_credentials(text: str) -> str:
    """The text, with addresses in it stripped of user names and passwords.

    >>> without_credentials("--from https://user:secret@host/folder@v1")
    '--from https://host/folder@v1'
    """
    return _CREDENTIALS.sub(r"\1", text)
