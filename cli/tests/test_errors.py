"""Errors: one line on standard error, exit code 20, nothing on standard output."""

import json

import grpc
import pytest


def test_form(api, ask):
    """An error is the field's log line: level, message with the code's name, time."""
    api.answers["List"] = api.refusal(grpc.StatusCode.NOT_FOUND, "no such thing")

    done = ask("app", "list")

    assert (20, "") == (done.code, done.out)
    line = json.loads(done.err)
    assert {"level", "msg", "time"} == set(line)
    assert "rpc error: code = NotFound desc = no such thing" == line["msg"]


def test_text_form(api, ask):
    """`--logformat text` and the variable write it as text."""
    api.answers["List"] = api.refusal(grpc.StatusCode.INTERNAL, 'a "quote"')

    by_flag = ask("app", "list", "--logformat", "text")
    by_variable = ask("app", "list", environ={"ARGOCD_LOG_FORMAT": "text"})

    for done in (by_flag, by_variable):
        assert 20 == done.code
        message = 'level=fatal msg="rpc error: code = Internal desc = a \\"quote\\""'
        assert message in done.err


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("nonsense", "No such command 'nonsense'"),
        ("app nonsense", "No such command 'nonsense'"),
        ("app list --nonsense", "No such option"),
        ("app get", "Missing argument"),
        ("app get a b", "unexpected extra argument"),
        ("app get a/b/c", "NAMESPACE/NAME"),
        ("app list -o nonsense", "Invalid value"),
        ("app sync", "name an application"),
        ("app sync a -l x=y", "not both"),
        ("app sync a --retry-backoff-duration soon", "invalid duration"),
        ("app sync a --timeout -1", "-1"),
        ("app sync a --prune=maybe", 'invalid value "maybe" for --prune'),
        ("app sync a --strategy x", "Unknown sync strategy: 'x'"),
        ("app sync a --info x", "--info: expected KEY=VALUE"),
        ("app set a", "name at least one parameter"),
        ("app create", "NAMESPACE/NAME"),
        ("app create a --name b", "does not match"),
        ("app create a --auto-prune", "not configured with automatic sync"),
        ("app create a --dest-server s --dest-name n", "give one of"),
        ("app create a --sync-policy maybe", "Invalid sync-policy: maybe"),
        ("app create a --env x", "--env is not supported"),
        ("login host:1 --sso", "--sso is not supported"),
        ("app list --core", "--core is not supported"),
        ("app list --port-forward", "--port-forward is not supported"),
        ("app list --kubeconfig x", "--kubeconfig is not supported"),
        ("proj windows add p --kind deny", "--schedule is needed"),
        ("proj role add-policy p r -a get", "--action and --object are needed"),
        ("proj add-signature-key p xyz", "not a valid GnuPG key ID"),
        ("cert add-ssh", "--batch"),
        ("repo add https://r --type helm", "Must specify --name"),
        ("repo add https://r --tls-client-cert-path x", "must be specified together"),
        ("account generate-token -a b -e soon", "invalid duration"),
        ("completion tcsh", "Unsupported shell 'tcsh'"),
    ],
)
def test_wrong_line(api, ask, line, text):
    """A wrong line is refused, says why, and changes nothing on the server."""
    api.answers["Get"] = {"metadata": {"name": "a"}, "spec": {}, "status": {}}

    done = ask(*line.split())

    assert (20, "") == (done.code, done.out)
    assert text in json.loads(done.err)["msg"]
    assert not {"Sync", "Create", "Update", "UpdateSpec", "CreateToken"} & set(api.names())


def test_no_server(plumb):
    """Without a server anywhere, the message says how to name one."""
    done = plumb("app", "list")

    assert 20 == done.code
    assert "server address unspecified" in done.err


def test_unreachable(plumb):
    """A server that nothing listens for is an error, not a traceback."""
    done = plumb("app", "list", "--server", "127.0.0.1:1", "--plaintext")

    assert 20 == done.code
    assert "code = Unavailable" in done.err
    assert "Traceback" not in done.err


def test_secrets_stay_out_of_errors(ask):
    """A value that may be a secret is not repeated in an error about its form."""
    line = ["app", "create", "a", "--plugin-env", "canary"]

    done = ask(*line)

    assert 20 == done.code
    assert "canary" not in done.err
