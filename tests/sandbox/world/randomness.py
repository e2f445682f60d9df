"""Random numbers that depend on what they are for and on nothing else.

Belongs here: one generator per purpose. Does not: what is drawn from it.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def generator(*purpose: object) -> np.random.Generator:
    """The same purpose gives the same numbers, in any process and any order."""
    key = blake2b("|".join(map(str, purpose)).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))
