"""Render keys: any edit inside the read-set changes them, any edit outside leaves them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.core import errors, render
from plumbline.testing.trees import MemoryTree


def key(files, document, app_name="", **context):
    plan = render.plan(
        MemoryTree(files),
        render.decode_source(document),
        context=render.Context(app_name=app_name, **context),
    )
    return render.render_key(plan, tools={"kustomize": "5.8.1"})


KUSTOMIZE = {
    "base/kustomization.yaml": "resources: [cm.yaml]\ncomponents: [../comp]\n",
    "base/cm.yaml": "a",
    "comp/kustomization.yml": "patches: [{path: p.yaml}]\n",
    "comp/p.yaml": "p",
    "dev/kustomization.yaml": (
        "resources: [../base]\n"
        "configMapGenerator: [{name: g, files: [k=f.txt, g.txt], envs: [e.env]}]\n"
        "secretGenerator: [{name: s, env: s.env}]\n"
        "patchesStrategicMerge: [psm.yaml]\nreplacements: [{path: r.yaml}]\n"
        "openapi: {path: schema.json}\ncrds: [crd.json]\nconfigurations: [c.yaml]\n"
    ),
    **{f"dev/{n}": n for n in ("f.txt", "g.txt", "e.env", "s.env", "psm.yaml", "r.yaml")},
    **{f"dev/{n}": n for n in ("schema.json", "crd.json", "c.yaml")},
    "other/x.yaml": "x",
    "README.md": "text",
}
OUTSIDE = {"other/x.yaml", "README.md"}
SOURCE = {"path": "dev"}


@pytest.mark.parametrize("path", sorted(KUSTOMIZE))
def test_an_edit_counts_exactly_when_the_file_is_read(path):
    """Every field of a kustomization that names a file is known."""
    files = {**KUSTOMIZE, path: KUSTOMIZE[path] + "\n# edited\n"}

    assert (path in OUTSIDE) == (key(KUSTOMIZE, SOURCE) == key(files, SOURCE))


@pytest.mark.parametrize("path", ["dev/Kustomization", "dev/kustomization.yml"])
def test_a_file_that_appears_where_one_was_looked_for_counts(path):
    """Names that were absent are part of the key."""
    assert key(KUSTOMIZE, SOURCE) != key({**KUSTOMIZE, path: "# empty\n"}, SOURCE)


def test_equal_inputs_share_a_key_whatever_their_place_and_application():
    """Plain directories use neither their path nor the application's name."""
    files = {"a/x.yaml": "1", "b/x.yaml": "1", "c/x.yaml": "2"}

    assert key(files, {"path": "a"}, "one") == key(files, {"path": "b"}, "two")
    assert key(files, {"path": "a"}) != key(files, {"path": "c"})


def test_an_unknown_field_takes_the_whole_repository():
    """What may name files in a way we do not know makes every file count."""
    files = {**KUSTOMIZE, "base/kustomization.yaml": "resources: [cm.yaml]\nnewField: [x]\n"}

    assert key(files, SOURCE) != key({**files, "README.md": "edited"}, SOURCE)


def test_override_files_act_through_the_parameters():
    """`.argocd-source.yaml` and the application's own are merged in order."""
    files = {
        "a/x.yaml": "1",
        "a/sub/y.yaml": "2",
        "a/.argocd-source.yaml": "directory: {recurse: true}",
        "a/.argocd-source-two.yaml": "directory: {recurse: false, include: x.*}\npath: /etc",
    }

    tree = MemoryTree(files)
    one = render.plan(
        tree, render.decode_source({"path": "a"}), context=render.Context(app_name="one")
    )
    two = render.plan(
        tree, render.decode_source({"path": "a"}), context=render.Context(app_name="two")
    )

    assert ("a/sub/y.yaml", "a/x.yaml") == (one.files)
    assert ("a/x.yaml",) == two.files


def test_a_tower_of_kustomizations_is_bounded():
    """Depth is an error that says so, not a crash."""
    files = {f"k{n}/kustomization.yaml": f"resources: [../k{n + 1}]\n" for n in range(300)}

    with pytest.raises(errors.ResourceExhausted, match="levels of kustomizations"):
        key(files, {"path": "k0"})


NAMES = st.sampled_from(["a.yaml", "b.yml", "c.json", "notes.txt", "d.yaml"])
FOLDERS = st.sampled_from(["app", "app/sub", "app/sub/deep", "lib", ""])
PATHS = st.builds(lambda folder, name: f"{folder}/{name}".lstrip("/"), FOLDERS, NAMES)
TREES = st.dictionaries(PATHS, st.sampled_from(["1", "2", "3"]), max_size=8)


@settings(deadline=None)
@given(before=TREES, after=TREES, recurse=st.booleans())
def test_keys_of_directories_follow_their_selected_files(before, after, recurse):
    """Property, both directions: the key is equal exactly when the selected files are."""
    document = {"path": "app", "directory": {"recurse": recurse, "exclude": "*d.yaml"}}

    def selected(files):
        return {
            path: text
            for path, text in files.items()
            if path.startswith("app/")
            and not path.endswith((".txt", "d.yaml"))
            and (recurse or path.count("/") == 1)
        }

    before, after = ({**tree, "app/keep.txt": "x"} for tree in (before, after))

    equal = key(before, document) == key(after, document)
    assert equal == (selected(before) == selected(after))


@settings(deadline=None)
@given(changed=TREES)
def test_guards_notice_whatever_changes_a_plan(changed):
    """Property: while the guards hold, planning anew gives the same plan."""
    tree, after = MemoryTree(KUSTOMIZE), MemoryTree({**KUSTOMIZE, **changed})
    for document in (SOURCE, {"path": "other"}):
        plan = render.plan(tree, render.decode_source(document))

        if plan.reads.holds_in(after):
            assert plan == render.plan(after, render.decode_source(document))
