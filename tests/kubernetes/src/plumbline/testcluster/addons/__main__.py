"""Run all add-ons of one cluster in one process; started by ``plumbline.testcluster.cluster``."""

import argparse
import asyncio
import contextlib
import pathlib
import signal
import sys

import aiohttp

from plumbline.runtime import logs
from plumbline.testcluster import kubeconfig, pki, ports
from plumbline.testcluster.addons import addresses, client, kubelet, metrics, volumes

_LONGEST_LINE = 2 * 2**20


def main() -> int:
    """Read the command line and serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m plumbline.testcluster.addons")
    parser.add_argument("--kubeconfig", type=pathlib.Path, required=True)
    parser.add_argument("--metrics-port", type=int, required=True)
    parser.add_argument("--pki", type=pathlib.Path, required=True)
    parser.add_argument("--node-address", help="address of the real node; without it, played ones")
    parser.add_argument("--volumes", type=pathlib.Path, help="where a real node's volumes are kept")
    options = parser.parse_args()
    logs.configure("testcluster-addons", form="text")
    access = kubeconfig.read(options.kubeconfig)
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_serve(access, options))
    return 0


async def _serve(access: kubeconfig.Access, options: argparse.Namespace) -> None:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    # No limit on connections: each watch holds one for good. A watch event is one line, as long as
    # the largest object that etcd stores.
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), read_bufsize=_LONGEST_LINE
    )
    async with session, asyncio.TaskGroup() as tasks:
        api = client.Client(access, session)
        address = options.node_address
        played = metrics.Played(api)
        source = metrics.Mixed(api, kubelet.Measured(api), played) if address else played
        certificates = pki.Pki(options.pki)
        tasks.create_task(addresses.run(api, address or ports.LOOPBACK))
        tasks.create_task(volumes.run(api, options.volumes))
        tasks.create_task(metrics.run(api, certificates, options.metrics_port, source))


if __name__ == "__main__":
    sys.exit(main())
