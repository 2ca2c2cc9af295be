"""The pool that a plan was made for, in 32 digits."""

from __future__ import annotations

import hashlib

import msgspec

from models.pool_file import PoolFile


def fingerprint(pool: PoolFile) -> str:
    """Give a digest of all that a pool file says, labels too: rules of one's own may look at them."""
    # Once through JSON: a whole number in a field for fractions is written otherwise once it was read.
    as_read = msgspec.json.decode(msgspec.json.encode(pool), type=PoolFile)
    data = msgspec.json.encode(as_read, order="sorted")
    return hashlib.sha256(data).hexdigest()[:32]
