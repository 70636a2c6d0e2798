"""Addresses without user names and passwords, for messages and headers."""

from __future__ import annotations

import re

# From the scheme's slashes to the `@`; one slash is enough, since a `Path` made of an address has lost the other.
# A match begins only at a colon, so that the time is linear in the length of the text.
_CREDENTIALS = re.compile(r"(?<=[a-zA-Z0-9])(:/{1,2})[^\s/?#]*@")


def without_credentials(text: str) -> str:
    """The text, with addresses in it stripped of user names and passwords.

    >>> without_credentials("--from https://user:secret@host/folder@v1")
    '--from https://host/folder@v1'
    """
    return _CREDENTIALS.sub(r"\1", text)
