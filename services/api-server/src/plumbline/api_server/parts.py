"""What the services are made from: built once by ``wiring``, handed to each servicer."""

import dataclasses
from collections.abc import Callable

import grpc

from plumbline.api_server.control import Control
from plumbline.api_server.passwords import Passwords
from plumbline.api_server.permissions import Permissions
from plumbline.api_server.projects import Projects
from plumbline.api_server.rows import Rows
from plumbline.api_server.secret_writer import SecretWriter
from plumbline.api_server.sessions import Sessions
from plumbline.api_server.settings import Settings
from plumbline.kube.declared import Declared
from plumbline.kube.events import Recorder
from plumbline.kube.own import OwnObjects

__all__ = ["Parts"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts that servicers share."""

    settings: Settings
    control: Control
    """argocd-cm, argocd-rbac-cm and argocd-secret as they are now."""
    rows: Rows
    """The Applications."""
    projects: Projects
    """The AppProjects."""
    declared: Declared
    """Repositories, credential templates and clusters."""
    objects: OwnObjects
    """Writes the control plane's objects."""
    events: Recorder
    """Tells what users did."""
    sessions: Sessions
    passwords: Passwords
    permissions: Permissions
    secrets: SecretWriter
    """Changes argocd-secret."""
    controller: grpc.aio.Channel
    """To the app-controller."""
    repo_server: grpc.aio.Channel
    clock: Callable[[], float]
    """Seconds since the epoch."""

    @property
    def namespace(self) -> str:
        """The control plane's namespace."""
        return self.settings.namespace
