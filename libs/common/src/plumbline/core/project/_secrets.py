"""What a project says about secrets in Git, by annotations of its AppProject.

``plumbline.io/sops: allow`` lets the repo-server decrypt SOPS files of the project's applications
with the keys that it holds for the project. ``plumbline.io/plaintext-secrets: deny`` refuses
renders with a Secret whose values stand in Git unencrypted; without it they lead to a warning.
Any other value of the first is no permission; of the second, no refusal.
"""

from typing import Final

from plumbline.core.model import Project

__all__ = ["allows_decryption", "denies_plaintext"]

_SOPS: Final = "plumbline.io/sops"
_PLAINTEXT: Final = "plumbline.io/plaintext-secrets"


def allows_decryption(project: Project) -> bool:
    """Tell whether SOPS files of the project's applications are decrypted."""
    return project.metadata.annotations.get(_SOPS) == "allow"


def denies_plaintext(project: Project) -> bool:
    """Tell whether a Secret that stands in Git unencrypted is refused."""
    return project.metadata.annotations.get(_PLAINTEXT) == "deny"
