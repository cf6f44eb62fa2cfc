"""What the application role observes with and acts through.

Each module owns one concern: the store of Applications and projects, the desired state from the
repo-server, the live state of clusters, the executor of a plan, the status writer, the channel that
answers the api-server. None of them decides: they call ``plumbline.core``.
"""

__all__: list[str] = []
