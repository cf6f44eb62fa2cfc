"""Give Ingresses and Services of type LoadBalancer an address, as their controllers would.

Called by the add-ons' ``__main__``. With played nodes the address is the loopback's: nothing
listens there, but health rules ask only whether an address was given. With a real node it is the
node's, where kube-proxy then serves load balancers.
"""

import asyncio
from typing import Any

from plumbline.testcluster.addons import client

__all__ = ["run"]

_INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
_SERVICES = "/api/v1/services"


async def run(api: client.Client, address: str) -> None:
    """Write `address` where one is missing, for ever."""
    status = {"status": {"loadBalancer": {"ingress": [{"ip": address}]}}}

    async def ingress(item: dict[str, Any]) -> None:
        if _lacks_address(item):
            await api.merge(_status_path("/apis/networking.k8s.io/v1", "ingresses", item), status)

    async def service(item: dict[str, Any]) -> None:
        if item["spec"].get("type") == "LoadBalancer" and _lacks_address(item):
            await api.merge(_status_path("/api/v1", "services", item), status)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(api.follow(_INGRESSES, ingress))
        tasks.create_task(api.follow(_SERVICES, service))


def _lacks_address(item: dict[str, Any]) -> bool:
    balancer = (item.get("status") or {}).get("loadBalancer") or {}
    return "deletionTimestamp" not in item["metadata"] and not balancer.get("ingress")


def _status_path(group: str, plural: str, item: dict[str, Any]) -> str:
    meta = item["metadata"]
    return f"{group}/namespaces/{meta['namespace']}/{plural}/{meta['name']}/status"
