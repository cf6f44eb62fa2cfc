"""Plans: order, waves, pruning."""

from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import sync
from plumbline.core.model import ResourceKey, key_of


def manifest(kind, name="x", namespace="n", group="", **annotations):
    names = {k.replace("_", "-"): v for k, v in annotations.items()}
    return {
        "apiVersion": f"{group}/v1" if group else "v1",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "annotations": {f"argocd.argoproj.io/{k}": v for k, v in names.items()},
        },
    }


def keyed(*manifests):
    return {key_of(m): m for m in manifests}


RUN = sync.HookRun("uid-1", "0123456789abcdef", 1700000000)


def plan(target=(), extraneous=(), prune=True, options=(), **more):
    return sync.plan(
        sync.Request(
            target=keyed(*target),
            extraneous=keyed(*extraneous),
            run=RUN,
            options=sync.parse_options(options),
            prune=prune,
            **more,
        )
    )


def names(made):
    return [[f"{'-' if t.prune else '+'}{t.key.kind}/{t.key.name}" for t in w.tasks]
            for w in made.waves]  # fmt: skip


def test_kinds_come_in_the_contracts_order_and_one_kind_at_a_time():
    """config.md section 11; unknown kinds last."""
    made = plan([manifest("Thing"), manifest("Deployment"), manifest("Secret"),
                 manifest("ConfigMap", "b"), manifest("ConfigMap", "a")])  # fmt: skip
    assert [["+Secret/x", "+ConfigMap/a", "+ConfigMap/b", "+Deployment/x", "+Thing/x"]] == names(
        made
    )
    assert [1, 2, 1, 1] == [len(step) for step in made.waves[0].steps]


def test_waves_come_in_order_of_number():
    """Negative ones first; what is no integer counts as 0."""
    made = plan([
        manifest("ConfigMap", "late", sync_wave="5"),
        manifest("ConfigMap", "early", sync_wave="-1"),
        manifest("ConfigMap", "odd", sync_wave="soon"),
    ])  # fmt: skip
    assert [["+ConfigMap/early"], ["+ConfigMap/odd"], ["+ConfigMap/late"]] == names(made)


def test_a_namespace_moves_before_its_first_user():
    """A Namespace in wave 3 is made in the wave of the first object inside it."""
    space = manifest("Namespace", "n", namespace="", sync_wave="3")
    made = plan([space, manifest("ConfigMap", sync_wave="1")])
    assert [["+Namespace/n", "+ConfigMap/x"]] == names(made)


def test_a_definition_moves_before_its_first_object():
    """A CRD adopts the wave of the first object of its kind."""
    definition = manifest("CustomResourceDefinition", "t", "", "apiextensions.k8s.io",
                          sync_wave="3")  # fmt: skip
    definition["spec"] = {"group": "e.io", "names": {"kind": "Thing"}}
    made = plan([definition, manifest("Thing", group="e.io")])
    assert [["+CustomResourceDefinition/t", "+Thing/x"]] == names(made)


def test_removals_come_first_in_reverse_order_of_kinds_and_waves():
    """Users go before what they use; waves are mirrored."""
    made = plan(extraneous=[manifest("Secret", "s"), manifest("Deployment", "d")])
    assert [["-Deployment/d", "-Secret/s"]] == names(made)
    made = plan(
        [manifest("ConfigMap", "new")],
        [manifest("ConfigMap", "w0"), manifest("ConfigMap", "w2", sync_wave="2")],
    )
    assert [["-ConfigMap/w2", "+ConfigMap/new"], ["-ConfigMap/w0"]] == names(made)


def test_prune_last_comes_after_everything():
    """App level and resource level."""
    old = manifest("ConfigMap", "old")
    new = manifest("ConfigMap", "new", sync_wave="4")
    assert [["+ConfigMap/new"], ["-ConfigMap/old"]] == names(
        plan([new], [old], options=["PruneLast=true"])
    )
    marked = manifest("ConfigMap", "old", sync_options="PruneLast=true")
    assert [["+ConfigMap/new"], ["-ConfigMap/old"]] == names(plan([new], [marked]))


def test_what_may_not_be_pruned_is_kept_with_the_contracts_words():
    """Without prune, and with Prune=false."""
    old, guarded = manifest("ConfigMap", "old"), manifest("Secret", sync_options="Prune=false")
    assert ("ignored (requires pruning)",) == tuple(m for _, m in plan([], [old], False).kept)
    made = plan(extraneous=[old, guarded])
    assert (((key_of(guarded)), "ignored (no prune)"),) == made.kept
    assert [["-ConfigMap/old"]] == names(made)


def test_a_selective_sync_touches_its_objects_only():
    """Neither applies nor prunes anything else."""
    chosen = ResourceKey("", "ConfigMap", "n", "a")
    made = plan(
        [manifest("ConfigMap", "a"), manifest("ConfigMap", "b")],
        [manifest("Secret", "c")],
        selected={chosen},
    )
    assert [["+ConfigMap/a"]] == names(made)


def test_apply_out_of_sync_only_leaves_out_what_is_as_desired():
    """The option of the same name."""
    same = manifest("ConfigMap", "same")
    made = plan(
        [same, manifest("ConfigMap", "new")], options=["ApplyOutOfSyncOnly=true"],
        unchanged={key_of(same)},
    )  # fmt: skip
    assert [["+ConfigMap/new"]] == names(made)


KINDS = st.sampled_from(["Namespace", "Secret", "ConfigMap", "Deployment", "Job", "Thing"])
OBJECTS = st.lists(
    st.tuples(KINDS, st.sampled_from("abcd"), st.integers(-2, 2)), max_size=12,
    unique_by=lambda t: t[:2],
)  # fmt: skip


@given(OBJECTS, OBJECTS, st.randoms(use_true_random=False))
def test_every_object_once_waves_ascending_and_order_of_input_irrelevant(wanted, extra, random):
    """Permutation-proof, total."""

    def made(objects):
        return [manifest(k, n, sync_wave=str(w)) for k, n, w in objects]

    first = plan(made(wanted), made(extra))
    random.shuffle(wanted)
    random.shuffle(extra)
    assert first == plan(made(wanted), made(extra))
    assert len(wanted) + len(extra) == len(first.tasks)
    assert sorted({w.number for w in first.waves}) == [w.number for w in first.waves]
    for wave in first.waves:
        kinds = [t.rank for t in wave.tasks if not t.prune]
        assert sorted(kinds) == kinds
