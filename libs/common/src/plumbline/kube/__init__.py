"""The Kubernetes shell: one API server, reached by our client, informers and one write door.

Used by the controller and the api-server. Decides nothing: it lists, watches and writes what it is
told. Writes to target clusters go through ``door.WriteDoor`` alone, with a grant minted by
``core.project``; objects of the control plane itself are written by ``own.OwnObjects``.
"""

__all__: list[str] = []
