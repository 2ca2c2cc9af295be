"""Texts of other programs without what nobody may read in them."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import urlsplit

from planner.clouds.protocol import CloudError

HIDDEN = "***"

# Up to the last @: whoever writes a password into a URL does not think of spelling its / or @ otherwise. But
# not into the next URL of a list.
_NEXT = r"(?!,[\w+.-]+://)"
_USERINFO = re.compile(rf"""(?<=://)(?:{_NEXT}[^\s"'])*@""")
_PASSWORD = re.compile(rf"(?<=://)(?:{_NEXT}.)*?:(?:{_NEXT}.)*@", re.DOTALL)
_BEHIND_SCHEME = re.compile(rf"(?<=://)(?:{_NEXT}.)+", re.DOTALL)
_SETTING = re.compile(r"[\w.-]+=")

_SECRET = re.compile(
    r"""(?ix)
    ((?:password|passwd|passphrase|token|secret|api[-_]?key)["']?\s*[:=]\s*)
    ("[^"]*"|'[^']*'|[^\s,;&}]+)
    """
)

# A header, and its value where it stands alone; the latter not in prose such as "basic settings".
_CREDENTIALS = re.compile(
    r"""(?ix)
    ( \bauthorization["']?\s*[:=]\s*b?["']?(?:[\w-]+\s+)?
    | \bbearer\s+(?!token\b|auth)
    | \bbasic\s+(?!realm\b)(?=[^\s"']*[\d=])
    )
    [^\s"',;]+
    """
)


def refuse_password(spec: str) -> None:
    """Refuse a URL with a password in it: every process can read a command line, and journals keep it.

    Raises
    ------
    CloudError
        There is one.
    """
    if _PASSWORD.search(_BEHIND_SCHEME.sub(lambda found: _without_query(found[0]), spec)):
        hidden = without_secrets(_PASSWORD.sub(f"{HIDDEN}@", spec))
        text = f"{hidden}: a password does not belong in a URL, where others can read it"
        raise CloudError(f"{text}; the environment is the place (see the manual, import)")


def _without_query(url: str) -> str:
    """Give a URL, less its scheme, without its query, which may hold an @ of its own.

    Where it is not plain that it is one, as behind what is no port, it may be the rest of a password.
    """
    with suppress(ValueError):
        parts = urlsplit(f"//{url}")
        # Asked for, the port must be one.
        if parts.port != 0 and parts.path and _SETTING.match(parts.query):
            return url.partition("?")[0]
    return url


def without_secrets(text: str) -> str:
    """Give a text without the user part of URLs, and without the values of passwords and tokens."""
    for secret in (_CREDENTIALS, _SECRET):
        text = secret.sub(rf"\1{HIDDEN}", text)
    return _USERINFO.sub(f"{HIDDEN}@", text)
