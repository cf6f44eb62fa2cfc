"""A controller that kills itself with SIGKILL around one request.

Run by test_sync_resume as a process of its own. Arguments: kubeconfig, namespace, a JSON file
{folder: [manifest]} with the repository's content, the commit, and the request as JSON
{method, path, body, when}: the first request of the method whose path and body hold the texts;
`when` says whether it is still sent.
"""

import asyncio
import importlib.util
import json
import os
import pathlib
import signal
import sys

from plumbline.app_controller.application import clusterpool
from plumbline.app_controller.settings import Settings
from plumbline.app_controller.wiring import Controller
from plumbline.kube import config
from plumbline.kube.client import KubeClient

HERE = pathlib.Path(__file__).parent


def memory_repo(file, commit):
    """The repository of the tests, as it was when the operation was asked for."""
    spec = importlib.util.spec_from_file_location("conftest", HERE / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    repo = module.MemoryRepo()
    repo.folders = json.loads(pathlib.Path(file).read_text())
    repo.commit = commit
    return repo


async def main(kubeconfig, namespace, file, commit, request):
    """Work until the request comes."""
    fatal = json.loads(request)

    class Mortal(KubeClient):
        """Dies with the request."""

        async def request(self, method, path, *, body=None, **more):
            hit = (
                method == fatal["method"]
                and fatal["path"] in path
                and fatal["body"].encode() in (body or b"")
            )
            if hit and fatal["when"] == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            answer = await super().request(method, path, body=body, **more)
            if hit:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

    # In this process only: the connections to target clusters are to be mortal too.
    clusterpool.KubeClient = Mortal
    own = config.from_kubeconfig(kubeconfig)
    settings = Settings(namespace=namespace, repo_poll_interval=0, sync_wave_delay=0.0)
    async with Mortal(own, user_agent="test") as client:
        controller = Controller(settings, own, client, memory_repo(file, commit))
        await controller.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
