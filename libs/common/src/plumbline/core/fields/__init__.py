"""Field selection of REST answers: the ``fields`` parameter of lists, watches, trees and logs.

A pure function over JSON trees (contract/NOTES.md "HTTP/JSON gateway rules", behaviour.md section
16). Used by the api-server's REST gateway.
"""

from plumbline.core.fields._applications import APPLICATION_PATHS, select_applications
from plumbline.core.fields._select import Selection, parse, select

__all__ = ["APPLICATION_PATHS", "Selection", "parse", "select", "select_applications"]
