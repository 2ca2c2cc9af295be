"""Texts of other programs without what nobody may read in them."""

from __future__ import annotations

import re

HIDDEN = "***"

_USERINFO = re.compile(r"(?<=://)[^/@\s]*@")
_SECRET = re.compile(
    r"""(?i)((?:password|passwd|passphrase|token|secret)["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&}]+)"""
)


def without_secrets(text: str) -> str:
    """Give a text without the user part of URLs, and without the values of passwords and tokens."""
    return _SECRET.sub(rf"\1{HIDDEN}", _USERINFO.sub(f"{HIDDEN}@", text))
