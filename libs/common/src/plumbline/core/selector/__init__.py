"""Label selectors in Kubernetes' own grammar: equality, sets, existence and numbers.

Used by the api-server's lists and watches. Pure text and maps; a selector is parsed once and asked
many times.
"""

from plumbline.core.selector._labels import EVERYTHING, Requirement, Selector, parse

__all__ = ["EVERYTHING", "Requirement", "Selector", "parse"]
