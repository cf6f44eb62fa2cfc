"""Files encrypted with SOPS, decrypted on their way out of Git (architecture.md, "Native SOPS").

``keys`` holds the keys that the operator gave for a project; ``document`` knows the file formats;
``view`` is a tree whose encrypted files read as what they hold. Used by the renderer for sources
whose project allows it. What is decrypted lives in one render's own directory and in its result,
whose cache entry is encrypted; it is in no log, and no error repeats it.
"""

from plumbline.repo_server.sops.keys import Keyring, Keyrings
from plumbline.repo_server.sops.view import Decryption, View

__all__ = ["Decryption", "Keyring", "Keyrings", "View"]
