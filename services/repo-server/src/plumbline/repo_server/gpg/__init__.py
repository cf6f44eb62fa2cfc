"""GnuPG's verifier, run in the sandbox: the only package that starts gpgv."""

from plumbline.repo_server.gpg.verifier import Keyring, Verifier

__all__ = ["Keyring", "Verifier"]
