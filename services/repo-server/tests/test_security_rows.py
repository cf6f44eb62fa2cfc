"""Published holes of rendering services by their names, in repositories of Git."""

import json
import pathlib

from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ok}\n"


async def test_cve_2022_31016_a_gigabyte_in_one_file_is_refused_by_its_size(
    start_service, repository, git_http, authority
):
    """Its size is known before its content is read; the next source renders."""
    repository.write({"good/x.yaml": OBJECT})
    (repository.path / "app").mkdir()
    with (repository.path / "app" / "x.yaml").open("wb") as file:
        file.truncate(1 << 30)
    repository.commit()
    service = start_service()
    before = _peak(service.process.pid)

    answers = []
    for path in ("app", "good"):
        request = repo_pb2.RenderRequest(
            repository=repo_pb2.Repository(url=f"{git_http.url}/source/.git"),
            sources=[
                repo_pb2.SourceRequest(id="x", source_json=json.dumps({"path": path}).encode())
            ],
        )
        answers.append(await _render(service, authority, request))
    bad, good = answers

    assert bad.error.code in ("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED")
    assert 1 == len(good.manifests)
    assert _peak(service.process.pid) - before < 512 << 20


def _peak(pid):
    """Return the most memory that a process had at a time, in bytes."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


async def _render(service, authority, request):
    async with channels.channel(service.target, authority.identity("controller")) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        (answer,) = [answer async for answer in stub.Render(request)]
    return answer
