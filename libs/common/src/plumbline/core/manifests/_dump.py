"""Write a JSON tree so that a YAML reader finds exactly the same tree in it.

JSON is YAML but for a few characters: YAML forbids some that JSON writes as they are, and takes
others for line breaks, which it folds. Those are written as escapes, which both know.
"""

import re
from typing import Any, Final

import orjson

from plumbline.core import errors

__all__ = ["dump_yaml"]

_UNSAFE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def dump_yaml(tree: Any) -> bytes:
    """Return the tree as one line of JSON that YAML readers may be given.

    Raises:
        errors.InvalidArgument: a value that JSON does not have.
    """
    try:
        text = orjson.dumps(tree).decode()
    except (TypeError, ValueError) as error:
        raise errors.InvalidArgument(f"cannot be written: {error}") from error
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode()
