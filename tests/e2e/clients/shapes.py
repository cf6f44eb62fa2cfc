"""Checks a JSON answer against the contract's table of messages; shares nothing with the server.

Rules: contract/NOTES.md "HTTP/JSON gateway rules". Names that the table does not know, members that
must always be there and are not, empty ones that must not be, numbers written as text.
"""

import csv
import pathlib
import re

TABLE = pathlib.Path(__file__).resolve().parents[3] / "proto/contract/messages.tsv"
_FREE = ("raw JSON", "arbitrary JSON", "custom JSON", "JSON int", "JSON value")
_TIMES = {
    "Time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "MicroTime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
}
_PLAIN = {"string": str, "bytes": str, "bool": bool, "int32": int, "int64": int}


class Shapes:
    """The messages of the contract, as JSON shows them."""

    def __init__(self):
        self._messages = {}
        with TABLE.open() as table:
            for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
                self._messages.setdefault(row["message"], []).append(row)

    def faults(self, message, tree, place=""):
        """Return what is wrong with the JSON of a message, one line each."""
        place = place or message.rpartition(".")[2]
        if not isinstance(tree, dict):
            return [f"{place}: {type(tree).__name__} in the place of an object"]
        fields = self._fields(message)
        found = [f"{place}.{name}: not in the contract" for name in tree.keys() - fields.keys()]
        for name, field in fields.items():
            if name in tree:
                found += self._value(field, tree[name], f"{place}.{name}")
            elif field["json_emit"].startswith("always"):
                found.append(f"{place}.{name}: must always be there")
        return found

    def _fields(self, message):
        """Return the members by JSON name, embedded ones too."""
        found = {}
        for row in self._messages.get(message, []):
            if row["json_emit"] == "inline":
                found |= self._fields(row["type"])
            else:
                found[row["json_name"]] = row
        return found

    def _value(self, field, value, place):
        if field["flags"].startswith(_FREE):
            return []
        if value is None:
            plain = field["type"] in _PLAIN and field["label"] in {"singular", "required"}
            always = field["json_emit"].startswith(("always", "omitzero", "no json"))
            return [] if always and not plain else [f"{place}: null"]
        pointer = field["go_pointer"] == "ptr"
        message = "." in field["type"] and field["label"] not in {"repeated", "map"}
        if field["json_emit"] == "omitempty" and not (pointer or message) and not value:
            return [f"{place}: empty, so it must not be there"]
        if field["label"] == "repeated":
            if not isinstance(value, list):
                return [f"{place}: no list"]
            each = [self._one(field, v, f"{place}[{n}]") for n, v in enumerate(value)]
            return [fault for faults in each for fault in faults]
        if field["label"] == "map":
            return [] if isinstance(value, dict) else [f"{place}: no object"]
        return self._one(field, value, place)

    def _one(self, field, value, place):
        kind = field["type"]
        if kind in _PLAIN:
            right = type(value) is _PLAIN[kind]
            return [] if right else [f"{place}: {type(value).__name__} for {kind}"]
        time = _TIMES.get(kind.rpartition(".")[2]) if ".meta.v1." in kind else None
        if time is not None:
            good = isinstance(value, str) and time.fullmatch(value)
            return [] if good else [f"{place}: {value!r} for a time"]
        return self.faults(kind, value, place)
