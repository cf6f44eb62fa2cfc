"""Jsonnet: the files of a directory source, evaluated by go-jsonnet in a sandboxed process.

Used by the renderer through ``tools.Tool``. ``worker`` is the program that runs in the sandbox; the
engine is loaded nowhere else, because it brings Go's threads with it.
"""

from plumbline.repo_server.jsonnet.tool import Jsonnet

__all__ = ["Jsonnet"]
