"""What a service's log shows of an exception."""

import io
import json

import pytest
import structlog

from plumbline.runtime import logs


@pytest.fixture
def written():
    """Return what is logged in one form when a call with a secret fails."""
    before = structlog.get_config()

    def write(form):
        out = io.StringIO()
        logs.configure("test", form=form, out=out)
        log = structlog.get_logger()
        try:
            _fail("canary-4c1e", {"password": "canary-5d2f"})
        except ValueError:
            log.exception("call failed")
        return out.getvalue()

    yield write
    structlog.reset_defaults()
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


def _fail(token, request):
    known = (token, request)
    raise ValueError(f"{len(known)} things are wrong")


def test_a_json_line_has_the_frames_and_no_local_variable(written):
    """Type, text and places; locals hold requests, tokens and manifests."""
    line = json.loads(written("json"))
    (told,) = line["exception"]
    assert ("ValueError", "2 things are wrong") == (told["exc_type"], told["exc_value"])
    assert "_fail" == told["frames"][-1]["name"]
    assert "canary" not in json.dumps(line)


def test_a_terminal_shows_the_traceback_and_no_local_variable(written):
    """Also where a library that draws tracebacks with locals is installed."""
    text = written("text")
    assert "2 things are wrong" in text
    assert "_fail" in text
    assert "canary" not in text.replace('_fail("canary-4c1e", {"password": "canary-5d2f"})', "")
