"""ApplicationService: applications as users read, change, sync and delete them.

Composed of one module per concern: ``application_read``, ``application_write``,
``application_sync``, ``application_resources``, on the common ground of ``application_access``.
Every method asks permission first; writes go into the Application, and the controller acts.
"""

from plumbline.api_server.services.application_read import Reads
from plumbline.api_server.services.application_resources import Resources
from plumbline.api_server.services.application_sync import Operations
from plumbline.api_server.services.application_write import Writes
from plumbline.pb.server import application_pb2_grpc

__all__ = ["ApplicationService"]


class ApplicationService(
    Reads, Writes, Operations, Resources, application_pb2_grpc.ApplicationServiceServicer
):
    """application.ApplicationService, as far as it is built."""
