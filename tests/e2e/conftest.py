"""What clients of a running Plumbline need."""

import contextlib

import pytest

from plumbline.local import plumb

from .clients import generated, transports
from .clients.caller import Caller


@pytest.fixture(scope="session")
def stranger(tmp_path_factory):
    """The folder of what protoc makes of proto/."""
    folder = tmp_path_factory.mktemp("stranger")
    generated.compile_client(folder)
    return folder


@pytest.fixture(scope="session")
def certificate(plane, tmp_path_factory):
    """The file of the users' port's certificate."""
    return transports.certificate_of(plane.services.address, tmp_path_factory.mktemp("trust"))


@pytest.fixture
def password(plane):
    """The admin's."""
    return plumb.admin_password(plane.api, "argocd")


@pytest.fixture
def admin(plane, certificate, password):
    """The admin over REST, with a session of the test's own."""
    transport = transports.Rest(plane.services.address, certificate)
    with contextlib.closing(transport):
        client = Caller(transport)
        client.login("admin", password)
        yield client
