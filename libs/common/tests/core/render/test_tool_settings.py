"""Tools in argocd-cm: switches, build options, versions."""

import pytest

from plumbline.core import errors, render
from plumbline.core import settings as operator


def test_every_key_is_read():
    """Paths under both names, options by version, a switch only where it says false."""
    found, problems = operator.read(
        {
            "kustomize.buildOptions": " --a ",
            "kustomize.buildOptions.v5": "--b",
            "kustomize.path.v5": "/custom-tools/k5",
            "kustomize.version.v4": "/custom-tools/k4",
            "helm.enable": "false",
            "jsonnet.enable": "true",
        }
    )

    assert [] == problems
    assert (
        render.ToolSettings(
            disabled=frozenset({"Helm"}),
            build_options="--a",
            versions=(("v4", "/custom-tools/k4"), ("v5", "/custom-tools/k5")),
            version_options=(("v5", "--b"),),
        )
        == found.tools
    )
    assert ("--b", "--a") == (found.tools.options_of("v5"), found.tools.options_of("v4"))


def test_a_version_with_two_paths_is_a_problem_that_names_it():
    """A duplicate name is an error; the defaults are in force."""
    data = {"kustomize.path.v5": "/a", "kustomize.version.v5": "/b"}

    found, problems = operator.read(data)

    assert ["argocd-cm: kustomize version 'v5' has two paths"] == problems
    assert render.ToolSettings() == found.tools
    with pytest.raises(errors.InvalidArgument):
        render.read_tool_settings(data)


def test_switches_narrow_what_detection_may_choose():
    """The server's own limits stay."""
    limits = render.Settings(max_files=7)
    tools = render.ToolSettings(disabled=frozenset({"Kustomize", "Jsonnet"}))

    made = tools.planning(limits)

    assert render.SourceType.KUSTOMIZE not in made.enabled
    assert render.SourceType.HELM in made.enabled
    assert (False, 7) == (made.jsonnet, made.max_files)
