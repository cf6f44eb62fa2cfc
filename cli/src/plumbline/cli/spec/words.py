"""Small forms that many flags share: KEY=VALUE, qualified names, sizes of lists."""

from collections.abc import Iterable
from typing import Any

from plumbline.core import errors

__all__ = ["app_ref", "cleaned", "pair", "pairs"]


def pair(flag: str, text: str) -> tuple[str, str]:
    """Return KEY and VALUE of ``KEY=VALUE``; the value may hold ``=``.

    Raises:
        errors.InvalidArgument: there is no ``=``, or no key. The text may be a secret, so the
            message names the flag only.
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise errors.InvalidArgument(f"--{flag}: expected KEY=VALUE")
    return key, value


def pairs(flag: str, texts: Iterable[str]) -> dict[str, str]:
    """Return a map of ``KEY=VALUE`` texts."""
    return dict(pair(flag, text) for text in texts)


def cleaned(tree: dict[str, Any]) -> dict[str, Any]:
    """Return a request without what says nothing: None, empty text, empty lists and maps."""
    return {key: value for key, value in tree.items() if value not in (None, "", [], {})}


def app_ref(name: str, namespace: str = "", *, key: str = "name") -> dict[str, Any]:
    """Return the members that name an application: ``NAME`` or ``NAMESPACE/NAME``.

    Raises:
        errors.InvalidArgument: there is more than one ``/``.
    """
    above, _, short = name.rpartition("/")
    if "/" in above or not short:
        raise errors.InvalidArgument(f"{name}: write NAME or NAMESPACE/NAME")
    return cleaned({key: short, "appNamespace": above or namespace})
