"""Redis as an untrusted shortcut: signed entries, and a client that fails as a miss.

Used by the repo-server for renders (and by the controller for its own kind of entries). An entry is
bound to its kind, key and epoch by an Ed25519 signature; whatever does not verify is a miss and a
security event (security.md, section 7 C). Losing Redis costs time, never correctness, so nothing
here raises because Redis is slow, full, wrong or gone.
"""

from plumbline.cache.claims import Claims
from plumbline.cache.entries import Opens, Seals, Signer, Verifier
from plumbline.cache.keyfile import KeyFile
from plumbline.cache.lru import BytesLRU
from plumbline.cache.store import RedisBackend, Settings, Store
from plumbline.cache.users import Users

__all__ = [
    "BytesLRU",
    "Claims",
    "KeyFile",
    "Opens",
    "RedisBackend",
    "Seals",
    "Settings",
    "Signer",
    "Store",
    "Users",
    "Verifier",
]
