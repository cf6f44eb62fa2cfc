"""docs/install.md, run line by line, from nothing to nothing left.

Each fenced ``sh`` block is run by one bash, in order; one after a comment ``not run: REASON`` is
left out, and counted. What stays afterwards is what the page says that stays.
"""

import re

from .release import ROOT

PAGE = ROOT / "docs/install.md"
BLOCK = re.compile(r"(<!-- not run: [^>]+ -->\s*)?^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks():
    return [(bool(mark), text) for mark, text in BLOCK.findall(PAGE.read_text())]


def test_there_is_something_to_run():
    run = [text for left_out, text in blocks() if not left_out]
    assert len(run) >= 5
    assert any("helm install" in text for text in run)
    assert any("helm uninstall" in text for text in run)
