"""The resource tree of an application, as its users see it (contract: messages.md, ResourceNode).

Used by the controller to answer ResourceTree. Input are plain observations of live objects; output
is the JSON tree that ``plumbline.rpc.convert`` turns into messages.
"""

from plumbline.core.tree._nodes import Observed, build, external_urls, images_of

__all__ = ["Observed", "build", "external_urls", "images_of"]
