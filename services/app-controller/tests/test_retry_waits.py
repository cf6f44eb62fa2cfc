"""How long a failed sync waits: what an application asks for, within what does no harm."""

import pytest

from plumbline.app_controller.application.operations import Operations
from plumbline.app_controller.application.running import RunningSync
from plumbline.core import model, verdict


def running(backoff):
    return RunningSync(
        operation={"sync": {}, "retry": {"limit": -1, "backoff": backoff}},
        app="a",
        uid="u",
        namespace="n",
        project=model.decode_project({"metadata": {"name": "p"}, "spec": {}}),
        started=0.0,
        started_at="",
    )


@pytest.mark.parametrize(
    ("backoff", "count", "seconds"),
    [
        ({"duration": "2s", "factor": 3, "maxDuration": "1m"}, 2, 18.0),
        ({"duration": "2s", "factor": 3, "maxDuration": "1m"}, 9, 60.0),
        ({"duration": "0s"}, 0, 1.0),
        ({"duration": "-5m", "maxDuration": "-1s"}, 4, 1.0),
        ({"duration": "1s", "factor": -2}, 3, 1.0),
        ({"duration": "1s", "factor": 9 * 10**18}, 30, 180.0),
        ({"duration": "99999999h", "maxDuration": "99999999999999h"}, 0, 30 * 86400.0),
    ],
)
def test_a_wait_is_bounded_on_both_sides(backoff, count, seconds):
    """No numbers of an application make the controller sync without a pause, or fail."""
    operations = Operations(heal=verdict.HealPolicy(), emit=lambda *_: None)
    assert seconds == operations._wait(running(backoff), count)
