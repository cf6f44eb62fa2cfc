"""The example repository as ``make run``, the tour and the end-to-end tests use it.

Copies ``examples/bookstore`` of the checkout, puts the served repository's URL where the manifests
have a placeholder, and seeds a bare repository with it.
"""

import pathlib
import shutil
import subprocess
from typing import Final

from plumbline.local import git_http

__all__ = ["NAME", "PLACEHOLDER", "Bookstore"]

NAME: Final = "bookstore.git"
PLACEHOLDER: Final = "https://git.example/bookstore.git"
_EXAMPLE: Final = pathlib.Path(__file__).resolve().parents[5] / "examples/bookstore"


class Bookstore:
    """A working copy of the example, and the repository it is pushed to."""

    def __init__(self, directory: pathlib.Path) -> None:
        """Seed a repository below a folder and serve it."""
        self.work = directory / "bookstore"
        shutil.copytree(_EXAMPLE, self.work)
        root = directory / "git"
        root.mkdir()
        self.server = git_http.GitServer(root)
        self.url = self.server.url(NAME)
        for file in self.work.rglob("*.yaml"):
            text = file.read_text()
            if PLACEHOLDER in text:
                file.write_text(text.replace(PLACEHOLDER, self.url))
        git_http.seed(root, NAME, self.work)
        git_http.git(self.work, "remote", "add", "origin", self.url)

    @property
    def bootstrap(self) -> list[pathlib.Path]:
        """The two manifests that a user applies."""
        return [self.work / "argocd/00-appproject.yaml", self.work / "argocd/01-app-of-apps.yaml"]

    def set_image(self, overlay: str, image: str, *, kustomize: pathlib.Path) -> None:
        """Run ``kustomize edit set image`` in an overlay, as a user would."""
        folder = self.work / "overlays" / overlay
        command = [str(kustomize), "edit", "set", "image", image]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    def push(self, message: str) -> str:
        """Commit everything that changed, push it, and return the commit."""
        git_http.git(self.work, "add", "--all")
        git_http.git(self.work, "commit", "--quiet", "-m", message)
        return self._push()

    def revert(self) -> str:
        """Revert the last commit, push, and return the commit."""
        git_http.git(self.work, "revert", "--no-edit", "HEAD")
        return self._push()

    def _push(self) -> str:
        git_http.git(self.work, "push", "--quiet", "origin", "HEAD:main")
        return git_http.git(self.work, "rev-parse", "HEAD")

    def close(self) -> None:
        """Stop serving."""
        self.server.close()
