"""The configuration file, shared with an existing client of the field."""

import stat

import pytest
import yaml

from plumbline.cli import context
from plumbline.core import errors
from plumbline.core.secret import Secret

STOCK = """contexts:
- name: prod
  server: argocd.example:443
  user: prod
- name: dev
  server: localhost:8080
  user: dev
current-context: prod
prompts-enabled: true
servers:
- grpc-web: true
  grpc-web-root-path: sub/path
  server: argocd.example:443
  something-new:
    kept: 1
- grpc-web-root-path: ""
  insecure: true
  plain-text: true
  server: localhost:8080
  certificate-authority-data: UEVN
  client-certificate-data: Q0VSVA==
  client-certificate-key-data: S0VZ
users:
- auth-token: canary-prod
  name: prod
  refresh-token: canary-refresh
- auth-token: canary-dev
  name: dev
unknown: [1, 2]
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "config"
    file.touch(mode=0o600)
    file.write_text(STOCK)
    return file


def test_reading(path):
    """What the field's client wrote is understood: server, token, TLS data, gRPC-Web."""
    config = context.ConfigFile.read(path)

    prod, dev = config.server(), config.server("dev")

    assert ("argocd.example:443", True, "sub/path") == (
        prod.address,
        prod.grpc_web,
        prod.root_path,
    )
    assert "canary-prod" == prod.token.reveal()
    assert (True, True) == (dev.insecure, dev.plaintext)
    assert (b"PEM", b"CERT", "KEY") == (dev.authority, dev.certificate, dev.key.reveal())
    assert config.prompts_enabled


def test_unknown_members_stay(path):
    """A login changes its own entries; what this client does not know is kept as it stands."""
    config = context.ConfigFile.read(path)
    server = config.server()

    config.save("prod", context.Server("argocd.example:443", token=Secret("new"), grpc_web=True))

    tree = yaml.safe_load(path.read_text())
    was = yaml.safe_load(STOCK)
    assert was["unknown"] == tree["unknown"]
    assert was["contexts"] == tree["contexts"]
    entry = next(s for s in tree["servers"] if s["server"] == server.address)
    assert {"kept": 1} == entry["something-new"]
    assert was["users"][1] == tree["users"][1]
    assert {"auth-token": "new", "name": "prod", "refresh-token": "canary-refresh"} == tree[
        "users"
    ][0]


def test_round_trip(path):
    """What was saved is read again as it was, key and certificates included."""
    server = context.Server(
        "host:1",
        insecure=True,
        token=Secret("t"),
        grpc_web=True,
        root_path="p",
        authority=b"A",
        certificate=b"C",
        key=Secret("K"),
    )

    context.ConfigFile.read(path).save("new", server)
    config = context.ConfigFile.read(path)

    assert "new" == config.current
    assert server == config.server()
    assert ["prod", "dev", "new"] == [c.name for c in config.contexts]


def test_mode(tmp_path):
    """A new file and its folder are the owner's alone."""
    path = tmp_path / "deep/config"

    context.ConfigFile.read(path).save("a", context.Server("a:1", token=Secret("t")))

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)
    assert [path] == list(path.parent.iterdir())


def test_link(tmp_path, path):
    """A file that is a link stays one; its target is replaced."""
    link = tmp_path / "link"
    link.symlink_to(path)

    context.ConfigFile.read(link).switch("dev")

    assert link.is_symlink()
    assert "dev" == context.ConfigFile.read(path).current


def test_readable_by_others(path):
    """A file of tokens that others can read is refused; the message says how to mend it."""
    path.chmod(0o644)

    with pytest.raises(errors.PermissionDenied, match="chmod 600"):
        context.ConfigFile.read(path)


@pytest.mark.parametrize(
    "text", ["{canary", "- canary\n", "canary", "servers: [\x00canary]"], ids="abcd"
)
def test_broken(path, text):
    """A file that is no configuration is refused without quoting it."""
    path.write_text(text)

    with pytest.raises(errors.InvalidArgument) as caught:
        context.ConfigFile.read(path)

    assert "canary" not in caught.value.message


def test_delete(path):
    """Deleting a context takes its server and user along, but not those others still use."""
    config = context.ConfigFile.read(path)
    config.save("twin", config.server("dev"), user="dev")

    config.delete("twin")
    config.delete("prod")

    tree = yaml.safe_load(path.read_text())
    assert ["dev"] == [c["name"] for c in tree["contexts"]]
    assert ["localhost:8080"] == [s["server"] for s in tree["servers"]]
    assert ["dev"] == [u["name"] for u in tree["users"]]
    assert "" == tree["current-context"]


def test_deleted_token(path):
    """After a logout neither token nor refresh token is left."""
    context.ConfigFile.read(path).set_token("prod", Secret(""))

    assert "canary-prod" not in path.read_text()
    assert "canary-refresh" not in path.read_text()
    assert "canary-dev" in path.read_text()


def test_address_picks_its_context(path):
    """A server named by address uses the token of the context it has, and no other's."""
    config = context.ConfigFile.read(path)

    assert "canary-dev" == config.server(address="localhost:8080").token.reveal()
    assert "" == config.server(address="elsewhere:1").token.reveal()


def test_unknown_context(path):
    """A context that does not exist is named."""
    with pytest.raises(errors.NotFound, match="Context 'x' undefined"):
        context.ConfigFile.read(path).server("x")


@pytest.mark.parametrize(
    ("environ", "made", "wanted"),
    [
        ({"ARGOCD_CONFIG_DIR": "{0}/a"}, [], "a/config"),
        ({"XDG_CONFIG_HOME": "{0}/x"}, [], "x/argocd/config"),
        ({}, [], ".config/argocd/config"),
        ({}, [".argocd/config"], ".argocd/config"),
        ({}, [".argocd/config", ".config/argocd/config"], ".config/argocd/config"),
    ],
)
def test_where(tmp_path, environ, made, wanted):
    """The variable, then the XDG folder, then the home; the old place where only that one is."""
    for name in made:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    filled = {key: value.format(tmp_path) for key, value in environ.items()}

    assert tmp_path / wanted == context.default_path({"HOME": str(tmp_path), **filled})
