"""Streams over HTTP: lines, events, errors, keep-alives, selected fields."""

import json

STREAM = "/api/v1/stream/applications"
EVENTS = {"Accept": "text/event-stream"}


async def test_lines(serve):
    """One JSON text per line, each a result."""
    async with serve() as port, port.request("GET", f"{STREAM}?selector=3") as response:
        assert "application/json" == response.headers["Content-Type"]
        lines = (await response.text()).splitlines()
        found = [json.loads(line)["result"]["application"]["metadata"] for line in lines]
        assert ["0", "1", "2"] == [metadata["resourceVersion"] for metadata in found]


async def test_events(serve):
    """``data: {"result":…} `` and an empty line; never compressed."""
    async with serve() as port:
        headers = {**port.auth, **EVENTS, "Accept-Encoding": "gzip"}
        async with port.request("GET", f"{STREAM}?selector=2", headers=headers) as response:
            assert "text/event-stream" == response.headers["Content-Type"]
            assert "Content-Encoding" not in response.headers
            events = (await response.text()).split("\n\n")
            assert 3 == len(events)
            assert "" == events.pop()
            for event in events:
                assert event.startswith('data: {"result":{')
                assert event.endswith("} ")


async def test_an_idle_event_stream_is_kept_alive(serve):
    """A comment line each interval, before the first event and between."""
    async with serve(keepalive_seconds=0.01, stream_open_seconds=0.01) as port:
        for count in "0", "1":
            headers = {**port.auth, **EVENTS}
            path = f"{STREAM}?name=endless&selector={count}"
            async with port.request("GET", path, headers=headers) as response:
                for _ in range(int(count) * 2):
                    assert (await response.content.readline()).strip() != b":"
                for _ in range(3):
                    assert b":\n" == await response.content.readline()


async def test_lines_have_no_comments(serve):
    """A comment would be no JSON."""
    path = f"{STREAM}?name=endless&selector=1"
    short = {"keepalive_seconds": 0.01, "stream_open_seconds": 0.01}
    async with serve(**short) as port, port.request("GET", path) as response:
        assert (await response.content.readline()).startswith(b'{"result"')
        port.applications.finish.set()
        assert b"" == await response.content.readline()


async def test_an_early_error_is_the_status(serve):
    """The head is not sent before the first answer or a second."""
    async with serve() as port, port.request("GET", f"{STREAM}?name=refused") as response:
        assert 403 == response.status
        assert {
            "error": {
                "grpc_code": 7,
                "http_code": 403,
                "message": "not for you",
                "http_status": "Forbidden",
            }
        } == json.loads(await response.text())


async def test_no_token_is_an_early_error_too(serve):
    """401, as everywhere."""
    async with serve() as port, port.request("GET", STREAM, headers={}) as response:
        assert 401 == response.status


async def test_a_late_error_is_the_last_element(serve):
    """In both forms."""
    async with serve() as port:
        for headers in port.auth, {**port.auth, **EVENTS}:
            path = f"{STREAM}?name=failing&selector=2"
            async with port.request("GET", path, headers=headers) as response:
                text = (await response.text()).replace("data: ", "")
                last = json.loads(text.strip().splitlines()[-1])
                assert (200, 14) == (response.status, last["error"]["grpc_code"])


async def test_who_leaves_a_stream_ends_it(serve):
    """The method is cancelled."""
    async with serve() as port:
        async with port.request("GET", f"{STREAM}?name=endless") as response:
            await response.content.readline()
            await port.applications.begun.wait()
            response.close()
        await port.applications.cancelled.wait()


async def test_selected_fields_and_no_repetition(serve):
    """What is the same after selection is said once per application."""
    async with serve() as port:
        path = f"{STREAM}?selector=5&fields=result.application.metadata.name,result.type"
        async with port.request("GET", path) as response:
            lines = [json.loads(line) for line in (await response.text()).splitlines()]
        wanted = {"type": "MODIFIED", "application": {"metadata": {"name": "a"}}}
        assert [{"result": wanted}] == lines
        path = f"{STREAM}?selector=3&fields=-result.application.spec,result.application.status"
        async with port.request("GET", path) as response:
            lines = [json.loads(line)["result"] for line in (await response.text()).splitlines()]
        assert [{"metadata"}] * 3 == [set(line["application"]) for line in lines]


async def test_an_additional_binding_streams_too(serve):
    """Logs have two paths."""
    async with serve() as port:
        for path in "/api/v1/applications/a/pods/p/logs", "/api/v1/applications/a/logs?podName=p":
            async with port.request("GET", path) as response:
                result = json.loads(await response.text())["result"]
                assert ("p", "x" * 1000) == (result["podName"], result["content"])
