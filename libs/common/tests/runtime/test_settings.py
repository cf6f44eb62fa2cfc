"""Settings: precedence of flag, variable and default, and errors that name what is wrong."""

import dataclasses

import pytest

from plumbline.core import errors
from plumbline.core.secret import MASK, Secret
from plumbline.runtime import settings

NO_PASSWORD = Secret("")


@dataclasses.dataclass(frozen=True)
class Sample:
    """Settings of a sample."""

    port: int = settings.option(80, flag="port", env=("A_PORT", "B_PORT"), help="port to bind")
    insecure: bool = settings.option(False, flag="insecure", env="INSECURE", help="plain text")
    names: tuple[str, ...] = settings.option((), flag="names", env="NAMES", help="names")
    password: Secret = settings.option(  # noqa: RUF009 -- a Secret does not change
        NO_PASSWORD, env="PASSWORD", help="password"
    )


def load(argv=(), **environ):
    return settings.load(Sample, argv, environ, prog="sample")


def test_defaults_hold_when_nothing_is_given():
    """Neither flag nor variable: the default."""
    assert Sample() == load()


def test_flag_beats_variable_and_first_variable_beats_second():
    """Precedence is flag, then variables in order."""
    assert 1 == load(["--port", "1"], A_PORT="2").port
    assert 2 == load(A_PORT="2", B_PORT="3").port
    assert 3 == load(A_PORT="", B_PORT="3").port


@pytest.mark.parametrize(
    ("argv", "want"),
    [(["--insecure"], True), (["--insecure=false"], False), (["--insecure", "true"], True)],
)
def test_boolean_flags_take_an_optional_value(argv, want):
    """`--insecure`, `--insecure=false`."""
    assert want == load(argv).insecure


def test_lists_are_split_at_commas():
    """Blank parts vanish."""
    assert ("a", "b") == load(NAMES="a, b,,").names


@pytest.mark.parametrize(
    ("argv", "environ", "named"),
    [
        (["--nope"], {}, "--nope"),
        (["--port", "x"], {}, "--port"),
        ([], {"A_PORT": "x"}, "A_PORT"),
        ([], {"INSECURE": "maybe"}, "INSECURE"),
    ],
)
def test_errors_name_what_is_wrong(argv, environ, named):
    """An unknown flag or an unreadable value is refused and named."""
    with pytest.raises(errors.InvalidArgument) as caught:
        load(argv, **environ)
    assert named in caught.value.message


def test_secrets_come_from_variables_and_stay_masked():
    """A secret has no flag and no readable text form."""
    loaded = load(PASSWORD="canary-7391")
    assert "canary-7391" == loaded.password.reveal()
    assert "canary-7391" not in f"{loaded!r} {loaded.password}"
    assert MASK in repr(loaded)
    assert ("", "PASSWORD", MASK, "password") == settings.describe(Sample)[3]
