"""The Git side: URLs, credentials, revisions, bare mirrors, and trees read from their objects.

Used by the renderer. The only package that knows pygit2, and the only one that reveals a
repository credential, into the callbacks of one connection. Never checks anything out.
"""

from plumbline.repo_server.git.identity import AzurePod, Identities
from plumbline.repo_server.git.mirrors import Mirrors, Settings
from plumbline.repo_server.git.repository import Repository
from plumbline.repo_server.git.revisions import check_revision
from plumbline.repo_server.git.signed import Signed
from plumbline.repo_server.git.submodules import Submodules, UnopenedSubmodule
from plumbline.repo_server.git.tree import CommitTree

__all__ = [
    "AzurePod",
    "CommitTree",
    "Identities",
    "Mirrors",
    "Repository",
    "Settings",
    "Signed",
    "Submodules",
    "UnopenedSubmodule",
    "check_revision",
]
