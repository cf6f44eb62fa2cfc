"""Flags to trees: what a command asks for, as the JSON of the API. Pure; called by the commands.

A flag that was not written changes nothing; a tree that is handed in is changed in place.
"""

__all__: list[str] = []
