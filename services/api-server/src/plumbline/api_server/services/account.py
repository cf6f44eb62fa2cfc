"""AccountService: local accounts, their passwords and API tokens, and what one may do.

A local account may read and change itself; everything else needs a permission on ``accounts``. An
account that is not there is told of only to those who might see it.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

import grpc

from plumbline.api_server.parts import Parts
from plumbline.api_server.passwords import MAX_PASSWORD_BYTES
from plumbline.api_server.present import caller
from plumbline.api_server.sessions import Caller
from plumbline.core import errors, pattern, rbac, session
from plumbline.core.secret import Secret
from plumbline.pb.server import account_pb2, account_pb2_grpc

__all__ = ["AccountService"]

_FRESH: Final = 300.0  # seconds after which an SSO login is too old to change a password
_TokensChange = Callable[[tuple[session.Token, ...]], tuple[session.Token, ...]]
_ID: Final = 128  # characters of a token's id
_FIELD: Final = 1024  # characters of a question's part
_FOREVER: Final = 100 * 365 * 86_400  # seconds; an end beyond that is a mistake


class AccountService(account_pb2_grpc.AccountServiceServicer):
    """account.AccountService."""

    def __init__(self, parts: Parts) -> None:
        self._control = parts.control
        self._permissions = parts.permissions
        self._sessions = parts.sessions
        self._passwords = parts.passwords
        self._secrets = parts.secrets
        self._clock = parts.clock

    async def CanI(  # noqa: N802 -- gRPC requires this name
        self, request: account_pb2.CanIRequest, _: grpc.aio.ServicerContext
    ) -> account_pb2.CanIResponse:
        """Answer yes or no."""
        question = (request.resource, request.action, request.subresource)
        if max(map(len, question)) > _FIELD:
            raise errors.InvalidArgument(f"longer than {_FIELD} characters")
        if request.resource not in rbac.RESOURCES:
            known = ", ".join(sorted(rbac.RESOURCES))
            raise errors.InvalidArgument(f"unknown resource {request.resource!r}: one of {known}")
        if request.action.partition("/")[0] not in {*rbac.ACTIONS, "*"}:
            known = ", ".join(sorted(rbac.ACTIONS))
            raise errors.InvalidArgument(f"unknown action {request.action!r}: one of {known}")
        allowed = self._permissions.allows(*question)
        return account_pb2.CanIResponse(value="yes" if allowed else "no")

    async def ListAccounts(  # noqa: N802 -- gRPC requires this name
        self, _request: account_pb2.ListAccountRequest, _: grpc.aio.ServicerContext
    ) -> account_pb2.AccountsList:
        """Return the accounts that the caller may see."""
        seen = [
            _message(account)
            for name, account in self._control.accounts.items()
            if self._permissions.allows("accounts", "get", name)
        ]
        return account_pb2.AccountsList(items=seen)

    async def GetAccount(  # noqa: N802 -- gRPC requires this name
        self, request: account_pb2.GetAccountRequest, _: grpc.aio.ServicerContext
    ) -> account_pb2.Account:
        """Return one account."""
        self._permissions.require("accounts", "get", request.name)
        return _message(self._account(request.name))

    async def UpdatePassword(  # noqa: N802 -- gRPC requires this name
        self, request: account_pb2.UpdatePasswordRequest, _: grpc.aio.ServicerContext
    ) -> account_pb2.UpdatePasswordResponse:
        """Change a password; tokens that the account has been given before hold no more."""
        who = caller()
        name = request.name or who.account
        if not name:
            raise errors.InvalidArgument("name the account: yours is not a local one")
        self._permissions.require("accounts", "update", name)
        await self._confirm(who, request.currentPassword)
        self._acceptable(request.newPassword)
        self._account(name)
        hashed = await self._passwords.hash(request.newPassword)
        changed = int(self._clock())
        text = dt.datetime.fromtimestamp(changed, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        await self._secrets.change(
            lambda _: {
                session.secret_key(name, "password"): hashed,
                session.secret_key(name, "passwordMtime"): text,
            }
        )
        await self._control.until(lambda: self._account(name).password == Secret(hashed))
        return account_pb2.UpdatePasswordResponse()

    async def CreateToken(  # noqa: N802 -- gRPC requires this name
        self, request: account_pb2.CreateTokenRequest, _: grpc.aio.ServicerContext
    ) -> account_pb2.CreateTokenResponse:
        """Make an API token and list it."""
        name = request.name
        self._permissions.require("accounts", "update", name)
        account = self._account(name)
        if not account.has(session.API_KEY):
            raise errors.FailedPrecondition(
                f"Account {name} does not have {session.API_KEY} capability"
            )
        if len(request.id) > _ID or not request.id.isprintable():
            raise errors.InvalidArgument(f"a token's id has at most {_ID} printable characters")
        if not 0 <= request.expiresIn <= _FOREVER:
            raise errors.InvalidArgument("expiresIn is a number of seconds; 0: never")
        token, listed = self._sessions.issue_listed(
            f"{name}:{session.API_KEY}",
            token_id=request.id,
            expires_in=request.expiresIn,
            after=account.password_changed,
        )

        def add(tokens: tuple[session.Token, ...]) -> tuple[session.Token, ...]:
            if any(t.id == listed.id for t in tokens):
                raise errors.AlreadyExists(f"account already has token with id '{listed.id}'")
            return (*tokens, listed)

        await self._change_tokens(name, add)
        await self._control.until(lambda: self._account(name).token(listed.id) is not None)
        return account_pb2.CreateTokenResponse(token=token)

    async def DeleteToken(  # noqa: N802 -- gRPC requires this name
        self, request: account_pb2.DeleteTokenRequest, _: grpc.aio.ServicerContext
    ) -> account_pb2.EmptyResponse:
        """Take an API token off the list: it holds no more."""
        name, identifier = request.name, request.id
        self._permissions.require("accounts", "update", name)
        self._account(name)

        def drop(tokens: tuple[session.Token, ...]) -> tuple[session.Token, ...]:
            kept = tuple(t for t in tokens if t.id != identifier)
            if len(kept) == len(tokens):
                raise errors.NotFound(f"account does not have token with id '{identifier}'")
            return kept

        await self._change_tokens(name, drop)
        await self._control.until(lambda: self._account(name).token(identifier) is None)
        return account_pb2.EmptyResponse()

    def _account(self, name: str) -> session.Account:
        found = self._control.accounts.get(name)
        if found is None:
            raise errors.NotFound(f"account '{name}' does not exist")
        return found

    async def _confirm(self, who: Caller, password: str) -> None:
        """Make sure that it is the caller, not somebody who found an open session.

        Raises:
            errors.Unauthenticated: the password is not the caller's, or too often was not.
            errors.PermissionDenied: a caller who cannot confirm anything.
        """
        if who.account:
            await self._passwords.check(who.account, password)
        elif who.kind != "sso":
            raise errors.PermissionDenied("only users change passwords, not tokens of projects")
        elif self._clock() - who.issued_at > _FRESH:
            raise errors.PermissionDenied(
                "SSO users change passwords within 5 minutes of their login only; log in again"
            )

    def _acceptable(self, password: str) -> None:
        rule = self._control.installation.password_pattern
        if not password:
            raise errors.InvalidArgument("Blank passwords are not allowed")
        if len(password.encode()) > MAX_PASSWORD_BYTES or "\0" in password:
            raise errors.InvalidArgument(
                f"new password is longer than {MAX_PASSWORD_BYTES} bytes or holds a zero byte"
            )
        if not pattern.compile_regex(rule).search(password):
            raise errors.InvalidArgument(
                f"new password does not match the following expression: {rule}"
            )

    async def _change_tokens(self, name: str, change: _TokensChange) -> None:
        key = session.secret_key(name, "tokens")
        settings = self._control.settings()

        def make(data: Mapping[str, Secret]) -> Mapping[str, str]:
            accounts, _ = session.read_accounts(settings, data)
            account = accounts.get(name)
            if account is None:
                raise errors.NotFound(f"account '{name}' does not exist")
            now = self._clock()
            tokens = change(account.tokens)
            # What has ended is of no use to anybody.
            kept = [t for t in tokens if not 0 < t.expires_at <= now]
            return {key: session.dump_tokens(kept)}

        await self._secrets.change(make)


def _message(account: session.Account) -> account_pb2.Account:
    tokens = sorted(account.tokens, key=lambda t: t.issued_at, reverse=True)
    return account_pb2.Account(
        name=account.name,
        enabled=account.enabled,
        capabilities=account.capabilities,
        tokens=[
            account_pb2.Token(id=t.id, issuedAt=t.issued_at, expiresAt=t.expires_at) for t in tokens
        ],
    )
