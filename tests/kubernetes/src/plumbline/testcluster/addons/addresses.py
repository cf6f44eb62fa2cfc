"""Give Ingresses and Services of type LoadBalancer an address, as their controllers would.

Called by the add-ons' ``__main__``. The address is the loopback's: nothing listens there, but
health rules ask only whether an address was given.
"""

import asyncio
from typing import Any

from plumbline.testcluster.addons import client

__all__ = ["run"]

_INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
_SERVICES = "/api/v1/services"
_STATUS = {"status": {"loadBalancer": {"ingress": [{"ip": "127.0.0.1"}]}}}


async def run(api: client.Client) -> None:
    """Write missing addresses, for ever."""

    async def ingress(item: dict[str, Any]) -> None:
        if _lacks_address(item):
            await api.merge(_status_path("/apis/networking.k8s.io/v1", "ingresses", item), _STATUS)

    async def service(item: dict[str, Any]) -> None:
        if item["spec"].get("type") == "LoadBalancer" and _lacks_address(item):
            await api.merge(_status_path("/api/v1", "services", item), _STATUS)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(api.follow(_INGRESSES, ingress))
        tasks.create_task(api.follow(_SERVICES, service))


def _lacks_address(item: dict[str, Any]) -> bool:
    balancer = (item.get("status") or {}).get("loadBalancer") or {}
    return "deletionTimestamp" not in item["metadata"] and not balancer.get("ingress")


def _status_path(group: str, plural: str, item: dict[str, Any]) -> str:
    meta = item["metadata"]
    return f"{group}/namespaces/{meta['namespace']}/{plural}/{meta['name']}/status"
