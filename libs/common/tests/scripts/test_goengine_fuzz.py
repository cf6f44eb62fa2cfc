"""Whatever a template is, the answer is a text or an error of the user."""

import json
import random
from pathlib import Path

import pytest
import yaml

from plumbline.scripts import goengine

CASES = yaml.safe_load(
    (Path(__file__).resolve().parents[4] / "libs/goengine/testdata/templates.yaml").read_text()
)
WHOLE = [text for group in CASES for text in group["templates"] if len(text) < 200]
VALUES = [
    "1", "-1", "0", "1e400", "1e9", '"a"', '""', '"%d"', "nil", "true", ".", "$", ".a", ".b.c",
    ".l", ".n", "(list 1 2)", '(dict "a" 1)', "(.a)", "`(`", '"2006-01-02"', "0x7fffffffffffffff",
]  # fmt: skip
SLOW = {"derivePassword", "genPrivateKey", "genCA", "genCAWithKey", "genSelfSignedCert",
        "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey", "bcrypt", "htpasswd",
        "buildCustomCert"}  # fmt: skip
DATA = {"a": "text", "b": {"c": 1.5}, "l": [1, "x", None], "n": None}


def call(rng, functions, depth=0):
    """A call of some function with values that need not fit."""
    words = [rng.choice(functions)]
    for _ in range(rng.randint(0, 3)):
        deeper = depth < 2 and rng.random() < 0.2
        words.append(f"({call(rng, functions, depth + 1)})" if deeper else rng.choice(VALUES))
    return " ".join(words)


def template(rng, functions):
    """Calls in actions and blocks, or a template of the corpus with a part cut out."""
    if rng.random() < 0.2:
        text = rng.choice(WHOLE)
        first, second = sorted(rng.choices(range(len(text) + 1), k=2))
        return text[:first] + text[second:]
    action = " | ".join(call(rng, functions) for _ in range(rng.choice([1, 1, 2])))
    form = rng.choice(["{{%s}}", "{{%s}}", "{{if %s}}y{{end}}", "{{range %s}}{{.}}{{end}}",
                       "{{with %s}}{{.}}{{end}}", "{{$x := %s}}{{$x}}"])  # fmt: skip
    return form % action


@pytest.mark.parametrize("seed", range(4))
def test_random_templates_end_as_texts_or_errors(engine, seed):
    """Every function with values that do not fit it; the process survives all of them."""
    rng = random.Random(seed)
    functions = [f for f in engine.about()["functions"]["appset"] if f not in SLOW]
    functions += ["and", "or", "not", "eq", "lt", "len", "index", "call", "html", "js", "printf"]
    (before,) = [process.pid for process in engine._idle]
    texts = [template(rng, functions) for _ in range(1_500)]

    results = [one for text in texts for one in engine.render_all([text], DATA)]

    assert [before] == [process.pid for process in engine._idle]
    failed = [one.error for one in results if one.error is not None]
    assert 100 < len(failed) < len(texts) - 100
    assert all(isinstance(error, goengine.TemplateError) and str(error) for error in failed)
    assert json.dumps([one.text for one in results if one.text is not None])
