"""Field selection: the ``fields`` parameter of lists and watches, applied to JSON trees.

Used by the api-server's HTTP side. Rules: contract/NOTES.md ("fields query parameter") and
behaviour.md section 16. Pure: a text in, smaller trees out.
"""

from plumbline.core.fields._select import ALL, Fields, parse, select_applications

__all__ = ["ALL", "Fields", "parse", "select_applications"]
