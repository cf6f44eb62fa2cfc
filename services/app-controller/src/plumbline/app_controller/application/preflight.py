"""Checks before the first write of a sync: what would fail later anyway fails at once.

Called by the executor. Two looks: at every task, whether the project permits it and the cluster
knows its kind; and, where order matters (more than one wave), a server-side dry run of what comes
after the first wave, so that no hook runs for a sync that the API server is bound to refuse. Only
"this object is invalid" counts there: whatever an earlier wave may put right is no reason.
"""

import asyncio

import orjson

from plumbline.app_controller.application.clusterpool import ClusterHandle
from plumbline.app_controller.application.running import RunningSync, row_of
from plumbline.app_controller.application.writes import Writer, defines
from plumbline.core import diff, errors, sync
from plumbline.core.model import gvk_of

__all__ = ["invalid_tasks", "refused_later"]


async def invalid_tasks(writer: Writer, handle: ClusterHandle, running: RunningSync) -> list[str]:
    """Return why tasks cannot be carried out at all, and note it in their rows."""
    problems = []
    for task in running.plan.tasks if running.plan else ():
        if running.done(task):
            continue
        try:
            await _check(writer, handle, running, task)
        except errors.PlumblineError as error:
            if error.transient:
                raise
            problems.append(error.message)
            running.rows[task.id] = row_of(task, "SyncFailed", error.message)
    return problems


async def _check(
    writer: Writer, handle: ClusterHandle, running: RunningSync, task: sync.Task
) -> None:
    manifest = task.manifest
    if manifest is None:
        writer.grant(handle, running, task.key, "delete")
        return
    writer.grant(handle, running, task.key, "create", "patch")
    options = (running.options, task.options)
    optional = any(o.skip_dry_run_on_missing for o in options)
    gvk = gvk_of(manifest)
    if not optional and not defines(running, gvk.group_kind):
        await handle.discovery.find(gvk)


async def refused_later(writer: Writer, handle: ClusterHandle, running: RunningSync) -> bool:
    """Try what comes after the first wave; whether the API server calls any of it invalid."""
    tasks = [
        task
        for wave in (running.plan.waves[1:] if running.plan else ())
        for task in wave.tasks
        if not (task.hook or task.prune or task.once or running.done(task))
    ]
    answers = await asyncio.gather(*(_dry(writer, handle, running, t) for t in tasks))
    for task, refusal in zip(tasks, answers, strict=True):
        if refusal:
            running.rows[task.id] = row_of(task, "SyncFailed", refusal)
    return any(answers)


async def _dry(writer: Writer, handle: ClusterHandle, running: RunningSync, task: sync.Task) -> str:
    """Return why an object is invalid, if it is."""
    manifest = task.manifest or {}
    kind = handle.discovery.known(gvk_of(manifest))
    if kind is None or defines(running, task.key.group_kind):
        return ""
    live = handle.live.get(task.key)
    if live is not None and (task.key.kind == "Secret" or gvk_of(live) != gvk_of(manifest)):
        return ""  # the cached copy is not what the patch would be computed from
    server_side = sync.method_of(running.options, task.options, live, force=False).kind != "apply"
    request = diff.client_side_apply(manifest, live, schema=handle.schema)
    grant = writer.grant(handle, running, task.key, "create", "patch")
    try:
        async with writer.limit:
            if isinstance(request, diff.Create):
                await handle.door.create(grant, kind, request.body, dry_run=True)
            elif isinstance(request, diff.Patch) and not server_side:
                await handle.door.patch(
                    grant,
                    kind,
                    task.key,
                    orjson.dumps(request.patch),
                    content_type=request.content_type,
                    dry_run=True,
                )
    except errors.InvalidArgument as error:
        return error.message
    except errors.PlumblineError:
        # Not about the object: a namespace still to be made, a quota, a webhook that is down.
        return ""
    return ""
