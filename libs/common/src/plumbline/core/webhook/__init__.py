"""Webhooks as hints: who sent it, is it genuine, which repository may have moved.

Used by the api-server for POST /api/webhook. A hint causes a look at a repository that an
application names already, and nothing more (architecture.md, rule 13); URLs of a payload are
compared, never opened. Rules and texts: behaviour.md section 13. Whatever comes in, nothing but
``InvalidArgument`` and ``Unauthenticated`` goes out.
"""

from plumbline.core.webhook._delivery import Delivery, Provider, identify
from plumbline.core.webhook._hint import Hint
from plumbline.core.webhook._match import Index, Watched, watched
from plumbline.core.webhook._read import read
from plumbline.core.webhook._signature import Secrets, resolve
from plumbline.core.webhook._url import repository_key

__all__ = [
    "Delivery",
    "Hint",
    "Index",
    "Provider",
    "Secrets",
    "Watched",
    "identify",
    "read",
    "repository_key",
    "resolve",
    "watched",
]
