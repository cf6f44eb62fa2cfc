"""managedFields from client-side to server-side apply."""

from plumbline.core import sync


def entry(manager, operation, fields, **more):
    return {"manager": manager, "operation": operation, "fieldsV1": fields, **more}


def migrated(*entries):
    return sync.migrated_fields({"metadata": {"managedFields": list(entries)}})


def test_nothing_to_migrate():
    """Others' updates, our own Apply, and subresources are left alone."""
    assert migrated() is None
    assert migrated(
        entry("kubectl-edit", "Update", {"f:a": {}}),
        entry("argocd-controller", "Apply", {"f:b": {}}),
        entry("argocd-controller", "Update", {"f:status": {}}, subresource="status"),
    ) is None  # fmt: skip


def test_updates_become_our_apply():
    """One entry with the fields of all; the rest as it was."""
    other = entry("hpa", "Update", {"f:replicas": {}})
    old = entry("kubectl-client-side-apply", "Update", {"f:data": {"f:a": {}}})
    ours = entry("argocd-controller", "Apply", {"f:data": {"f:b": {}}})
    both = {"f:data": {"f:a": {}, "f:b": {}}}
    assert [entry("argocd-controller", "Apply", both), other] == migrated(old, other, ours)
    assert {"f:data": {"f:b": {}}} == ours["fieldsV1"]
    alone = [entry("argocd-controller", "Apply", old["fieldsV1"]), other]
    assert alone == migrated(old, other)
