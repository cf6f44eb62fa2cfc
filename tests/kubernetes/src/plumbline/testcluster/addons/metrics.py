"""Serve metrics.k8s.io/v1beta1, aggregated into the API server.

Called by the add-ons' ``__main__``. The API server reaches us through a Service of type
ExternalName that names localhost (endpoints on loopback are not valid), checks our certificate
against the Service's name and shows the front proxy's. Nothing is kept: pods are read when somebody
asks, and what they use comes from a `Source`: made up for played pods (``Played``), measured for
real ones (``kubelet.Measured``).
"""

import asyncio
import base64
import datetime as dt
import ssl
from typing import Any, Protocol

from aiohttp import web

from plumbline.core import errors
from plumbline.testcluster import load, pki
from plumbline.testcluster.addons import client, usage

__all__ = ["Mixed", "Played", "Source", "run"]

_GROUP = "metrics.k8s.io"
_VERSION = f"{_GROUP}/v1beta1"
_BASE = f"/apis/{_VERSION}"
_CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"
_RUNNING = "status.phase=Running"


class Source(Protocol):
    """Says what pods and nodes use, as objects of metrics.k8s.io/v1beta1."""

    async def pods(self, pods: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the PodMetrics of those of the running `pods` that have any."""
        ...

    async def nodes(self, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the NodeMetrics of those of the `nodes` that have any."""
        ...


class Played:
    """What played pods seem to use: the load settings of ``plumbline.testcluster.load``."""

    def __init__(self, api: client.Client) -> None:
        self._api = api

    async def pods(self, pods: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return PodMetrics by the load settings as they are now."""
        loads, now = await self._loads(), _now()
        return [usage.pod_metrics(pod, loads, now) for pod in pods]

    async def nodes(self, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return NodeMetrics: the sums of the pods."""
        running, loads = await asyncio.gather(
            self._api.get("/api/v1/pods", fieldSelector=_RUNNING), self._loads()
        )
        now = _now()
        return [usage.node_metrics(node, running["items"], loads, now) for node in nodes]

    async def _loads(self) -> list[load.Load]:
        try:
            return load.parse(await self._api.get(f"{_CONFIG_MAPS}/{load.CONFIG_MAP}"))
        except errors.NotFound:
            return []


class Mixed:
    """Real nodes measured, and those that KWOK plays beside them played."""

    def __init__(self, api: client.Client, real: Source, played: Source) -> None:
        self._api = api
        self._real = real
        self._played = played

    async def pods(self, pods: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return PodMetrics, each from the source of its node."""
        found = await self._api.get("/api/v1/nodes", resourceVersion="0")
        names = {node["metadata"]["name"] for node in found["items"] if _is_played(node)}
        played = [pod for pod in pods if pod["spec"]["nodeName"] in names]
        real = [pod for pod in pods if pod["spec"]["nodeName"] not in names]
        parts = await asyncio.gather(self._real.pods(real), self._played.pods(played))
        return [*parts[0], *parts[1]]

    async def nodes(self, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return NodeMetrics, each from its source."""
        played = [node for node in nodes if _is_played(node)]
        real = [node for node in nodes if not _is_played(node)]
        parts = await asyncio.gather(self._real.nodes(real), self._played.nodes(played))
        return [*parts[0], *parts[1]]


def _is_played(node: dict[str, Any]) -> bool:
    return "kwok.x-k8s.io/node" in (node["metadata"].get("annotations") or {})


async def run(api: client.Client, certificates: pki.Pki, port: int, source: Source) -> None:
    """Serve on the loopback `port` what `source` says and register there, for ever."""
    authority = base64.b64encode(certificates.ca.certificate.read_bytes()).decode()
    server = _Server(api, source)
    runner = web.AppRunner(server.application())
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=_tls(certificates)).start()
        await _register(api, authority, port)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


class _Server:
    """The answers of the metrics API."""

    def __init__(self, api: client.Client, source: Source) -> None:
        self._api = api
        self._source = source

    def application(self) -> web.Application:
        application = web.Application()
        get = application.router.add_get
        get("/apis", self._groups)
        get(f"/apis/{_GROUP}", self._group)
        get(_BASE, self._resources)
        get("/openapi/v2", self._openapi_v2)
        get("/openapi/v3", self._openapi_v3)
        get(f"{_BASE}/nodes", self._nodes)
        get(f"{_BASE}/nodes/{{name}}", self._nodes)
        get(f"{_BASE}/pods", self._pods)
        get(f"{_BASE}/namespaces/{{namespace}}/pods", self._pods)
        get(f"{_BASE}/namespaces/{{namespace}}/pods/{{name}}", self._pods)
        return application

    async def _groups(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group_fields()]}
        )

    async def _group(self, _: web.Request) -> web.Response:
        return web.json_response({"kind": "APIGroup", "apiVersion": "v1", **_group_fields()})

    async def _resources(self, _: web.Request) -> web.Response:
        kinds = (("nodes", "NodeMetrics", False), ("pods", "PodMetrics", True))
        resources = [
            {"name": name, "singularName": "", "kind": kind, "namespaced": namespaced,
             "verbs": ["get", "list"]}
            for name, kind, namespaced in kinds
        ]  # fmt: skip
        return web.json_response(
            {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": _VERSION,
             "resources": resources}
        )  # fmt: skip

    async def _openapi_v2(self, _: web.Request) -> web.Response:
        info = {"title": _GROUP, "version": "v1beta1"}
        return web.json_response({"swagger": "2.0", "info": info, "paths": {}})

    async def _openapi_v3(self, _: web.Request) -> web.Response:
        return web.json_response({"paths": {}})

    async def _pods(self, request: web.Request) -> web.Response:
        namespace = request.match_info.get("namespace")
        path = f"/api/v1/namespaces/{namespace}/pods" if namespace else "/api/v1/pods"
        metrics = await self._source.pods(await self._list(path, request, _RUNNING))
        return _answer("PodMetricsList", metrics, request)

    async def _nodes(self, request: web.Request) -> web.Response:
        metrics = await self._source.nodes(await self._list("/api/v1/nodes", request))
        return _answer("NodeMetricsList", metrics, request)

    async def _list(self, path: str, request: web.Request, *fields: str) -> list[dict[str, Any]]:
        """List objects with the selectors of the request, which the API server applies for us."""
        if name := request.match_info.get("name"):
            fields = (*fields, f"metadata.name={name}")
        if asked := request.query.get("fieldSelector"):
            fields = (*fields, asked)
        query = {"resourceVersion": "0"}  # from the API server's cache: cheap
        if fields:
            query["fieldSelector"] = ",".join(fields)
        if labels := request.query.get("labelSelector"):
            query["labelSelector"] = labels
        found = await self._api.get(path, **query)
        items: list[dict[str, Any]] = found["items"]
        return items


def _answer(kind: str, metrics: list[dict[str, Any]], request: web.Request) -> web.Response:
    if name := request.match_info.get("name"):
        if metrics:
            return web.json_response(metrics[0])
        status = {
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404,
            "reason": "NotFound", "message": f'{_GROUP} "{name}" not found',
        }  # fmt: skip
        return web.json_response(status, status=404)
    return web.json_response(
        {"kind": kind, "apiVersion": _VERSION, "metadata": {}, "items": metrics}
    )


def _group_fields() -> dict[str, Any]:
    version = {"groupVersion": _VERSION, "version": "v1beta1"}
    return {"name": _GROUP, "versions": [version], "preferredVersion": version}


def _now() -> str:
    return dt.datetime.now(tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tls(certificates: pki.Pki) -> ssl.SSLContext:
    """Only the API server's front proxy may ask us; it has already authorised the user."""
    tls = ssl.create_default_context(
        ssl.Purpose.CLIENT_AUTH, cafile=str(certificates.front_proxy_ca.certificate)
    )
    tls.verify_mode = ssl.CERT_REQUIRED
    pair = certificates.pair("metrics")
    tls.load_cert_chain(pair.certificate, pair.key)
    return tls


async def _register(api: client.Client, authority: str, port: int) -> None:
    service, namespace, _ = pki.METRICS_HOST.split(".")
    await api.establish(
        f"/api/v1/namespaces/{namespace}/services/{service}",
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": service, "namespace": namespace},
            "spec": {"type": "ExternalName", "externalName": "localhost"},
        },
    )
    await api.establish(
        f"/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.{_GROUP}",
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": f"v1beta1.{_GROUP}"},
            "spec": {
                "group": _GROUP,
                "version": "v1beta1",
                "service": {"name": service, "namespace": namespace, "port": port},
                "caBundle": authority,
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
            },
        },
    )
