"""From rendered manifests to the target objects of an application.

Used by the controller after a render: scopes, namespaces, tracking marks, duplicates (behaviour.md
section 4, steps 2 and 3). Pure: what the cluster knows of kinds comes in as a lookup.
"""

from plumbline.core.target._prepare import Filter, Scopes, Target, prepare

__all__ = ["Filter", "Scopes", "Target", "prepare"]
