"""What users wrote in another language, run in a process that can be ended.

``goengine`` is the client of libs/goengine: Go templates with sprig, Masterminds semver, gobwas
glob. Used by the api-server, the command line and the controllers; ``plumbline.core`` receives
results, never an engine.
"""

__all__: list[str] = []
