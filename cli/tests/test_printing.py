"""What plumb prints."""

from plumbline.cli import printing


def test_names_are_qualified_by_namespace():
    """`-o name` prints one name per line."""
    apps = [{"metadata": {"name": "a", "namespace": "argocd"}}]

    assert ["argocd/a"] == printing.names(apps).split()
