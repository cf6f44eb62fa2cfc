"""A least-recently-used table of byte strings with a bound on their total size."""

from collections import OrderedDict

__all__ = ["BytesLRU"]


class BytesLRU:
    """Not for several threads at once."""

    def __init__(self, capacity: int) -> None:
        """Bound the sum of value sizes, in bytes."""
        self._capacity = capacity
        self._size = 0
        self._entries: OrderedDict[str, bytes] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> bytes | None:
        """Return a value and mark it as used."""
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, dropping the least recently used ones; too large a value is not kept."""
        self.drop(key)
        if len(value) > self._capacity:
            return
        self._entries[key] = value
        self._size += len(value)
        while self._size > self._capacity:
            _, old = self._entries.popitem(last=False)
            self._size -= len(old)

    def drop(self, key: str) -> None:
        """Forget a key."""
        old = self._entries.pop(key, None)
        if old is not None:
            self._size -= len(old)
