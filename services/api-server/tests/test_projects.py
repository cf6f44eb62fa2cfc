"""What is known of projects follows the newest that was written or seen, in whatever order."""

import orjson
import pytest

from plumbline.api_server.projects import Projects
from plumbline.kube.informer import Lens, Meta


def event(version, *tokens, uid="u", finalizers=()):
    """A project with a role that lists tokens, as an event or an answer brings it."""
    listed = [{"iat": 1, "id": token} for token in tokens]
    metadata = {"name": "p", "uid": uid, "resourceVersion": str(version)}
    if finalizers:
        metadata["finalizers"] = list(finalizers)
    tree = {"metadata": metadata, "spec": {"roles": [{"name": "ci", "jwtTokens": listed}]}}
    return Lens(Meta(name="p", uid=uid, resource_version=str(version))), orjson.dumps(tree)


def tokens(projects):
    return [t.id for t in projects.tokens("p", "ci")]


@pytest.fixture
def projects():
    found = Projects()
    found.upsert(*event(1, "one"))
    return found


def test_an_older_event_brings_no_token_back(projects):
    """A revoked token stays revoked while the events of earlier writes are still on their way."""
    projects.upsert(*event(3))
    at = projects.version
    projects.upsert(*event(2, "one", "two"))
    projects.upsert(*event(3))
    assert ([], at) == (tokens(projects), projects.version)
    projects.upsert(*event(10, "three"))
    assert ["three"] == tokens(projects)


def test_a_deleted_project_does_not_come_back(projects):
    """Our deletion counts at once; later events of that project change nothing."""
    projects.deleted(projects.get("p"))
    assert projects.get("p") is None
    projects.upsert(*event(2, "one"))
    assert (None, []) == (projects.get("p"), projects.all())


def test_a_new_project_of_the_same_name_stays(projects):
    """The late event of an old project's end does not take the new one away."""
    projects.deleted(projects.get("p"))
    projects.upsert(*event(3, "new", uid="v"))
    projects.remove(event(2)[0])
    assert ["new"] == tokens(projects)
    projects.remove(event(4, uid="v")[0])
    assert projects.get("p") is None


def test_a_project_with_finalizers_is_there_until_they_are_done():
    """Deleting it has only begun: it is shown, and rules, until its event says that it is gone."""
    projects = Projects()
    projects.upsert(*event(1, "one", finalizers=["resources-finalizer.argocd.argoproj.io"]))
    projects.deleted(projects.get("p"))
    assert ["one"] == tokens(projects)
    projects.remove(event(2)[0])
    assert projects.get("p") is None
