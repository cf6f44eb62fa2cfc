"""Logging in and out, contexts, and which server and token a command uses."""

import base64
import json
import stat

import grpc
import pytest
import yaml


def token(subject="admin:login"):
    body = base64.urlsafe_b64encode(json.dumps({"sub": subject}).encode()).decode().rstrip("=")
    return f"canary.{body}.signature"


@pytest.fixture
def config(tmp_path):
    return tmp_path / "config"


@pytest.fixture
def login(api, plumb):
    """Log in to the fake server."""

    def run(*words):
        api.answers["Create"] = {"token": token()}
        words = words or ("--username", "admin", "--password", "secret")
        return plumb("login", api.address, "--plaintext", *words)

    return run


def test_login(api, login, config):
    """A login keeps the token, for the owner only, and makes its context the current one."""
    done = login()

    assert (0, "") == (done.code, done.err)
    wanted = f"'admin:login' logged in successfully\nContext '{api.address}' updated\n"
    assert wanted == done.out
    assert [{"username": "admin", "password": "secret"}] == api.requests("Create")
    tree = yaml.safe_load(config.read_text())
    assert [{"name": api.address, "auth-token": token()}] == tree["users"]
    assert (api.address, True) == (tree["current-context"], tree["servers"][0]["plain-text"])
    assert 0o600 == stat.S_IMODE(config.stat().st_mode)


def test_token_goes_along(api, login, plumb):
    """Calls of a context carry its token, and no flag is needed any more."""
    login()

    assert 0 == plumb("app", "list").code
    assert token() == api.metadata["token"]


def test_named_context(api, login, plumb):
    """`--name` names the context."""
    login("--username", "u", "--password", "p", "--name", "prod")

    done = plumb("context")
    assert ["CURRENT", "NAME", "SERVER", "*", "prod", api.address] == done.out.split()


def test_refused_login(api, plumb, config):
    """A login that is refused changes nothing, and does not show the password."""
    code = grpc.StatusCode.UNAUTHENTICATED
    api.answers["Create"] = api.refusal(code, "Invalid username or password")
    words = ["--username", "u", "--password", "canary"]

    done = plumb("login", api.address, "--plaintext", *words)

    assert 20 == done.code
    assert "Invalid username or password" in done.err
    assert "canary" not in done.err + done.out
    assert not config.exists()


def test_no_tls(api, plumb):
    """A server without TLS is not spoken to in the clear unless that is asked for."""
    done = plumb("login", api.address, "--username", "u", "--password", "p")

    assert 20 == done.code
    assert "not configured with TLS" in done.err
    assert "--plaintext" in done.err
    assert [] == api.asked


def test_logout(api, login, plumb, config):
    """A logout ends the session on the server and forgets the token."""
    login()

    done = plumb("logout", api.address)

    assert f"Logged out from '{api.address}'\n" == done.out
    assert "Delete" == api.names()[-1]
    assert token() == api.metadata["token"]
    assert token() not in config.read_text()
    assert 20 == plumb("logout", api.address).code


def test_logout_without_the_server(api, login, plumb, config):
    """The token is forgotten even where the server cannot be told, which is said."""
    login()
    api.answers["Delete"] = api.refusal(grpc.StatusCode.UNAVAILABLE, "down")

    done = plumb("logout", api.address)

    assert 0 == done.code
    assert "not ended on the server" in done.err
    assert token() not in config.read_text()


def test_relogin(api, login, plumb, config):
    """A relogin asks for the user of the token, and replaces it."""
    login()
    api.answers["Create"] = {"token": "new"}

    done = plumb("relogin", "--password", "again")

    assert 0 == done.code
    assert {"username": "admin", "password": "again"} == api.requests("Create")[-1]
    assert ["new"] == [u["auth-token"] for u in yaml.safe_load(config.read_text())["users"]]


def test_switching(api, login, plumb):
    """Contexts are listed, switched to and deleted."""
    login("--username", "u", "--password", "p", "--name", "one")
    login("--username", "u", "--password", "p", "--name", "two")

    assert "Switched to context 'one'\n" == plumb("context", "one").out
    assert "Already at context 'one'\n" == plumb("context", "one").out
    assert "Context 'one' deleted\n" == plumb("context", "one", "--delete").out
    assert 20 == plumb("context", "one").code
    assert 20 == plumb("app", "list").code
    assert 0 == plumb("app", "list", "--argocd-context", "two").code
    assert 20 == plumb("app", "list", "--argocd-context", "three").code


def test_token_stays_with_its_server(api, login, plumb, config):
    """A token is never sent to a server that its context does not name."""
    login()
    tree = yaml.safe_load(config.read_text())
    tree["contexts"][0]["server"] = "elsewhere.example:443"
    config.write_text(yaml.safe_dump(tree))

    assert 0 == plumb("app", "list", "--server", api.address, "--plaintext").code
    assert "token" not in api.metadata


@pytest.mark.parametrize("place", ["before", "between", "after"])
def test_global_flags(api, plumb, place):
    """Global flags may stand before, between and after the words of a command."""
    words = ["--server", api.address, "--plaintext=true", "--auth-token", "mine"]
    line = {
        "before": [*words, "app", "list"],
        "between": ["app", *words, "list"],
        "after": ["app", "list", *words],
    }

    assert 0 == plumb(*line[place]).code
    assert "mine" == api.metadata["token"]


def test_environment(api, plumb):
    """Server, token and standing options come from the environment; flags win."""
    environ = {
        "ARGOCD_SERVER": api.address,
        "ARGOCD_AUTH_TOKEN": "from-environment",
        "ARGOCD_OPTS": "--plaintext --header 'X-One: 1'",
    }

    assert 0 == plumb("app", "list", environ=environ).code
    assert ("from-environment", "1") == (api.metadata["token"], api.metadata["x-one"])
    assert 0 == plumb("app", "list", "--auth-token", "flag", "-H", "X-Two: 2,X-Three: 3",
                      environ=environ).code  # fmt: skip
    assert ("flag", "2", "3") == tuple(api.metadata[k] for k in ("token", "x-two", "x-three"))
    assert 20 == plumb("app", "list", environ={**environ, "ARGOCD_OPTS": "--nonsense"}).code
    assert 20 == plumb("app", "list", environ={**environ, "ARGOCD_OPTS": "'"}).code


def test_size_of_answers(api, plumb):
    """Answers larger than ARGOCD_GRPC_MAX_SIZE_MB are refused; a size that is none is named."""
    api.answers["List"] = {"items": [{"metadata": {"name": "x" * 2_000_000}, "spec": {}}]}
    line = ["app", "list", "-o", "json", "--server", api.address, "--plaintext"]

    assert 0 == plumb(*line).code
    refused = plumb(*line, environ={"ARGOCD_GRPC_MAX_SIZE_MB": "1"})
    assert 20 == refused.code
    assert "ResourceExhausted" in refused.err
    wrong = plumb(*line, environ={"ARGOCD_GRPC_MAX_SIZE_MB": "big"})
    assert "ARGOCD_GRPC_MAX_SIZE_MB" in wrong.err


def test_header_without_value(api, plumb):
    """A header that is none is refused without being shown."""
    done = plumb("app", "list", "--server", api.address, "--plaintext", "-H", "canary")

    assert 20 == done.code
    assert "canary" not in done.err


def test_password_change_logs_in_again(api, login, plumb, config):
    """After a change of one's own password, the context has a token that is valid."""
    login()
    api.answers.update(GetUserInfo={"loggedIn": True, "username": "admin"})
    api.answers["Create"] = {"token": "after"}
    words = ["--current-password", "secret", "--new-password", "longer"]

    done = plumb("account", "update-password", *words)

    assert (0, "") == (done.code, done.err)
    assert "longer" == api.requests("Create")[-1]["password"]
    assert "after" == yaml.safe_load(config.read_text())["users"][0]["auth-token"]


def test_session_token(api, login, plumb):
    """The token is printed by the one command that is for it."""
    login()

    assert f"{token()}\n" == plumb("account", "session-token").out
    for line in ("context", "version --client", "app list"):
        assert "canary" not in plumb(*line.split()).out


def test_prompts(plumb, config):
    """`configure` keeps whether optional questions are asked."""
    assert 0 == plumb("configure", "--prompts-enabled=true").code
    assert yaml.safe_load(config.read_text())["prompts-enabled"] is True
    assert 0 == plumb("configure", "--prompts-enabled=false").code
    assert yaml.safe_load(config.read_text())["prompts-enabled"] is False
    assert 20 == plumb("configure").code
