"""Builds the repo-server's objects and runs them until a stop signal.

The only module that constructs the parts; called by ``__main__`` with settings.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Final, TypeVar

import grpc
import structlog
from grpc_health.v1 import health, health_pb2_grpc

from plumbline import cache
from plumbline.core import errors, render
from plumbline.pb.repo import repo_pb2_grpc
from plumbline.repo_server import archives, git, gpg, planner, renderer, service
from plumbline.repo_server.charts import Charts
from plumbline.repo_server.helm import Helm, HelmRepositories, IndexReader
from plumbline.repo_server.integrity import Integrity
from plumbline.repo_server.jsonnet import Jsonnet
from plumbline.repo_server.kustomize import Kustomize
from plumbline.repo_server.oci import Registries
from plumbline.repo_server.origins import Origins
from plumbline.repo_server.sandbox.client import Sandbox
from plumbline.repo_server.settings import Settings
from plumbline.repo_server.tools import Tool
from plumbline.repo_server.web import Web
from plumbline.rpc import channels, identities, interceptors
from plumbline.runtime import readiness, serving

__all__ = ["serve"]

log = structlog.get_logger()
T = TypeVar("T")

_SERVICE: Final = "/plumbline.repo.v1.RepoService/"
_ROLES: Final = {
    _SERVICE: frozenset({"controller", "api-server"}),
    "/grpc.health.v1.Health/": frozenset({"*"}),
}
_KIND: Final = "render"
_VERIFY: Final = 15.0  # seconds that one signature may take


async def serve(settings: Settings, _: dict[str, str]) -> None:
    """Run the service until SIGINT or SIGTERM.

    Raises:
        errors.PlumblineError: a setting cannot be used, or there is no such sandbox.
    """
    stop = serving.stop_event()
    state = readiness.Readiness(stop)
    files = identities.IdentityFiles(settings.tls_cert, settings.tls_key, settings.tls_ca)
    async with contextlib.AsyncExitStack() as stack:
        checks = serving.HealthServer(
            settings.metrics_address, settings.metrics_port, readiness=state
        )
        await checks.start()
        stack.push_async_callback(checks.stop)
        data = Path(settings.data)
        stack.callback(_own(data).close)
        work = data / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        sandbox = Sandbox(settings.sandbox)
        await sandbox.start()
        stack.push_async_callback(sandbox.close)
        mirrors = git.Mirrors(
            git.Settings(
                data / "mirrors",
                request_timeout=settings.git_request_timeout,
                fetch_timeout=settings.git_fetch_timeout,
                is_partial=settings.git_partial,
                attempts=max(1, settings.git_attempts),
                pauses=(settings.git_retry, settings.git_retry_max, settings.git_retry_factor),
            ),
            _identities(settings),
        )
        stack.callback(mirrors.close)
        web = _web(settings)
        stack.push_async_callback(web.close)
        origins = Origins(mirrors, _charts(settings, web, sandbox, work))
        backend = _redis(settings)
        if backend is not None:
            stack.push_async_callback(backend.close)
            stack.callback(asyncio.ensure_future(state.watch("Redis", backend.check)).cancel)
        with contextlib.suppress(readiness.Stopped):
            store = await state.acquire(_attempt(lambda: _store(settings, backend)), _no_key)
            given = await state.acquire(_attempt(files.server_credentials), serving.no_identity)
            claims = cache.Claims(backend, kind=_KIND, prefix=settings.redis_prefix)
            tools = _tools(settings, sandbox, work)
            verifier = _verifier(settings, sandbox, work)
            servicer = _service(settings, origins, tools, store, claims, verifier)
            await _serve(settings, servicer, given, state, stop)


async def _serve(
    settings: Settings,
    servicer: service.RepoService,
    given: grpc.ServerCredentials,
    state: readiness.Readiness,
    stop: asyncio.Event,
) -> None:
    """Serve until the stop signal; renders in progress are finished."""
    drain = interceptors.Drain(end_streams=False)
    server = _server(settings, given, drain)
    repo_pb2_grpc.add_RepoServiceServicer_to_server(  # type: ignore[no-untyped-call]
        servicer, server
    )
    await server.start()
    state.start()
    log.info("ready", address=settings.address, port=settings.port)
    serving.freeze_heap()
    await stop.wait()
    log.info("stopping")
    await asyncio.sleep(settings.shutdown_delay)
    await drain.stop(server, settings.shutdown_grace)


def _attempt(make: Callable[[], T]) -> Callable[[], Awaitable[T]]:
    async def attempt() -> T:
        return make()

    return attempt


def _no_key(error: errors.PlumblineError) -> tuple[str, str]:
    return "signing key", f"{error.message}: it is in Secret plumbline-render-signing (keys Job)"


def _own(data: Path) -> IO[bytes]:
    """Take the data directory for this process.

    Raises:
        errors.FailedPrecondition: another process has it.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (data / "lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise errors.FailedPrecondition(f"{data} is in use by another repo-server") from error
    return lock


def _server(
    settings: Settings, given: grpc.ServerCredentials, drain: interceptors.Drain
) -> grpc.aio.Server:
    server = grpc.aio.server(
        interceptors=[interceptors.Errors(), drain, interceptors.RequireRole(_ROLES)],
        options=channels.server_options(),
    )
    address = f"{settings.address}:{settings.port}"
    try:
        port = server.add_secure_port(address, given)
    except RuntimeError as error:
        raise errors.FailedPrecondition(f"cannot listen on {address}") from error
    if not port:
        raise errors.FailedPrecondition(f"cannot listen on {address}")
    checks = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    return server


def _service(
    settings: Settings,
    origins: Origins,
    tools: dict[render.SourceType, Tool],
    store: cache.Store,
    claims: cache.Claims,
    verifier: gpg.Verifier,
) -> service.RepoService:
    known_hosts = ""
    if settings.ssh_known_hosts:
        try:
            known_hosts = Path(settings.ssh_known_hosts).read_text(encoding="utf-8")
        except OSError as error:
            raise errors.InvalidArgument(
                f"--plumbline-ssh-known-hosts {settings.ssh_known_hosts!r}: {error.strerror}"
            ) from error
    made = renderer.Renderer(
        origins=origins,
        planner=planner.Planner(tools, settings=render.Settings(), has_chart=origins.charts.has),
        store=store,
        claims=claims,
        settings=renderer.Settings(
            parallelism=settings.parallelism_limit or os.cpu_count() or 1,
            waiting=settings.queue_limit,
            max_directory=settings.max_directory_size,
            patience=settings.exec_timeout,
            failures=settings.failure_expiration,
        ),
    )
    return service.RepoService(
        origins.mirrors,
        origins,
        made,
        Integrity(origins.mirrors, verifier),
        allow_file=settings.allow_file,
        known_hosts=known_hosts,
        submodules=settings.git_modules,
    )


def _web(settings: Settings) -> Web:
    return Web(
        silence=settings.git_request_timeout,
        total=settings.git_fetch_timeout,
        agent=settings.helm_user_agent or "plumbline-repo-server",
    )


def _charts(settings: Settings, web: Web, sandbox: Sandbox, work: Path) -> Charts:
    data = Path(settings.data) / "charts"
    helm_size = 0 if settings.helm_unlimited else settings.helm_max_extracted_size
    oci_size = 0 if settings.oci_unlimited else settings.oci_max_extracted_size
    ttl = settings.revision_cache_expiration
    return Charts(
        HelmRepositories(
            web,
            IndexReader(sandbox, work=work, timeout=settings.exec_timeout),
            work=work,
            max_index=settings.helm_max_index_size,
            ttl=ttl,
        ),
        Registries(web, ttl=ttl),
        charts=archives.Archives(data / "charts", archives.Limits(unpacked=helm_size)),
        artifacts=archives.Archives(data / "artifacts", archives.Limits(unpacked=oci_size)),
        layer_types=frozenset(
            name.strip() for name in settings.oci_layer_media_types.split(",") if name.strip()
        ),
        scope_key=os.urandom(32),
    )


def _identities(settings: Settings) -> git.Identities:
    return git.Identities(
        git.AzurePod(
            client_id=settings.azure_client_id,
            tenant_id=settings.azure_tenant_id,
            token_file=settings.azure_token_file,
            authority=settings.azure_authority,
            hosts=settings.azure_hosts,
        )
    )


def _tools(settings: Settings, sandbox: Sandbox, work: Path) -> dict[render.SourceType, Tool]:
    timeout = settings.exec_timeout
    found: dict[render.SourceType, Tool] = {
        render.SourceType.DIRECTORY: Jsonnet(sandbox, work=work, timeout=timeout)
    }
    helm = settings.helm or shutil.which("helm") or ""
    named = settings.kustomize or shutil.which("kustomize") or ""
    binary = named or settings.kubectl or shutil.which("kubectl") or ""
    if binary:
        found[render.SourceType.KUSTOMIZE] = Kustomize(
            _program("--kustomize/--kubectl", binary),
            sandbox,
            work=work,
            timeout=timeout,
            is_kubectl=not named,
            helm=_program("--helm", helm) if helm else None,
            directories=[Path(path) for path in settings.custom_tools.split(":") if path],
        )
    else:
        log.warning("no kustomize and no kubectl: kustomizations cannot be rendered")
    if helm:
        found[render.SourceType.HELM] = Helm(
            _program("--helm", helm), sandbox, work=work, timeout=timeout
        )
    else:
        log.warning("no helm: charts cannot be rendered")
    return found


def _verifier(settings: Settings, sandbox: Sandbox, work: Path) -> gpg.Verifier:
    named = settings.gpgv or shutil.which("gpgv") or ""
    binary = _program("--plumbline-gpgv", named) if named else None
    if binary is None:
        log.warning("no gpgv: signatures cannot be verified, what asks for one is not rendered")
    return gpg.Verifier(binary, sandbox, work=work, timeout=_VERIFY)


def _program(flag: str, path: str) -> Path:
    if not Path(path).is_file():
        raise errors.InvalidArgument(f"{flag} {path!r} is not a file")
    return Path(path)


def _redis(settings: Settings) -> cache.RedisBackend | None:
    if not settings.redis:
        return None
    return cache.RedisBackend(
        cache.Settings(
            address=settings.redis,
            username=settings.redis_username,
            password=settings.redis_password,
            password_file=settings.redis_password_file,
            database=settings.redis_db,
            use_tls=settings.redis_use_tls,
            ca_file=settings.redis_ca,
            certificate_file=settings.redis_certificate,
            key_file=settings.redis_key,
            insecure=settings.redis_insecure,
        )
    )


def _store(settings: Settings, backend: cache.RedisBackend | None) -> cache.Store:
    """Build the store of renders.

    Raises:
        errors.InvalidArgument: the signing key cannot be read.
    """
    signer: cache.Seals
    verifier: cache.Opens
    if settings.signing_key:
        try:
            signer = verifier = cache.KeyFile(
                settings.signing_key, kind=_KIND, epoch=settings.cache_epoch
            )
        except errors.InvalidArgument as error:
            raise errors.InvalidArgument(f"--plumbline-signing-key {error.message}") from error
    else:
        made = cache.Signer.generate(kind=_KIND, epoch=settings.cache_epoch)
        signer, verifier = made, made.verifier()
    return cache.Store(
        _KIND,
        signer=signer,
        verifier=verifier,
        backend=backend,
        ttl=int(settings.cache_expiration),
        prefix=settings.redis_prefix,
    )
