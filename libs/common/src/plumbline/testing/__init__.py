"""Helpers and fakes that tests of every distribution share; shipped, so that users may test too."""

__all__: list[str] = []
