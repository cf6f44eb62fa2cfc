"""Plans of charts: what is read, what helm is told, and how the key follows both."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.core import errors, render
from plumbline.testing.trees import MemoryTree

CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
FILES = {
    "chart/Chart.yaml": CHART + "dependencies: [{name: lib, repository: 'file://../lib'}]\n",
    "chart/values.yaml": "a: 1\n",
    "chart/templates/a.yaml": "x",
    "chart/.argocd-source-other.yaml": "helm: {releaseName: other}\n",
    "lib/Chart.yaml": CHART.replace("web", "lib"),
    "lib/templates/b.yaml": "y",
    "env/prod.yaml": "a: 2\n",
    "env/dev.yaml": "a: 3\n",
    "README.md": "text",
}
VALUES = {"prod.yaml": "a: 4\n", "other.yaml": "a: 5\n"}
READ = {path for path in FILES if path.startswith(("chart/", "lib/"))} | {"env/prod.yaml"}
READ -= {"chart/.argocd-source-other.yaml"}
SOURCE = {
    "path": "chart",
    "helm": {"valueFiles": ["/env/prod.yaml", "$v/prod.yaml", "absent.yaml"],
             "ignoreMissingValueFiles": True},
}  # fmt: skip


def plan(files=FILES, document=SOURCE, values=VALUES, **context):
    context.setdefault("app_name", "guestbook")
    context.setdefault("app_namespace", "web")
    return render.plan(
        MemoryTree(files),
        render.decode_source(document),
        context=render.Context(**context),
        references={"v": MemoryTree(values)},
    )


def key(*args, **fields):
    return render.render_key(plan(*args, **fields), tools={"helm": "4"})


def test_the_closure_is_the_chart_its_dependencies_and_its_value_files():
    """Paths of the source's own repository, and those of others by ref."""
    made = plan()

    assert READ == {path for path, _ in made.reads.files}
    assert [("v", ["prod.yaml"])] == [
        (ref, [path for path, _ in reads.files]) for ref, reads in made.references
    ]
    assert (("chart/charts/lib", "lib"),) == made.helm.links


@pytest.mark.parametrize("path", sorted(FILES))
def test_an_edit_counts_exactly_when_the_file_is_read(path):
    """Override files act through the parameters, others not at all."""
    edited = {**FILES, path: FILES[path] + "\n# edited\n"}

    assert (path in READ) == (key() != key(edited))


def test_a_value_file_that_appears_counts():
    """It was looked for and absent."""
    assert key() != key({**FILES, "chart/absent.yaml": "a: 9\n"})


@pytest.mark.parametrize(("path", "counts"), [("prod.yaml", True), ("other.yaml", False)])
def test_another_repository_counts_by_its_files(path, counts):
    """Not by its commit."""
    assert counts == (key() != key(values={**VALUES, path: "a: 7\n"}))


@pytest.mark.parametrize(
    ("context", "counts"),
    [
        ({"app_name": "other"}, True),
        ({"app_namespace": "other"}, True),
        ({"kube_version": "v1.31.0"}, True),
        ({"api_versions": ("v1",)}, True),
        ({"project": "other"}, False),
        ({"revision": "abc"}, False),
    ],
)
def test_what_helm_uses_of_the_context_counts(context, counts):
    """Release, namespace and the cluster's versions; not the project, and no commit."""
    assert counts == (key() != key(**context))


def test_what_a_source_says_of_its_cluster_stands_for_the_cluster():
    """Two clusters share a render that names its own versions."""
    document = {"path": "chart", "helm": {"kubeVersion": "1.30.0", "apiVersions": ["v1"]}}

    one = key(document=document, kube_version="v1.31.0", api_versions=("a/v1",))
    two = key(document=document, kube_version="v1.32.0", api_versions=("b/v1",))

    assert one == two


def test_the_order_of_value_files_counts():
    """The later one wins."""
    names = ["/env/prod.yaml", "/env/dev.yaml"]
    forth = {"path": "chart", "helm": {"valueFiles": names}}
    back = {"path": "chart", "helm": {"valueFiles": names[::-1]}}

    assert key(document=forth) != key(document=back)


def test_an_object_of_values_is_used_in_place_of_the_text():
    """valuesObject takes precedence over values."""
    both = plan(document={"path": "chart", "helm": {"values": "a: 1", "valuesObject": {"b": 2}}})

    assert b'{"b":2}' == both.helm.values


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", "a"), ("a,b", "a\\,b"), ("a\\,b", "a\\,b"), ("{a,b}", "{a,b}"), (",,", "\\,\\,")],
)
def test_commas_are_escaped_where_helm_would_split(value, expected):
    """Except in lists."""
    made = plan(document={"path": "chart", "helm": {"parameters": [{"name": "x", "value": value}]}})

    assert (("x", expected, False),) == made.helm.parameters


def test_globs_are_bounded():
    """A pattern over a huge tree is an error."""
    files = {**FILES, **{f"many/{n // 500}/{n}.yaml": "" for n in range(11_000)}}

    with pytest.raises(errors.ResourceExhausted, match="a glob looks at more than"):
        plan(files, {"path": "chart", "helm": {"valueFiles": ["/many/**"]}})


PATHS = st.sampled_from([*FILES, "env/new.yaml", "chart/new.tpl", "lib2/Chart.yaml"])
EDITS = st.dictionaries(PATHS, st.sampled_from(["a: 6\n", "a: 7\n"]), max_size=3)


@settings(deadline=None)
@given(edits=EDITS)
def test_a_commit_that_touches_nothing_read_leaves_the_key(edits):
    """Property, both directions, for edits that keep the chart a chart."""
    edits = {path: text for path, text in edits.items() if not path.endswith("/Chart.yaml")}
    edits.pop("chart/.argocd-source-other.yaml", None)
    before = {path: text for path, text in FILES.items() if path in READ}
    touched = {
        path
        for path, text in edits.items()
        if path.startswith(("chart/", "lib/")) and before.get(path) != text
    } | {path for path in edits if path == "env/prod.yaml"}

    assert bool(touched) == (key() != key({**FILES, **edits}))


@settings(deadline=None)
@given(edits=EDITS)
def test_guards_notice_whatever_changes_a_plan(edits):
    """Property: while the guards hold, planning anew gives the same plan."""
    made, after = plan(), {**FILES, **edits}
    trees = {"v": MemoryTree(VALUES)}

    if made.holds_in(MemoryTree(after), trees):
        assert made == plan(after)


@pytest.mark.parametrize(
    ("template", "varies"),
    [
        ('x: {{ now | date "2006" }}', True),
        ("x: {{- randAlpha 5 -}}", True),
        ("x: {{\n  uuidv4\n}}", True),
        ("# renewed now and then: {{ .Values.bcryptRounds }}", False),
        ("{{/* no longer now */}}x: {{ .Values.agony }}", False),
        ("x: nothing", False),
    ],
)  # fmt: skip
def test_only_what_a_template_does_can_vary(template, varies):
    """A word of a comment costs no second render."""
    made = plan({**FILES, "chart/templates/more.yaml": template})
    assert varies == made.helm.may_vary


class CountingTree(MemoryTree):
    """Counts the files that are read; a plan that takes hours ends here."""

    reads = 0

    def blob(self, oid, limit):
        self.reads += 1
        assert self.reads < 5000
        return super().blob(oid, limit)


def depends(name, *others):
    items = ", ".join(f"{{name: {o}, repository: 'file://../{o}'}}" for o in others)
    return f"apiVersion: v2\nname: {name}\nversion: 1.0.0\ndependencies: [{items}]\n"


def of_tree(tree, path="c0"):
    context = render.Context(app_name="a", app_namespace="n")
    return render.plan(tree, render.decode_source({"path": path}), context=context)


def test_a_chart_that_many_depend_on_is_walked_once():
    """Thirty levels, each reached in two ways: a thousand million paths."""
    files = {}
    for level in range(30):
        below = (f"c{level + 1}", f"d{level + 1}") if level < 29 else ()
        for kind in "cd":
            files[f"{kind}{level}/Chart.yaml"] = depends(f"{kind}{level}", *below)
    tree = CountingTree(files)

    made = of_tree(tree)

    assert 2 + 4 * 28 == len(made.helm.links)
    assert tree.reads < 300


def test_levels_count_through_charts_that_are_known():
    """A chain that is too long is found, however its end was reached first."""
    files = {f"c{n}/Chart.yaml": depends(f"c{n}", f"c{n + 1}") for n in range(1, 60)}
    files["c60/Chart.yaml"] = depends("c60")
    files["c0/Chart.yaml"] = depends("c0", "c1", "e0")
    files |= {f"e{n}/Chart.yaml": depends(f"e{n}", f"e{n + 1}") for n in range(9)}
    files["e9/Chart.yaml"] = depends("e9", "c1")
    with pytest.raises(errors.ResourceExhausted, match="levels of chart dependencies"):
        of_tree(CountingTree(files))


def test_a_known_chart_may_not_contain_what_depends_on_it():
    """Helm would follow the links without end: b holds inner, which wants c1, which wants b."""
    files = {
        "c0/Chart.yaml": depends("c0", "c1", "b"),
        "c1/Chart.yaml": depends("c1", "b"),
        "b/Chart.yaml": depends("b"),
        "b/inner/Chart.yaml": "apiVersion: v2\nname: inner\nversion: 1.0.0\ndependencies:"
        " [{name: c1, repository: 'file://../../c1'}]\n",
    }
    assert of_tree(CountingTree(files))
    files["c0/Chart.yaml"] = depends("c0", "c1", "b").replace("file://../b", "file://../b/inner")
    with pytest.raises(errors.InvalidArgument, match="contains what depends on it"):
        of_tree(CountingTree(files))


def test_what_is_vendored_is_looked_at_once():
    """For all dependencies together."""
    names = [f"s{n}" for n in range(400)]
    files = {"c0/Chart.yaml": depends("c0", *names)}
    files |= {f"c0/charts/dir-{name}/Chart.yaml": depends(name) for name in names}
    tree = CountingTree(files)

    made = of_tree(tree)

    assert () == made.helm.links
    assert tree.reads < 1000


@pytest.mark.parametrize(
    "hostile", [b"{", b"{{", b"{{/*", b"{{-", b"{{ ", b"{{}", b"}}{{ now", b"{{/* now */}}"]
)
def test_a_template_is_searched_once_from_begin_to_end(hostile):
    """A megabyte of what looks like the beginning of an action."""
    content = hostile * (1_000_000 // len(hostile))
    files = {"c0/Chart.yaml": depends("c0"), "c0/templates/x.yaml": content.decode()}
    made = of_tree(MemoryTree(files))
    assert (b"now" in hostile and b"*" not in hostile) == made.helm.may_vary


def test_a_reference_of_a_kustomization_is_read_once():
    """However many parameters it seems to have."""
    reference = "x?" + "?&" * 200_000
    files = {"c0/kustomization.yaml": f"resources: ['{reference}']\n"}
    assert "Kustomize" == of_tree(MemoryTree(files)).kind.value
