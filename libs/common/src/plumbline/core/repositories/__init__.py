"""Which credential opens which repository (contract: config.md section 7).

Used by the controller and the api-server to put a typed credential into a request to the
repo-server. Reads Secrets' data as values; never talks to a repository.
"""

from plumbline.core.repositories._match import (
    CREDENTIALS_LABELS,
    REPOSITORY_LABELS,
    SECRET_TYPE_LABEL,
    Repository,
    decode_repository,
    find,
    normalise_url,
)

__all__ = [
    "CREDENTIALS_LABELS",
    "REPOSITORY_LABELS",
    "SECRET_TYPE_LABEL",
    "Repository",
    "decode_repository",
    "find",
    "normalise_url",
]
