"""Who may log in, and which tokens hold: accounts, login failures, revocations, as values.

Used by the api-server. Rules: behaviour.md section 15, config.md sections 1 and 4. What replicas
share (revocations and failures) is one document with changes that are applied to it one by one, so
that any replica's write can be repeated on top of another's.
"""

from plumbline.core.session._account import (
    ADMIN,
    API_KEY,
    LOGIN,
    Account,
    Token,
    dump_tokens,
    read_accounts,
    secret_key,
)
from plumbline.core.session._attempts import Admission, Attempts
from plumbline.core.session._claims import groups_of, user_id_of, username_of
from plumbline.core.session._state import (
    Change,
    Clear,
    Limits,
    Record,
    Reserve,
    Revoke,
    State,
    apply,
    decode,
    encode,
    prune,
)

__all__ = [
    "ADMIN",
    "API_KEY",
    "LOGIN",
    "Account",
    "Admission",
    "Attempts",
    "Change",
    "Clear",
    "Limits",
    "Record",
    "Reserve",
    "Revoke",
    "State",
    "Token",
    "apply",
    "decode",
    "dump_tokens",
    "encode",
    "groups_of",
    "prune",
    "read_accounts",
    "secret_key",
    "user_id_of",
    "username_of",
]
