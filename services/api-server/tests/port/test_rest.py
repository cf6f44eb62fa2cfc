"""REST over a real socket: the contract's JSON, errors, bodies and parameters."""

import asyncio
import json

import pytest
from yarl import URL

CANARY = "canary-9e1d"
JSON = {"Content-Type": "application/json"}


async def body(response):
    return json.loads(await response.read())


async def test_an_answer_is_the_contracts_json(serve):
    """Structs held by value are there, nulls too, and HTML's characters are escaped."""
    async with serve() as port, port.request("GET", "/api/v1/applications") as response:
        text = await response.text()
        assert 200 == response.status
        assert "application/json" == response.headers["Content-Type"]
        assert '"project":"\\u003cp\\u0026q\\u003e"' in text
        item = json.loads(text)["items"][0]
        assert {"metadata", "spec", "status"} == set(item)
        assert "<p&q>" == item["spec"]["project"]


async def test_an_answer_may_come_prepared(serve):
    """What is sent to many is serialised once; REST says the same of it."""
    async with serve() as port:
        texts = []
        for query in "", "?repo=prepared":
            async with port.request("GET", f"/api/v1/applications{query}") as response:
                texts.append(await response.text())
            async with port.request("GET", f"/api/v1/stream/applications{query}") as response:
                texts.append(await response.text())
        assert texts[:2] == texts[2:]
        assert "" not in texts


async def test_the_version_needs_no_token(serve):
    """An open method works without a credential; names are the contract's."""
    async with serve() as port, port.request("GET", "/api/version", headers={}) as response:
        assert {"Version": "v1"} == await body(response)


async def test_an_error_has_the_gateways_form(serve):
    """Status by the map, the text three times and once."""
    async with serve() as port, port.request("GET", "/api/v1/applications/missing") as response:
        assert 404 == response.status
        text = "no such application"
        assert {"error": text, "code": 5, "message": text} == await body(response)


async def test_who_has_no_token_is_refused_before_the_body_is_read(serve):
    """The refusal comes though the body never ends."""

    async def endless():
        yield b"{"
        await asyncio.Event().wait()

    async with serve() as port:
        sent = port.request("POST", "/api/v1/applications", headers=JSON, data=endless())
        async with sent as response:
            assert 401 == response.status
            assert "no session information" == (await body(response))["message"]
        assert [] == port.asked


async def test_a_defect_is_hidden(serve):
    """Its text stays inside; the answer has an id."""
    async with serve() as port, port.request("GET", "/api/v1/applications/defect") as response:
        text = await response.text()
        assert 500 == response.status
        assert CANARY not in text
        assert "internal error, id " in text


async def test_what_is_not_built_says_so(serve):
    """501, as the map has it."""
    async with serve() as port, port.request("GET", "/api/v1/notifications/services") as response:
        assert 501 == response.status
        assert 12 == (await body(response))["code"]


async def test_files_are_for_grpc(serve):
    """A stream of the client's cannot be sent as JSON."""
    async with serve() as port:
        path = "/api/v1/applications/manifestsWithFiles"
        async with port.request("POST", path, json={}) as response:
            assert 501 == response.status


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/nothing", 404, None),
        ("GET", "/api/v1/applications/a/b/c/d", 404, None),
        ("GET", "/api/v1/applications//sync", 404, None),
        ("GET", "/api/v1/applications/a/sync", 405, "POST"),
        ("PUT", "/api/v1/applications", 405, "GET, POST"),
        ("GET", "/api/v1/applications/%zz", 400, None),
        ("GET", "/api/v1/applications/%ff", 400, None),
    ],
)
async def test_unknown_paths_and_verbs_are_json_too(serve, method, path, status, allow):
    """404, 405 with Allow, and 400, each with the body of an error."""
    async with serve() as port:
        url = URL(f"{port.url}{path}", encoded=True)
        headers = {**port.auth, **JSON}
        async with port.session.request(method, url, headers=headers) as response:
            assert status == response.status
            assert {"error", "code", "message"} == set(await body(response))
            assert allow == response.headers.get("Allow")


async def test_a_body_that_is_a_field(serve):
    """POST of an application: the body is the application, the rest are parameters."""
    async with serve() as port:
        sent = {"metadata": {"name": "a"}, "SPEC": {"project": "p"}, "unknown": [1]}
        path = "/api/v1/applications?upsert=true&validate=0&application.metadata.name=z"
        async with port.request("POST", path, json=sent) as response:
            got = await body(response)
        asked = port.asked[0]
        assert (True, False, True) == (asked.upsert, asked.validate, asked.HasField("validate"))
        assert ("a", "p") == (got["metadata"]["name"], got["spec"]["project"])


async def test_the_path_overrules_the_body(serve):
    """What the path names is what is changed."""
    async with serve() as port:
        sent = {"metadata": {"name": "other"}}
        async with port.request("PUT", "/api/v1/applications/mine", json=sent) as response:
            assert 200 == response.status
        assert "mine" == port.asked[0].application.metadata.name
        sent = {"server": "https://other"}
        path = "/api/v1/clusters/https%3A%2F%2Fmine?id.type=url&updatedFields=a&updatedFields=b"
        url = URL(f"{port.url}{path}", encoded=True)
        async with port.session.put(url, json=sent, headers=port.auth) as response:
            assert "https://mine" == (await body(response))["server"]
        asked = port.asked[1]
        assert ("https://mine", "url") == (asked.id.value, asked.id.type)
        assert ["a", "b"] == list(asked.updatedFields)


async def test_a_body_may_be_a_string(serve):
    """A resource's patch is a JSON string."""
    async with serve() as port:
        path = "/api/v1/applications/a/resource?resourceName=r&version=v1&kind=Pod&patchType=x"
        async with port.request("POST", path, json='{"a":1}') as response:
            assert {"manifest": '{"a":1}'} == await body(response)


@pytest.mark.parametrize("data", [b"{", b'{"name": 3}', b"[]", b'{"dryRun":"yes"}'])
async def test_a_wrong_body_is_an_invalid_argument(serve, data):
    """400 and code 3; no value is repeated."""
    async with serve() as port:
        path = "/api/v1/applications/a/sync"
        headers = {**port.auth, **JSON}
        async with port.request("POST", path, data=data, headers=headers) as response:
            assert (400, 3) == (response.status, (await body(response))["code"])


async def test_an_empty_body_is_an_empty_message(serve):
    """io.EOF is no error."""
    async with serve() as port:
        path = "/api/v1/applications/a/sync"
        headers = {**port.auth, **JSON}
        async with port.request("POST", path, headers=headers) as response:
            assert 200 == response.status
        assert "a" == port.asked[0].name


async def test_a_long_body_is_refused(serve):
    """413 whether the length is told or not; the servicer never sees it."""

    async def chunks():
        for _ in range(64):
            yield b" " * 4096

    async with serve(max_body=100_000) as port:
        for data in (b" " * 200_000, chunks()):
            headers = {**port.auth, **JSON}
            path = "/api/v1/applications"
            async with port.request("POST", path, data=data, headers=headers) as response:
                assert 413 == response.status
        assert [] == port.asked


async def test_a_body_without_a_credential_is_short(serve):
    """A login is small; nobody may fill memory before he is known."""
    async with serve() as port:
        data = {"username": "x" * 100_000, "password": "p"}
        async with port.request("POST", "/api/v1/session", json=data, headers={}) as response:
            assert 413 == response.status


async def test_fields_select_of_an_answer(serve):
    """The list honours its fixed set; other methods have no such parameter."""
    async with serve() as port:
        path = "/api/v1/applications?fields=items.metadata.name,items.metadata.uid"
        async with port.request("GET", path) as response:
            assert {"metadata": {}, "items": [{"metadata": {"name": "a"}}]} == await body(response)
        async with port.request("GET", "/api/v1/applications/a?fields=spec") as response:
            assert "metadata" in await body(response)


async def test_long_answers_are_compressed_for_who_asks(serve):
    """Only then, and never below a thousand bytes."""
    async with serve() as port:
        raw = {**port.auth, "Accept-Encoding": "gzip"}
        path = "/api/v1/applications?selector=100"
        async with port.request("GET", path, headers=raw) as response:
            assert "gzip" == response.headers["Content-Encoding"]
            assert 100 == len((await body(response))["items"])
        async with port.request("GET", "/api/version", headers=raw) as response:
            assert "Content-Encoding" not in response.headers
    async with serve(gzip=False) as port, port.request("GET", path, headers=raw) as response:
        assert "Content-Encoding" not in response.headers


async def test_metadata_passes_both_ways(serve):
    """``Grpc-Metadata-*`` in and out; a renewed token becomes a cookie and nothing else."""
    async with serve() as port:
        sent = {**port.auth, "Grpc-Metadata-Colour": "red", "X-Other": "no"}
        path = "/api/v1/applications/renewing"
        async with port.request("GET", path, headers=sent) as response:
            labels = (await body(response))["metadata"]["labels"]
            assert "red" == labels["colour"]
            assert "x-other" not in labels
            assert "1" == response.headers["Grpc-Metadata-x-more"]
            assert "2" == response.headers["Grpc-Metadata-x-last"]
            assert "Grpc-Metadata-renew-token" not in response.headers
            assert ["argocd.token=fresh; Path=/; SameSite=lax; httpOnly"] == (
                response.headers.getall("Set-Cookie")
            )


async def test_a_deadline_ends_a_call(serve):
    """``Grpc-Timeout`` is honoured; the method is cancelled."""
    async with serve() as port:
        sent = {**port.auth, "Grpc-Timeout": "50m"}
        async with port.request("GET", "/api/v1/applications/slow", headers=sent) as response:
            assert (500, 4) == (response.status, (await body(response))["code"])
        await port.applications.cancelled.wait()


async def test_who_hangs_up_cancels_the_call(serve):
    """As over gRPC."""
    async with serve() as port:
        sent = asyncio.ensure_future(_get(port, "/api/v1/applications/slow"))
        await port.applications.begun.wait()
        sent.cancel()
        await port.applications.cancelled.wait()


async def _get(port, path):
    async with port.request("GET", path) as response:
        return await response.read()


async def test_calls_do_not_see_each_others_context(serve):
    """An open call after an authenticated one on the same connection knows no caller."""
    async with serve() as port:
        async with port.request("GET", "/api/v1/applications/a") as response:
            found = (await body(response))["metadata"]["annotations"]
            assert "good" == found["token"]
            assert found["peer"].startswith("127.0.0.1:")
        async with port.request("GET", "/api/v1/applications/a", headers={}) as response:
            assert 401 == response.status


async def test_the_peer_cannot_be_forged(serve):
    """What a client says about its address is not what is used."""
    async with serve() as port:
        sent = {**port.auth, "X-Forwarded-For": CANARY, "Grpc-Metadata-Peer": CANARY}
        async with port.request("GET", "/api/v1/applications/a", headers=sent) as response:
            assert CANARY not in (await body(response))["metadata"]["annotations"]["peer"]
