"""Targets: scopes, namespaces, marks, duplicates and exclusions."""

from plumbline.core import target
from plumbline.core.model import GroupKind, ResourceKey


class Known:
    """A cluster that knows three kinds."""

    def namespaced(self, group_kind):
        return {"ConfigMap": True, "Deployment": True, "Namespace": False}.get(group_kind.kind)


def manifest(kind, name="x", namespace=None, api_version="v1", **rest):
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def prepare(*manifests, namespace="dest", **options):
    def mark(tree, where):
        annotations = {"mark": where}
        return {**tree, "metadata": {**tree["metadata"], "annotations": annotations}}

    return target.prepare(manifests, scopes=Known(), namespace=namespace, mark=mark, **options)


def test_namespaced_objects_get_the_destination_and_cluster_wide_ones_lose_theirs():
    """Namespace normalisation."""
    got = prepare(manifest("ConfigMap"), manifest("Namespace", "n", namespace="wrong"))
    assert {
        ResourceKey("", "ConfigMap", "dest", "x"),
        ResourceKey("", "Namespace", "", "n"),
    } == set(got.objects)
    marks = [o["metadata"]["annotations"]["mark"] for o in got.objects.values()]
    assert ["dest", "dest"] == marks


def test_the_last_duplicate_is_used_and_named():
    """RepeatedResourceWarning with the contract's text."""
    got = prepare(manifest("ConfigMap", data={"a": "1"}), manifest("ConfigMap", data={"a": "2"}))
    (only,) = got.objects.values()
    assert {"a": "2"} == only["data"]
    assert (
        (
            "RepeatedResourceWarning",
            "Resource /ConfigMap/dest/x appeared 2 times among application resources.",
        ),
    ) == got.conditions


def test_an_unknown_kind_takes_its_scope_from_a_definition_beside_it():
    """A custom object in the same commit as its cluster-wide definition has no namespace."""
    definition = manifest(
        "CustomResourceDefinition",
        "things.e.io",
        api_version="apiextensions.k8s.io/v1",
        spec={"group": "e.io", "scope": "Cluster", "names": {"kind": "Thing"}},
    )
    got = prepare(definition, manifest("Thing", api_version="e.io/v1"))
    assert ResourceKey("e.io", "Thing", "", "x") in got.objects


def test_a_namespaced_object_without_any_namespace_is_an_error():
    """InvalidSpecError with the contract's text."""
    got = prepare(manifest("Deployment", api_version="apps/v1"), namespace="")
    assert {} == got.objects
    message = "Namespace for x apps/Deployment is missing."
    assert (("InvalidSpecError", message),) == got.conditions


def test_excluded_kinds_are_dropped_with_a_warning():
    """ExcludedResourceWarning with the contract's text."""
    got = prepare(manifest("ConfigMap"), excluded=lambda k: k == GroupKind("", "ConfigMap"))
    assert {} == got.objects
    message = "Resource /ConfigMap x is excluded in the settings"
    assert (("ExcludedResourceWarning", message),) == got.conditions


def test_odd_manifests_do_not_raise():
    """Metadata of a wrong type is treated as empty."""
    got = prepare({"apiVersion": 3, "kind": ["x"], "metadata": "odd"})
    assert 1 == len(got.objects)
