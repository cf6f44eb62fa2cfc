"""Which credential opens which repository, and whom a connection trusts (config.md 6 and 7).

Used by the controller and the api-server to put a typed credential into a request to the
repo-server, and by the api-server to keep the Secrets. Reads and makes data as values; never talks
to a repository.
"""

from plumbline.core.repositories._charts import ChartAccess, find_charts, wire_access
from plumbline.core.repositories._fields import (
    FIELDS,
    Field,
    Kind,
    Repository,
    decode_repository,
    encode_repository,
)
from plumbline.core.repositories._match import (
    CREDENTIALS_LABELS,
    REPOSITORY_LABELS,
    SECRET_TYPE_LABEL,
    find,
    normalise_url,
    wire_fields,
)
from plumbline.core.repositories._opened import OpenedSubmodules
from plumbline.core.repositories._submodules import parse_gitmodules, submodule_url
from plumbline.core.repositories._trust import (
    KnownHost,
    known_hosts,
    put_known_host,
    remove_known_hosts,
)
from plumbline.core.repositories._urls import (
    check_proxy,
    check_url,
    credential_in,
    fnv32a,
    host_of,
    public_url,
    secret_name,
    unquoted,
)

__all__ = [
    "CREDENTIALS_LABELS",
    "FIELDS",
    "REPOSITORY_LABELS",
    "SECRET_TYPE_LABEL",
    "ChartAccess",
    "Field",
    "Kind",
    "KnownHost",
    "OpenedSubmodules",
    "Repository",
    "check_proxy",
    "check_url",
    "credential_in",
    "decode_repository",
    "encode_repository",
    "find",
    "find_charts",
    "fnv32a",
    "host_of",
    "known_hosts",
    "normalise_url",
    "parse_gitmodules",
    "public_url",
    "put_known_host",
    "remove_known_hosts",
    "secret_name",
    "submodule_url",
    "unquoted",
    "wire_access",
    "wire_fields",
]
