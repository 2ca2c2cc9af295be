"""Texts of other programs without what nobody may read in them."""

from __future__ import annotations

import re

from planner.clouds.protocol import CloudError

HIDDEN = "***"

_USERINFO = re.compile(r"(?<=://)[^/@\s]*@")
_SECRET = re.compile(
    r"""(?i)((?:password|passwd|passphrase|token|secret)["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&}]+)"""
)


_PASSWORD = re.compile(r"://[^/@\s:]*:[^/@\s]+@")


def refuse_password(spec: str) -> None:
    """Refuse a URL with a password in it: every process can read a command line, and journals keep it.

    Raises
    ------
    CloudError
        There is one.
    """
    if _PASSWORD.search(spec):
        text = f"{without_secrets(spec)}: a password does not belong in a URL, where others can read it"
        raise CloudError(f"{text}; the environment is the place (see the manual, import)")


def without_secrets(text: str) -> str:
    """Give a text without the user part of URLs, and without the values of passwords and tokens."""
    return _SECRET.sub(rf"\1{HIDDEN}", _USERINFO.sub(f"{HIDDEN}@", text))
