"""Whose signature a repository's commits need, and what a signature turned out to be.

The controller finds a project's policy for a repository, the repo-server lets GnuPG verify, and
what GnuPG said is read and judged here (behaviour.md section 9, config.md section 6). Decides over
values only; no key material is interpreted except to be shown.
"""

from plumbline.core.integrity._keys import PublicKey, key_id_of, read_public_keys, shown_key_id
from plumbline.core.integrity._policy import Demand, Mode, Untrusted, demand
from plumbline.core.integrity._verdict import (
    Kind,
    Verdict,
    is_seal,
    judge,
    read_status,
    signature_info,
)

__all__ = [
    "Demand",
    "Kind",
    "Mode",
    "PublicKey",
    "Untrusted",
    "Verdict",
    "demand",
    "is_seal",
    "judge",
    "key_id_of",
    "read_public_keys",
    "read_status",
    "shown_key_id",
    "signature_info",
]
