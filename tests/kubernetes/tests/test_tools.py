"""helm, kubectl and kustomize are of the versions that are locked; Redis wants its password."""

import subprocess

import pytest
import redis

from plumbline.testcluster import tools


@pytest.fixture(scope="module")
def found():
    return tools.ensure_tools(print)


@pytest.mark.parametrize(
    ("program", "argv", "expected"),
    [
        ("helm", ["version", "--short"], "v4.2.3"),
        ("kubectl", ["version", "--client"], "v1.36.3"),
        ("kustomize", ["version"], "v5.8.1"),
    ],
)
def test_versions(found, program, argv, expected):
    command = [str(getattr(found, program)), *argv]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    assert expected in answer.stdout


def test_redis_answers_with_its_password_and_refuses_without(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
        fields = client.connection_pool.connection_kwargs
    with (
        redis.Redis(host=fields["host"], port=fields["port"]) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()
