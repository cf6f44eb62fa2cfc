"""How a gRPC status looks over HTTP: grpc-gateway v1's map and bodies (contract/NOTES.md); pure."""

import http
from typing import Any, Final

import grpc

__all__ = ["error_body", "http_status", "stream_error"]

_HTTP: Final = {
    grpc.StatusCode.OK: 200,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
}


def http_status(code: grpc.StatusCode) -> int:
    """Return the HTTP status of a gRPC code."""
    return _HTTP.get(code, 500)


def error_body(code: grpc.StatusCode, message: str) -> dict[str, Any]:
    """Return the body of an answer that is an error."""
    return {"error": message, "code": code.value[0], "message": message}


def stream_error(code: grpc.StatusCode, message: str) -> dict[str, Any]:
    """Return the last element of a stream that ends with an error."""
    status = http_status(code)
    return {
        "error": {
            "grpc_code": code.value[0],
            "http_code": status,
            "message": message,
            "http_status": http.HTTPStatus(status).phrase,
        }
    }
