"""Plugins: which one is chosen, what it is sent and told, and what of it names the render."""

import json

import pytest

from plumbline.core import errors, render
from plumbline.testing.trees import MemoryTree

PLUGINS = render.Plugins(
    ("cue-v1", "cue-v2", "one-3.1", "one-fmt", "plain", "tool-fmt"), ("plain",), None
)
FILES = {
    "apps/a/x": "1",
    "apps/b/y": "1",
    "apps/shared/z": "1",
    "docs/d": "1",
    "top.txt": "1",
}


def planned(plugin, files=None, *, plugins=PLUGINS, sent=None, path="apps/a", **context):
    source = {"repoURL": "https://u:pw@h/r", "path": path}
    if plugin is not None:
        source["plugin"] = plugin
    return render.plan(
        MemoryTree(files or FILES),
        render.decode_source(source),
        context=render.Context(app_name="web", **context),
        plugins=plugins,
        settings=render.Settings(sent=sent or render.Sent()),
    )


@pytest.mark.parametrize(
    ("wanted", "chosen"), [("plain", "plain"), ("cue-v2", "cue-v2"), ("one", "one-3.1")]
)
def test_a_plugin_is_named_with_or_without_its_version(wanted, chosen):
    """Without one while there is one version only."""
    assert chosen == planned({"name": wanted}).plugin.name


@pytest.mark.parametrize(
    ("plugin", "error", "text"),
    [
        ({"name": "cue"}, errors.NotFound, "name one of cue-v1, cue-v2"),
        ({"name": "tool"}, errors.NotFound, "'tool' is not there: name one of tool-fmt"),
        ({"name": "absent"}, errors.NotFound, "each one is a sidecar"),
        ({"name": "../x"}, errors.InvalidArgument, "is not a name"),
        ({"name": "plain", "env": [{"name": "A=B", "value": ""}]}, errors.InvalidArgument, "A=B"),
        ({"name": "plain", "env": [{"name": "A", "value": "\0"}]}, errors.InvalidArgument, "ENV_A"),
    ],
)
def test_what_cannot_be_chosen_says_why(plugin, error, text):
    """Names of sockets come from users."""
    with pytest.raises(error, match=text):
        planned(plugin)


@pytest.mark.parametrize("plugin", [None, {}])
def test_a_source_without_a_name_waits_for_the_plugins(plugin):
    """They are asked, unless none of them can tell; then the answer decides."""
    with pytest.raises(render.DiscoveryNeeded):
        planned(plugin)
    found = planned(plugin, plugins=render.Plugins(("plain",), ("plain",), "plain"))
    assert ("plain", False) == (found.plugin.name, found.plugin.is_named)


def test_a_source_that_is_no_plugins_is_what_it_looks_like():
    """And one that asks for a plugin without one is an error."""
    nobody = render.Plugins(("plain",), ("plain",), "")

    assert render.SourceType.DIRECTORY is planned(None, plugins=nobody).kind
    assert render.SourceType.DIRECTORY is planned(None, plugins=render.Plugins(("plain",))).kind
    for plugins in (nobody, render.Plugins(("plain",))):
        with pytest.raises(errors.NotFound, match="no config management plugin supports"):
            planned({}, plugins=plugins)


def test_variables():
    """The contract's, with substitution in the entries, and no password of the URL."""
    made = planned(
        {
            "name": "plain",
            "env": [{"name": "N", "value": "$ARGOCD_APP_NAME"}, {"name": "", "value": "x"}],
            "parameters": [
                {"name": "s.x", "string": ""},
                {"name": "l", "array": ["p", "q"]},
                {"name": "m", "map": {"k-1": "v"}},
                {"name": "none"},
            ],
        },
        kube_version="1.36",
        api_versions=("v1", "apps/v1"),
        revision="0123456789",
    )
    found = dict(made.plugin.environment)

    assert "https://h/r" == found["ARGOCD_APP_SOURCE_REPO_URL"]
    assert ("web", "1.36", "v1,apps/v1", "0123456") == (
        found["ARGOCD_ENV_N"],
        found["KUBE_VERSION"],
        found["KUBE_API_VERSIONS"],
        found["ARGOCD_APP_REVISION_SHORT"],
    )
    assert {"PARAM_S_X": "", "PARAM_L_0": "p", "PARAM_L_1": "q", "PARAM_M_K_1": "v"} == {
        name: value for name, value in found.items() if name.startswith("PARAM_")
    }
    assert [{"name": "s.x", "string": ""}, {"name": "l", "array": ["p", "q"]}] == json.loads(
        found["ARGOCD_APP_PARAMETERS"]
    )[:2]
    assert "ARGOCD_ENV_" not in found


@pytest.mark.parametrize(
    ("annotation", "root"),
    [
        ("", ""),
        (".", "apps/a"),
        (".;../shared", "apps"),
        ("/apps/shared/*.yaml", "apps"),
        ("/top.txt", ""),
        (" ; .", "apps/a"),
        ("/apps/a/[x]", "apps/a"),
    ],
)
def test_the_directory_that_holds_the_paths_of_the_annotation(annotation, root):
    """Relative to the source or, after a slash, to the repository; up to the first glob."""
    made = planned({"name": "plain"}, sent=render.Sent(by_paths=True), generate_paths=annotation)

    assert root == made.plugin.root
    names = [path for path, _ in made.reads.files]
    assert [path for path in sorted(FILES) if path.startswith(root)] == names
    whole = planned({"name": "plain"}, generate_paths=annotation)
    assert "" == whole.plugin.root


def test_a_path_outside_the_repository_is_refused():
    """The annotation is a user's."""
    with pytest.raises(errors.InvalidArgument, match="leaves the repository"):
        planned({"name": "plain"}, sent=render.Sent(by_paths=True), generate_paths="../../../x")


def test_exclusions_and_links():
    """Excluded directories are not entered; links that leave what is sent are not sent."""
    tree = FILES | {
        "apps/a/in": ("link", "x"),
        "apps/a/up": ("link", "../../top.txt"),
        "apps/a/out": ("link", "../../../etc/passwd"),
        "apps/a/dangling": ("link", "nowhere"),
    }
    made = planned({"name": "plain"}, tree, sent=render.Sent(("docs", "*.txt", "apps/*/y")))
    narrow = planned(
        {"name": "plain"}, tree, sent=render.Sent((), by_paths=True), generate_paths="."
    )

    assert ["apps/a/x", "apps/shared/z"] == [path for path, _ in made.reads.files]
    assert ["apps/a/in", "apps/a/up"] == [path for path, _ in made.reads.links]
    assert ["apps/a/in"] == [path for path, _ in narrow.reads.links]


def key(made, keyring=""):
    return render.render_key(made, tools={}, keyring=keyring)


def test_what_names_the_render():
    """All that is sent, the plugin, its variables, the keys of decryption; and the revision."""
    base = planned({"name": "plain"}, revision="1" * 40)
    others = [
        planned({"name": "cue-v1"}, revision="1" * 40),
        planned({"name": "plain"}, FILES | {"docs/d": "2"}, revision="1" * 40),
        planned({"name": "plain"}, revision="2" * 40),
        planned({"name": "plain"}, path="apps/b", revision="1" * 40),
        planned({"name": "plain"}, revision="1" * 40, kube_version="1.37"),
        planned({"name": "plain", "env": [{"name": "A", "value": "1"}]}, revision="1" * 40),
    ]

    assert 1 + len(others) == len({key(made) for made in (base, *others)})
    assert key(base) != key(base, "ring")


def test_a_part_of_the_repository_does_not_name_the_revision():
    """A commit elsewhere leaves the key, as the operator chose."""
    options = {"sent": render.Sent(by_paths=True), "generate_paths": "."}
    first = planned({"name": "plain"}, revision="1" * 40, **options)
    second = planned({"name": "plain"}, FILES | {"docs/d": "2"}, revision="2" * 40, **options)

    assert key(first) == key(second)
    assert dict(second.plugin.environment)["ARGOCD_APP_REVISION"] == "2" * 40
