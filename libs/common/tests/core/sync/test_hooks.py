"""Hooks as values: phases, policies, names, marks, result; and their place in a plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import sync
from plumbline.core.model import ResourceKey, key_of

RUN = sync.HookRun("uid-1", "0123456789abcdef", 1700000000)
HOOK = "argocd.argoproj.io/hook"
POLICY = "argocd.argoproj.io/hook-delete-policy"


def manifest(name="x", kind="Job", wave=None, **annotations):
    names = {
        "hook": HOOK,
        "policy": POLICY,
        "helm": "helm.sh/hook",
        "helm_policy": "helm.sh/hook-delete-policy",
        "weight": "helm.sh/hook-weight",
    }
    marks = {names[k]: v for k, v in annotations.items()}
    if wave is not None:
        marks["argocd.argoproj.io/sync-wave"] = str(wave)
    return {
        "apiVersion": "batch/v1" if kind == "Job" else "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "n", "annotations": marks},
    }


def plan(*manifests, **more):
    request = {"extraneous": {}, "run": RUN} | more
    return sync.plan(sync.Request(target={key_of(m): m for m in manifests}, **request))


def order(made):
    return [(w.phase, w.number, [t.key.name for t in w.tasks]) for w in made.waves]


@pytest.mark.parametrize(
    ("annotations", "hook", "phases"),
    [
        ({}, False, ()),
        ({"hook": "PreSync"}, True, ("PreSync",)),
        ({"hook": "PostSync, PreSync"}, True, ("PreSync", "PostSync")),
        ({"hook": "Skip"}, True, ()),
        ({"hook": "Tomorrow"}, True, ()),
        ({"helm": "pre-install,pre-upgrade"}, True, ("PreSync",)),
        ({"helm": "post-upgrade"}, True, ("PostSync",)),
        ({"helm": "pre-delete,post-delete"}, True, ("PreDelete", "PostDelete")),
        ({"helm": "crd-install"}, False, ()),
        ({"helm": "test"}, True, ()),
        ({"helm": "pre-install", "hook": "Sync"}, True, ("Sync",)),
    ],
)
def test_annotations_say_whether_and_when(annotations, hook, phases):
    """config.md section 11; ours win over Helm's."""
    found = manifest(**annotations)
    assert (hook, phases) == (sync.is_hook(found), sync.hook_phases(found))


@pytest.mark.parametrize(
    ("annotations", "policies"),
    [
        ({}, {"BeforeHookCreation"}),
        ({"policy": "HookSucceeded, HookFailed"}, {"HookSucceeded", "HookFailed"}),
        ({"policy": "Whenever"}, {"BeforeHookCreation"}),
        ({"helm_policy": "hook-succeeded,before-hook-creation"},
         {"HookSucceeded", "BeforeHookCreation"}),
        ({"policy": "HookFailed", "helm_policy": "hook-succeeded"}, {"HookFailed"}),
    ],
)  # fmt: skip
def test_delete_policies(annotations, policies):
    """Default where no valid one is named; Helm's map one to one."""
    assert policies == sync.hook_policies(manifest(**annotations))


def test_the_object_of_a_run_is_marked_and_held():
    """The mark tells this run from others; the finalizer is set once; the input is not changed."""
    wanted = manifest(hook="PreSync")
    wanted["metadata"]["finalizers"] = ["mine", sync.HOOK_FINALIZER]
    made = sync.hook_object(wanted, "PreSync", RUN)
    assert ["mine", sync.HOOK_FINALIZER] == made["metadata"]["finalizers"]
    assert sync.is_run_of(made, sync.run_mark(RUN, "PreSync"))
    assert sync.RUN_MARK not in wanted["metadata"]["annotations"]
    others = [
        sync.HookRun("uid-2", RUN.revision, RUN.started),
        sync.HookRun("uid-1", RUN.revision, RUN.started + 1),
        sync.HookRun("uid-1", RUN.revision, RUN.started, attempt=1),
    ]
    assert not any(sync.is_run_of(made, sync.run_mark(o, "PreSync")) for o in others)
    assert not sync.is_run_of(made, sync.run_mark(RUN, "PostSync"))


def test_a_generated_name_is_the_same_for_the_same_run():
    """<generateName><7 of revision>-<phase>-<start>, in the tracking id too; attempts differ."""
    wanted = manifest(hook="PostSync")
    del wanted["metadata"]["name"]
    wanted["metadata"]["generateName"] = "load-"
    wanted["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = "app:batch/Job:n/"
    made = sync.hook_object(wanted, "PostSync", RUN)
    name = "load-0123456-postsync-1700000000"
    assert name == made["metadata"]["name"]
    assert "generateName" not in made["metadata"]
    tracking = made["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"]
    assert f"app:batch/Job:n/{name}" == tracking
    assert made == sync.hook_object(wanted, "PostSync", RUN)
    again = sync.hook_object(
        wanted, "PostSync", sync.HookRun("uid-1", RUN.revision, RUN.started, 2)
    )
    assert f"{name}-2" == again["metadata"]["name"]


@pytest.mark.parametrize(
    ("conditions", "deleted", "phase"),
    [
        ([], False, "Running"),
        ([{"type": "Complete", "status": "True"}], False, "Succeeded"),
        ([{"type": "Failed", "status": "True", "message": "no"}], False, "Failed"),
        ([{"type": "Suspended", "status": "True"}], False, "Running"),
        ([{"type": "Complete", "status": "True"}], True, "Succeeded"),
    ],
)
def test_the_phase_of_a_hook_comes_from_its_health(conditions, deleted, phase):
    """behaviour.md section 5; what the finalizer holds counts as what it is."""
    live = manifest(hook="Sync")
    live["metadata"]["finalizers"] = [sync.HOOK_FINALIZER]
    if deleted:
        live["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    live["status"] = {"conditions": conditions}
    assert phase == sync.hook_result(live)[0]
    assert ("Succeeded", "") == sync.hook_result(manifest(kind="ConfigMap", hook="Sync"))


def test_phases_come_in_order_and_waves_within_them():
    """PreSync, Sync, PostSync; SyncFail apart; deletion hooks not at all."""
    made = plan(
        manifest("after", hook="PostSync"),
        manifest("fail", hook="SyncFail"),
        manifest("gone", hook="PreDelete"),
        manifest("off", hook="Skip"),
        manifest("second", hook="PreSync", wave=1),
        manifest("first", hook="PreSync", weight="-5"),
        manifest("middle", kind="ConfigMap"),
        manifest("beside", hook="Sync"),
    )
    assert [
        ("PreSync", -5, ["first"]),
        ("PreSync", 1, ["second"]),
        ("Sync", 0, ["middle", "beside"]),
        ("PostSync", 0, ["after"]),
    ] == order(made)
    assert [("SyncFail", ["fail"])] == [
        (w.phase, [t.key.name for t in w.tasks]) for w in made.on_failure
    ]


def test_a_namespace_moves_before_the_hook_that_uses_it():
    """Into the hook's phase."""
    space = manifest("n", kind="Namespace")
    del space["metadata"]["namespace"]
    made = plan(space, manifest("first", hook="PreSync", wave=-1))
    assert [("PreSync", -1, ["n", "first"])] == order(made)


def test_a_selective_sync_runs_no_hooks_and_live_hooks_are_never_pruned():
    """Neither where pruning is on."""
    resource = manifest("a", kind="ConfigMap")
    made = plan(resource, manifest("h", hook="PreSync"), selected={key_of(resource)})
    assert [("Sync", 0, ["a"])] == order(made)
    old = manifest("old", hook="PostSync")
    made = plan(extraneous={key_of(old): old}, prune=True)
    assert ((), ()) == (made.waves, made.kept)


def test_what_must_not_be_repeated_is_known():
    """Hooks, removals, Replace and Force; a plain apply may be repeated."""
    old = manifest("old", kind="ConfigMap")
    tasks = plan(
        manifest("plain", kind="ConfigMap"),
        manifest("hook", hook="Sync"),
        extraneous={key_of(old): old},
        prune=True,
    ).tasks
    assert {"plain": False, "hook": True, "old": True} == {t.key.name: t.once for t in tasks}
    forced = plan(manifest("plain", kind="ConfigMap"), force=True)
    replaced = plan(
        manifest("plain", kind="ConfigMap"), options=sync.parse_options(["Replace=true"])
    )
    assert [True, True] == [made.tasks[0].once for made in (forced, replaced)]


def test_confirmation_is_the_resources_word_before_the_applications():
    """Prune=confirm; Prune=false wins on the resource."""
    free = manifest("free", kind="ConfigMap")
    kept = manifest("kept", kind="ConfigMap")
    kept["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] = "Prune=false"
    extraneous = {key_of(m): m for m in (free, kept)}
    made = plan(extraneous=extraneous, prune=True, options=sync.parse_options(["Prune=confirm"]))
    assert [("free", True)] == [(t.key.name, t.confirm) for t in made.tasks]
    assert ((key_of(kept), "ignored (no prune)"),) == made.kept
    said = manifest("free", kind="ConfigMap")
    said["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] = "Prune=confirm"
    made = plan(
        extraneous={key_of(said): said}, prune=True, options=sync.parse_options(["Prune=false"])
    )
    assert [True] == [t.confirm for t in made.tasks]


def test_nothing_is_pruned_of_kinds_that_are_not_known_completely():
    """The prune guard."""
    old = manifest("old", kind="ConfigMap")
    made = plan(extraneous={key_of(old): old}, prune=True, uncertain={key_of(old).group_kind})
    assert () == made.waves
    assert [key_of(old)] == [key for key, _ in made.kept]


PHASES = st.sampled_from(["", "PreSync", "Sync", "PostSync", "SyncFail", "PreSync,PostSync"])
KINDS = st.sampled_from(["Namespace", "Secret", "ConfigMap", "Job", "Thing"])
OBJECTS = st.lists(
    st.tuples(st.sampled_from("abcde"), KINDS, PHASES, st.integers(-2, 2)),
    max_size=14,
    unique_by=lambda t: t[:2],
)


@given(OBJECTS, OBJECTS, st.booleans(), st.randoms(use_true_random=False))
def test_every_task_once_in_total_order(wanted, extra, last, random):
    """By phase, wave, removals first, kind; PruneLast after all of Sync; input order irrelevant."""

    def target(objects):
        return {
            key_of(m): m
            for m in (
                manifest(n, kind=k, wave=w, **({"hook": h} if h else {})) for n, k, h, w in objects
            )
        }

    def live(objects):
        return {key_of(m): m for m in (manifest(n, kind=k, wave=w) for n, k, _, w in objects)}

    def made():
        return sync.plan(
            sync.Request(
                target=target(wanted),
                extraneous={k: m for k, m in live(extra).items() if k not in target(wanted)},
                run=RUN,
                prune=True,
                options=sync.parse_options(["PruneLast=true"] if last else []),
            )
        )

    first = made()
    random.shuffle(wanted)
    random.shuffle(extra)
    assert first == made()
    expected = {
        (phase, ResourceKey("batch" if k == "Job" else "", k, "n", n))
        for n, k, h, _ in wanted
        for phase in (h.split(",") if h else [""])
    }
    placed = [(t.phase if t.hook else "", t.key) for t in first.tasks if not t.prune]
    assert len(placed) == len(set(placed))
    assert expected == set(placed)
    places = [(sync.PHASES.index(w.phase), w.number) for w in first.waves]
    assert sorted(set(places)) == places
    for wave in (*first.waves, *first.on_failure):
        kinds = [(not t.prune, t.rank if not t.prune else -t.rank) for t in wave.tasks]
        assert sorted(kinds) == kinds
    if last:
        numbers = [w.number for w in first.waves if w.phase == "Sync"]
        removing = [w.number for w in first.waves if any(t.prune for t in w.tasks)]
        assert removing in ([], numbers[-1:])
        final = [w for w in first.waves if w.number in removing and w.phase == "Sync"]
        assert all(t.prune for w in final for t in w.tasks)
