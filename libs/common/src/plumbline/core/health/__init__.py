"""Is what runs actually well? Health of one object, and of an application.

Used by the controller. Rules and texts: behaviour.md section 5. An object is a JSON tree of unknown
quality: odd types read as missing, nothing here raises. Kinds without a rule have no health.
"""

from plumbline.core.health._aggregate import Part, aggregate, worst
from plumbline.core.health._assess import assess

__all__ = ["Part", "aggregate", "assess", "worst"]
