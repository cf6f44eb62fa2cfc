"""The users of a Redis: told to read their file again, and asked whether a password is taken.

Called by the program that rotates the password (``plumbline.api_server.keys``).
"""

import dataclasses
from typing import Any

from redis import exceptions

from plumbline.cache.store import Settings, connect
from plumbline.core import errors
from plumbline.core.secret import Secret

__all__ = ["Users"]


class Users:
    """One Redis."""

    def __init__(self, settings: Settings) -> None:
        """Connect for each question anew.

        Args:
            settings: how it is reached; the password is given with each question.
        """
        self._settings = settings

    async def reload(self, password: Secret) -> None:
        """Have Redis read its file of users again.

        Raises:
            errors.Unavailable: it cannot be reached, or does not let us.
        """
        await self._ask(password, "ACL", "LOAD")

    async def accepts(self, password: Secret) -> bool:
        """Tell whether a password is taken.

        Raises:
            errors.Unavailable: Redis cannot be reached.
        """
        try:
            await self._ask(password, "PING")
        except errors.Unauthenticated:
            return False
        return True

    async def _ask(self, password: Secret, *command: str) -> Any:
        client = connect(dataclasses.replace(self._settings, password=password, password_file=""))
        try:
            return await client.execute_command(*command)  # type: ignore[no-untyped-call] # redis-py
        except exceptions.AuthenticationError as error:
            raise errors.Unauthenticated(
                f"Redis {self._settings.address} does not take this password"
            ) from error
        except exceptions.NoPermissionError as error:
            raise errors.Unavailable(
                f"Redis {self._settings.address} does not let us reload its users (it was started"
                " with an older users.acl): restart it once, which reads the file as well"
            ) from error
        except (exceptions.RedisError, OSError) as error:
            raise errors.Unavailable(
                f"Redis {self._settings.address}: no answer ({type(error).__name__})"
            ) from error
        finally:
            await client.aclose()
