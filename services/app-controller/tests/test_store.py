"""What the controller takes for the newest state of an Application."""

import json

from plumbline.app_controller.application.desired import AppKey
from plumbline.app_controller.application.store import ApplicationStore
from plumbline.kube.informer import Lens, Meta

KEY = AppKey("argocd", "shop")
REFRESH = {"argocd.argoproj.io/refresh": "normal"}


def application(version, annotations=None, uid="1"):
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": "shop",
            "namespace": "argocd",
            "uid": uid,
            "resourceVersion": version,
            "annotations": annotations or {},
        },
        "spec": {"project": "default", "destination": {}},
    }


def seen(store, manifest):
    meta = manifest["metadata"]
    lens = Lens(Meta("shop", "argocd", meta["uid"], meta["resourceVersion"]))
    store.upsert(lens, json.dumps(manifest).encode())


def test_a_users_wish_survives_the_answer_to_an_earlier_write_of_ours():
    """The informer may be ahead of the answer: the refresh must not be forgotten."""
    told = []
    store = ApplicationStore(told.append)
    seen(store, application("7"))
    seen(store, application("9", REFRESH))
    store.observe(application("8"))

    assert "9" == store.get(KEY).resource_version
    assert REFRESH == store.get(KEY).app.metadata.annotations
    assert [KEY, KEY] == told


def test_an_answer_that_is_newer_is_taken_and_tells_of_wishes_it_brings():
    """The answer to a write of ours may hold what a user wrote meanwhile."""
    told = []
    store = ApplicationStore(told.append)
    seen(store, application("7"))
    store.observe(application("8"))
    store.observe(application("9", REFRESH))
    seen(store, application("8"))

    assert "9" == store.get(KEY).resource_version
    assert [KEY, KEY] == told


def test_an_object_made_anew_is_another_one():
    """Versions are compared within one uid only."""
    store = ApplicationStore(lambda _: None)
    seen(store, application("9"))
    seen(store, application("3", uid="2"))

    assert "3" == store.get(KEY).resource_version
