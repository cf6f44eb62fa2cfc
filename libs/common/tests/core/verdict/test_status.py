"""Status parts: verdicts, rows, conditions, history, the smallest patch."""

from plumbline.core import verdict
from plumbline.core.model import Condition, Health, ResourceKey


def manifest(name="x", **annotations):
    names = {f"argocd.argoproj.io/{k.replace('_', '-')}": v for k, v in annotations.items()}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "n", "annotations": names},
    }


def key(name="x"):
    return ResourceKey("apps", "Deployment", "n", name)


def one(target=True, live=True, modified=False, status=None, permitted=True, **annotations):
    tree = manifest(**annotations)
    judged = Health(status=status) if status else None
    return verdict.Compared(tree if target else None, tree if live else None, modified, judged,
                            permitted)  # fmt: skip


def test_one_difference_makes_an_application_out_of_sync():
    """Missing, modified, extraneous."""
    for other in (one(live=False), one(modified=True), one(target=False)):
        assert "OutOfSync" == verdict.judge({key("a"): one(), key("b"): other}).sync
    assert "Synced" == verdict.judge({key(): one()}).sync
    assert "Synced" == verdict.judge({}).sync


def test_what_the_project_forbids_is_unknown():
    """Unknown beats OutOfSync."""
    compared = {key("a"): one(modified=True), key("b"): one(permitted=False)}
    assert "Unknown" == verdict.judge(compared).sync


def test_ignored_extraneous_objects_do_not_count():
    """IgnoreExtraneous."""
    extra = one(target=False, compare_options="IgnoreExtraneous")
    assert "Synced" == verdict.judge({key(): extra}).sync
    (row,) = verdict.rows({key(): extra})
    assert ("OutOfSync", True) == (row["status"], row["requiresPruning"])


def test_rows_are_sorted_and_lean():
    """Empty fields are left out, health only where it is persisted."""
    compared = {key("b"): one(status="Healthy"), key("a"): one(sync_wave="2")}
    first, second = verdict.rows(compared)
    assert ("a", 2, "b") == (first["name"], first["syncWave"], second["name"])
    assert "health" not in second
    assert {"status": "Healthy"} == verdict.rows(compared, persist_health=True)[1]["health"]


def test_conditions_keep_their_time_and_other_types():
    """Only evaluated types are replaced; an unchanged one keeps its time."""
    before = [
        Condition(type="ComparisonError", message="old", last_transition_time="t0"),
        Condition(type="SyncError", message="same", last_transition_time="t1"),
        Condition(type="OrphanedResourceWarning", message="kept", last_transition_time="t2"),
    ]
    got = verdict.merge_conditions(
        before,
        [("SyncError", "same"), ("ComparisonError", "new")],
        evaluated={"SyncError", "ComparisonError"},
        now="now",
    )
    assert [
        ("ComparisonError", "new", "now"),
        ("OrphanedResourceWarning", "kept", "t2"),
        ("SyncError", "same", "t1"),
    ] == [(c["type"], c["message"], c["lastTransitionTime"]) for c in got]


def test_history_grows_by_one_id_and_is_trimmed():
    """Ten by default; a limit of zero keeps none."""
    history = []
    for _ in range(12):
        history = verdict.append_history(history, {"revision": "r"}, limit=None)
    assert list(range(2, 12)) == [h["id"] for h in history]
    assert [] == verdict.append_history(history, {}, limit=0)


def test_equal_statuses_need_no_patch():
    """Nothing changed, nothing written; removals are nulls."""
    assert verdict.status_patch({"a": {"b": 1}}, {"a": {"b": 1}}) is None
    assert {"a": None, "c": 2} == verdict.status_patch({"a": 1}, {"c": 2})


def test_the_summary_lists_images_once():
    """Sorted, without duplicates."""
    pod = {"spec": {"containers": [{"image": "b"}, {"image": "a"}, {"image": "b"}]}}
    assert {"images": ["a", "b"]} == verdict.summary([pod])


def test_a_live_hook_has_no_status_and_is_not_to_be_pruned():
    """Its row says that it is a hook; the application is Synced and Healthy without it."""
    hook = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "h", "annotations": {"argocd.argoproj.io/hook": "PreSync"}},
        "status": {"conditions": [{"type": "Failed", "status": "True"}]},
    }
    key = ResourceKey("batch", "Job", "", "h")
    compared = {key: verdict.Compared(None, hook, modified=False, health=Health(status="Degraded"))}
    judged = verdict.judge(compared)
    assert ("Synced", "Healthy") == (judged.sync, judged.health.status)
    (row,) = verdict.rows(compared)
    assert {"group": "batch", "version": "v1", "kind": "Job", "name": "h", "hook": True} == row


def test_changed_namespace_metadata_is_out_of_sync():
    """managedNamespaceMetadata that waits to be applied."""
    assert "OutOfSync" == verdict.judge({}, namespace_changed=True).sync


def test_a_row_tells_that_removal_waits_for_a_confirmation():
    """Prune=confirm and Delete=confirm."""
    for word in ("Prune=confirm", "Delete=confirm"):
        live = {"metadata": {"annotations": {"argocd.argoproj.io/sync-options": word}}}
        one = verdict.Compared(None, live, modified=False, health=None)
        (row,) = verdict.rows({ResourceKey("", "ConfigMap", "n", "x"): one})
        assert True is row["requiresDeletionConfirmation"]
