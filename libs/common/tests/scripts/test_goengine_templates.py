"""Templates answer as they were recorded, and as Go's documentation says."""

import importlib.util
import json
from pathlib import Path

import pytest
import yaml

from plumbline.scripts import goengine

ROOT = Path(__file__).resolve().parents[4]
TESTDATA = ROOT / "libs/goengine/testdata"
GROUPS = yaml.safe_load((TESTDATA / "templates.yaml").read_text())
RECORDED = {
    case["name"]: case["results"]
    for case in json.loads((TESTDATA / "templates.json").read_text())["cases"]
}


@pytest.fixture(scope="module")
def recorder():
    """tools/generate_engine_corpus.py as a module."""
    path = ROOT / "tools/generate_engine_corpus.py"
    spec = importlib.util.spec_from_file_location("engine_corpus", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_many():
    """The corpus covers what users write; about a third are errors."""
    results = [one for found in RECORDED.values() for one in found]
    assert len(results) >= 300
    assert sum(isinstance(one, str) for one in results) >= 200
    assert sum(isinstance(one, dict) and "error" in one for one in results) >= 80


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["name"])
def test_templates_answer_as_recorded(engine, recorder, group):
    """Text, error with its position, or what is needed first."""
    options = recorder.options_of(group)
    rendered = engine.render_all(group["templates"], group["data"], options)

    found = [recorder.plain(one) for one in rendered]

    assert dict(zip(group["templates"], RECORDED[group["name"]], strict=True)) == dict(
        zip(group["templates"], found, strict=True)
    )


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("{{.big}}", "1e+06"),  # numbers of JSON are floats
        ("{{.big | int}}", "1000000"),
        ("{{.absent}}", "<no value>"),
        ("{{range $k, $v := .map}}{{$k}}{{$v}}{{end}}", "a1b2"),  # in the order of the keys
        ("a  {{- 1 -}}  b", "a1b"),
        ('{{normalize "My_App.X-"}}', "my-app.x"),
        ('{{slugify 15 "my very long name"}}', "my-very-long"),
        ('{{slugify 15 false "my very long name"}}', "my-very-long-na"),
        ("{{toYaml .map}}", "a: 1\nb: 2"),
        ('{{(index (fromYamlArray "- a: 5") 0).a}}', "5"),
        ('{{(fromYaml "a: 5").a}}', "5"),
        ('{{"x" | b64enc | b64dec | upper}}', "X"),
    ],
)  # fmt: skip
def test_templates_answer_as_documented(engine, text, want):
    """Facts of text/template, sprig and behaviour.md, section 19, by hand."""
    assert want == engine.render(text, {"big": 1_000_000, "map": {"b": 2, "a": 1}})


def test_an_error_tells_where(engine):
    """Line, column, the template, and Go's own text."""
    with pytest.raises(goengine.TemplateError) as caught:
        engine.render("a\n  {{.b}}", {}, goengine.Options(missing_key="error", name="app"))

    error = caught.value
    assert ("a\n  {{.b}}", 2, 4) == (error.template, error.line, error.column)
    assert 'template: app:2:4: executing "app" at <.b>: map has no entry for key "b"' == str(error)


def test_texts_of_one_call_share_their_data(engine):
    """In their order; one that fails does not stop the others."""
    found = engine.render_all(["{{.a}}", "{{", '{{$_ := set . "b" 2}}', "{{.b}}"], {"a": 1})

    assert ["1", None, "", "2"] == [one.text for one in found]
    assert found[1].error is not None
    assert "1 <no value>" == engine.render("{{.a}} {{.b}}", {"a": 1})


def test_a_template_is_not_kept_for_other_options(engine):
    """The same text with other options is another template."""
    strict = goengine.Options(missing_key="error")
    assert "<no value>" == engine.render("{{.x}}", {})
    with pytest.raises(goengine.TemplateError):
        engine.render("{{.x}}", {}, strict)
    assert "{{.x}}7" == engine.render("{{.x}}<.x>", {"x": 7}, goengine.Options(left="<", right=">"))
    with pytest.raises(goengine.TemplateError):
        engine.render("{{toYaml .}}", {}, goengine.Options(functions="notifications"))


def test_what_a_notification_needs_is_told_and_then_used(engine):
    """The engine has no way to the world: the client looks up and asks again."""
    text = "{{(call .repo.GetCommitMetadata .sha).Author}}"
    options = goengine.Options(functions="notifications")
    (first,) = engine.render_all([text], {"sha": "abc"}, options)
    assert goengine.Need("commit", "abc") == first.need

    known = goengine.Options(functions="notifications", commits={"abc": {"author": "Ada"}})
    assert "Ada" == engine.render(text, {"sha": "abc"}, known)
    with pytest.raises(goengine.TemplateError, match="needs commit abc"):
        engine.render(text, {"sha": "abc"}, options)


def test_the_engine_is_made_of_what_is_pinned(engine):
    """Versions of go.mod; the functions of the contract are there or absent."""
    about = engine.about()
    gomod = (ROOT / "libs/goengine/go.mod").read_text()
    for path in ("Masterminds/sprig/v3", "Masterminds/semver/v3", "gobwas/glob", "gosimple/slug"):
        assert f"github.com/{path} {about['modules'][f'github.com/{path}']}" in gomod

    functions = {name: set(found) for name, found in about["functions"].items()}
    ours = {"normalize", "slugify", "toYaml", "fromYaml", "fromYamlArray"}
    assert ours == functions["appset"] - functions["notifications"]
    assert {"env", "expandenv", "getHostByName"} == set(about["removed"])
    assert not functions["appset"] & set(about["removed"])
    assert not functions["notifications"] & set(about["removed"])
    assert len(functions["notifications"]) > 200
