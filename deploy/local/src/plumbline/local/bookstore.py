"""The example repository as ``make run``, the tour and the end-to-end tests use it.

Copies ``examples/bookstore`` of the checkout, puts the served repository's URL where the manifests
have a placeholder, and seeds a bare repository with it.
"""

import contextlib
import pathlib
import secrets
import shutil
import subprocess
from typing import Final

import yaml

from plumbline.local import git_http
from plumbline.testcluster.api import Api

__all__ = ["NAME", "PLACEHOLDER", "Bookstore"]

NAME: Final = "bookstore.git"
PLACEHOLDER: Final = "https://git.example/bookstore.git"
_EXAMPLE: Final = pathlib.Path(__file__).resolve().parents[5] / "examples/bookstore"


class Bookstore:
    """A working copy of the example, and the repository it is pushed to."""

    def __init__(self, directory: pathlib.Path, *, host: str = "127.0.0.1") -> None:
        """Seed a repository below a folder and serve it at an address of this machine."""
        self._directory = directory
        self._host = host
        self._stack = contextlib.ExitStack()
        self.work = directory / "bookstore"
        shutil.copytree(_EXAMPLE, self.work)
        root = directory / "git"
        root.mkdir()
        self.server = git_http.GitServer(root, host=host)
        self._stack.callback(self.server.close)
        self.url = self.server.url(NAME)
        for file in self.work.rglob("*.yaml"):
            text = file.read_text()
            if PLACEHOLDER in text:
                file.write_text(text.replace(PLACEHOLDER, self.url))
        git_http.seed(root, NAME, self.work)
        git_http.git(self.work, "remote", "add", "origin", self.url)

    def bootstrap(self, api: Api) -> None:
        """Server-side apply the two manifests that a user applies."""
        for name in ("00-appproject", "01-app-of-apps"):
            file = self.work / f"argocd/{name}.yaml"
            for manifest in yaml.safe_load_all(file.read_text()):
                metadata = manifest["metadata"]
                plural = {"AppProject": "appprojects", "Application": "applications"}
                where = f"/apis/argoproj.io/v1alpha1/namespaces/{metadata['namespace']}"
                api.apply(f"{where}/{plural[manifest['kind']]}/{metadata['name']}", manifest)

    def serve_private(self) -> tuple[str, str, str]:
        """Serve a repository that asks for a password; return its URL, user and password."""
        root, work = self._directory / "private", self._directory / "private-work"
        root.mkdir()
        work.mkdir()
        data = {"from": "a private repository"}
        manifest = {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "private"}, "data": data,
        }  # fmt: skip
        (work / "map.yaml").write_text(yaml.safe_dump(manifest))
        password = secrets.token_urlsafe(12)
        server = git_http.GitServer(root, credential=f"reader:{password}", host=self._host)
        self._stack.callback(server.close)
        git_http.seed(root, "private.git", work)
        return server.url("private.git"), "reader", password

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
        self._stack.close()
