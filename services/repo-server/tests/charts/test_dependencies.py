"""Charts that charts and kustomizations in Git depend on: fetched beforehand, under rules."""

import json

import pytest

from plumbline.pb.repo import repo_pb2

CHART = "apiVersion: v2\nname: app\nversion: 0.1.0\n"


def depends(*items):
    lines = ["dependencies:"]
    for name, version, repository in items:
        lines.append(f'- {{name: {name}, version: "{version}", repository: "{repository}"}}')
    return CHART + "\n".join(lines) + "\n"


def permits(*rules, repositories=(), templates=()):
    return repo_pb2.ChartAccess(
        source_repos=rules,
        repositories=[repo_pb2.Repository(**fields) for fields in repositories],
        templates=[repo_pb2.Repository(**fields) for fields in templates],
    )


def names(found):
    return sorted(tree["metadata"]["name"] for tree in found)


async def test_a_dependency_is_fetched_as_helm_would_fetch_it(
    helm_repository, chart_files, repository, render_git, shown, bare
):
    """By Chart.lock where there is one, and the result is what helm makes of its own build."""
    helm_repository.add(chart_files("sub", "1.1.0"))
    repository.commit({"app/Chart.yaml": depends(("sub", "1.x", helm_repository.url))})
    helm_repository.run("dependency", "update", str(repository.path / "app"))
    expected = bare("guestbook", str(repository.path / "app"), "--namespace=web")
    (repository.path / "app/charts/sub-1.1.0.tgz").unlink()
    repository.commit()
    helm_repository.add(chart_files("sub", "1.2.0"))

    locked = await render_git(charts=permits(helm_repository.url))
    (repository.path / "app/Chart.lock").unlink()
    repository.commit()
    newest = await render_git(charts=permits(helm_repository.url), no_cache=True)

    assert expected == shown(locked)
    assert "1.1.0" == expected[0]["data"]["version"]
    assert "1.2.0" == shown(newest)[0]["data"]["version"]
    assert locked.key != newest.key


async def test_a_lock_that_does_not_fit_is_an_error_as_for_helm(
    helm_repository, chart_files, repository, render_git
):
    """Chart.yaml was changed, the lock was not."""
    helm_repository.add(chart_files("sub", "1.1.0"))
    repository.commit({"app/Chart.yaml": depends(("sub", "1.x", helm_repository.url))})
    helm_repository.run("dependency", "update", str(repository.path / "app"))
    (repository.path / "app/charts/sub-1.1.0.tgz").unlink()
    repository.commit({"app/Chart.yaml": depends(("sub", "^1.0.0", helm_repository.url))})

    answer = await render_git(charts=permits("*"))

    assert "app/Chart.lock is out of sync" in answer.error.message


async def test_a_vendored_archive_is_used_and_nothing_is_asked(
    helm_repository, chart_files, repository, render_git, shown
):
    """charts/*.tgz in Git needs no repository and no permission."""
    helm_repository.add(chart_files("sub", "1.1.0"))
    repository.commit({"app/Chart.yaml": depends(("sub", "1.x", helm_repository.url))})
    helm_repository.run("dependency", "update", str(repository.path / "app"))
    repository.commit()
    helm_repository.requests.clear()

    answer = await render_git()

    assert ["guestbook-sub"] == names(shown(answer))
    assert [] == helm_repository.requests


async def test_the_projects_rules_decide_what_may_be_fetched(
    helm_repository, chart_files, repository, render_git
):
    """Security: the content of a repository must not reach where the project may not."""
    helm_repository.add(chart_files("sub", "1.1.0"))
    repository.commit({"app/Chart.yaml": depends(("sub", "1.x", helm_repository.url))})

    none = await render_git()
    other = await render_git(charts=permits("https://charts.example/*"))
    denied = await render_git(charts=permits("*", f"!{helm_repository.url}"))
    everything = await render_git(charts=permits("*"))

    for answer in (none, other, denied):
        assert "PERMISSION_DENIED" == answer.error.code
        assert "is not permitted in the project" in answer.error.message
    # A server on this host's own loopback must be named, not only not forbidden.
    assert "never connected to" in everything.error.message
    assert [] == helm_repository.requests


async def test_credentials_by_url_by_name_and_by_template(
    helm_repository, registry, packaged, chart_files, repository, render_git, shown, tools,
    tmp_path, header, canary, service,
):  # fmt: skip
    """A declared repository, @name, a template's prefix; a registry without its scheme."""
    helm_repository.add(chart_files("sub", "1.1.0"))
    helm_repository.authorization = header("user")
    registry.require("user", canary, bearer=True)
    registry.helm_push(tools.helm, tmp_path / "home", packaged("reg"), "org", "user", canary)
    login = {"username": "user", "password": canary}
    declared = {"url": helm_repository.url, "type": "helm", "name": "mine", **login}
    oci = {
        "url": f"{registry.host}/org", "type": "helm", "enable_oci": True,
        "insecure_oci_force_http": True, **login,
    }  # fmt: skip
    repository.commit(
        {
            "url/Chart.yaml": depends(("sub", "1.x", helm_repository.url)),
            "name/Chart.yaml": depends(("sub", "1.1.0", "@mine")),
            "oci/Chart.yaml": depends(("reg", "1.x", f"oci://{registry.host}/org")),
        }
    )
    access = permits("*", repositories=[declared, oci])
    template = permits("*", templates=[{"url": helm_repository.url, "type": "helm", **login}])

    found = [
        await render_git("url", access),
        await render_git("name", access),
        await render_git("oci", access),
        await render_git("url", template),
    ]
    without = await render_git("url", permits(helm_repository.url))

    assert [["guestbook-sub"], ["guestbook-sub"], ["guestbook-reg"], ["guestbook-sub"]] == [
        names(shown(answer)) for answer in found
    ]
    assert "authentication failed" in without.error.message
    assert canary not in service.log.read_text()


async def test_file_dependencies_may_have_remote_ones(
    helm_repository, chart_files, repository, render_git, shown
):
    """A chart beside, which depends on a chart elsewhere; and requirements.yaml of Helm 2."""
    helm_repository.add(chart_files("sub", "1.1.0"))
    requirements = "dependencies:\n- {name: sub, version: 1.1.0, repository: '%s'}\n"
    repository.commit(
        {
            "app/Chart.yaml": depends(("mid", "0.1.0", "file://../mid")),
            "mid/Chart.yaml": "apiVersion: v1\nname: mid\nversion: 0.1.0\n",
            "mid/requirements.yaml": requirements % helm_repository.url,
        }
    )

    answer = await render_git(charts=permits(helm_repository.url))

    assert ["guestbook-sub"] == names(shown(answer))


async def test_a_dependency_keeps_the_render_until_something_changes(
    helm_repository, chart_files, repository, render_git, service, shown
):
    """The second answer needs no request; a commit beside the chart neither."""
    helm_repository.add(chart_files("sub", "1.1.0"))
    repository.commit({"app/Chart.yaml": depends(("sub", "1.x", helm_repository.url))})
    access = permits(helm_repository.url)

    first = await render_git(charts=access)
    helm_repository.requests.clear()
    repository.commit({"README.md": "other"})
    second = await render_git(charts=access, known_key=first.key)

    assert second.unchanged
    assert [] == helm_repository.requests
    assert 1 == len(shown(first))


KUSTOMIZE = {"kustomize_build_options": "--enable-helm --helm-command helm"}


async def test_a_kustomization_with_charts_builds_as_kustomize_builds_it(
    helm_repository, chart_files, repository, render_git, shown, tools, tmp_path
):
    """The chart is put where kustomize looks for it; the result is the bare kustomize's."""
    helm_repository.add(chart_files(files={"values-x.yaml": "from: chart\n"}))
    repository.commit(
        {
            "app/kustomization.yaml": json.dumps(
                {
                    "namePrefix": "k-",
                    "helmCharts": [
                        {
                            "name": "web",
                            "repo": helm_repository.url,
                            "version": "1.0.0",
                            "releaseName": "rel",
                            "namespace": "data",
                            "valuesFile": "v.yaml",
                            "additionalValuesFiles": ["charts/web-1.0.0/web/values-x.yaml"],
                        }
                    ],
                }
            ),
            "app/v.yaml": "level: file\n",
        }
    )

    answer = await render_git(charts=permits(helm_repository.url), **KUSTOMIZE)

    (found,) = shown(answer)
    assert ("k-rel-web", "data") == (found["metadata"]["name"], found["metadata"]["namespace"])
    assert {"level": "file", "from": "chart", "version": "1.0.0"} == found["data"]
    assert "Kustomize" == answer.source_type


async def test_a_chart_in_the_repository_and_one_of_a_registry(
    registry, packaged, chart_files, repository, render_git, shown, tools, tmp_path
):
    """chartHome in Git needs no repository; one by oci:// is fetched."""
    registry.helm_push(tools.helm, tmp_path / "home", packaged("reg"), "org")
    local = chart_files("local", "2.0.0")
    files = {
        f"app/home/local/{path.relative_to(local)}": path.read_text()
        for path in local.rglob("*")
        if path.is_file()
    }
    charts = [
        {"name": "local", "releaseName": "one"},
        {
            "name": "reg",
            "repo": f"oci://{registry.host}/org",
            "version": "1.0.0",
            "releaseName": "two",
        },
    ]
    tree = {"helmGlobals": {"chartHome": "home"}, "helmCharts": charts}
    repository.commit({**files, "app/kustomization.yaml": json.dumps(tree)})
    declared = {"url": f"{registry.host}/org", "type": "helm", "insecure_oci_force_http": True}

    answer = await render_git(charts=permits("*", repositories=[declared]), **KUSTOMIZE)

    assert ["one-local", "two-reg"] == names(shown(answer))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"releaseName": "--post-renderer=./x.sh"}, "helmCharts.releaseName"),
        ({"namespace": "-n"}, "helmCharts.namespace"),
        ({"version": "--devel"}, "helmCharts.version"),
        ({"name": "../web"}, "helmCharts: name"),
        ({"version": "../1"}, "version '../1'"),
        ({"apiVersions": ["-x"]}, "helmCharts.apiVersions"),
        ({"valuesFile": "../../../etc/passwd"}, "leaves the repository"),
        ({"valuesFile": "http://169.254.169.254/x"}, "remote reference"),
        ({"postRenderer": "x"}, "helmCharts.postRenderer is not known"),
    ],
)
async def test_hostile_charts_in_kustomizations_are_refused(repository, render_git, change, text):
    """Security: kustomize#6241, CVE-2022-24348."""
    chart = {"name": "web", "repo": "https://charts.example", "version": "1.0.0", **change}
    repository.commit({"app/kustomization.yaml": json.dumps({"helmCharts": [chart]})})

    answer = await render_git(charts=permits("https://nothing.example"), **KUSTOMIZE)

    assert text in answer.error.message


async def test_helms_own_settings_never_come_from_a_repository(repository, render_git):
    """Security: CVE-2026-113709; also by a generator, which has the same fields."""
    generator = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\n"
    repository.commit(
        {
            "app/kustomization.yaml": "helmGlobals: {configHome: helm-home}\n"
            "helmCharts: [{name: x, repo: 'probe://x', version: 1.0.0}]\n",
            "gen/kustomization.yaml": "generators: [g.yaml]\n",
            "gen/g.yaml": generator + "name: x\nconfigHome: helm-home\n",
            "old/kustomization.yaml": "helmChartInflationGenerator: [{chartName: x}]\n",
        }
    )

    globals_ = await render_git(**KUSTOMIZE)
    generated = await render_git("gen", **KUSTOMIZE)
    old = await render_git("old", **KUSTOMIZE)

    assert "helmGlobals.configHome is refused" in globals_.error.message
    assert "as a generator is refused" in generated.error.message
    assert "helmChartInflationGenerator is refused" in old.error.message
