"""What is logged when something goes wrong."""

import io
import json

import pytest
import structlog

from plumbline.runtime import logs

CANARY = "canary-5b0c81"


@pytest.fixture(autouse=True)
def _as_before():
    """Logging as it was, for the tests that come after."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("how", ["exception", "exc_info"])
def test_a_traceback_shows_no_local_variable(form, how):
    """Places and the error are told; what a function held, be it a password, is not."""
    out = io.StringIO()
    logs.configure("test", form=form, out=out)
    log = structlog.get_logger()

    def fails(password):
        held = {"password": password}
        raise ValueError(f"{len(held)} thing went wrong")

    try:
        fails(CANARY)
    except ValueError as error:
        if how == "exception":
            log.exception("it failed")
        else:
            log.error("it failed", exc_info=error)  # noqa: TRY400 -- the way of boundaries

    text = out.getvalue()
    assert "1 thing went wrong" in text
    assert "fails" in text
    assert CANARY not in text
    if form == "json":
        (line,) = text.splitlines()
        assert ("it failed", "ValueError") == (
            json.loads(line)["event"],
            json.loads(line)["exception"][0]["exc_type"],
        )
