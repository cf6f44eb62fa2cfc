"""Ask a container registry for an image's digest, as the distribution specification says.

Called by ``base`` (is a registry there?) and by ``tools/pin_images.py``. Anonymous only: a registry
that wants a token names the place that gives one. Nothing is downloaded but manifests.
"""

import hashlib
import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request

from plumbline.core import errors

INDEX = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFEST = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
REFERENCE = re.compile(
    r"(?:(?P<host>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::\d+)?)/)?"
    r"(?P<name>[a-z0-9._-]+(?:/[a-z0-9._-]+)*):(?P<tag>[\w][\w.-]{0,127})(?:@sha256:[0-9a-f]{64})?"
)
BODY_BYTES = 4 << 20
# The name that images of Docker Hub carry is not where its registry listens.
HUB, HUB_API = "docker.io", "registry-1.docker.io"


def digest(reference: str, *, seconds: float = 20) -> str:
    """Return the digest (``sha256:…``) of what a ``host/name:tag`` names now.

    Of an image for several platforms it is the index's digest, which is good on each of them.
    Raises InvalidArgument for a name without host or tag, Unavailable when no registry answers,
    NotFound and Unauthenticated for its refusals.
    """
    found = REFERENCE.fullmatch(reference)
    if found is None or not found["host"]:
        raise errors.InvalidArgument(f"{reference!r} is not host/name:tag")
    host = HUB_API if found["host"] == HUB else found["host"]
    # As Docker does: plain HTTP is for this machine only.
    scheme = "http" if host.rpartition(":")[0] in {"localhost", "127.0.0.1"} else "https"
    url = f"{scheme}://{host}/v2/{found['name']}/manifests/{found['tag']}"
    headers = {"Accept": ", ".join(INDEX + MANIFEST), "User-Agent": "plumbline-images"}
    status, answer, _ = _ask("HEAD", url, headers, seconds)
    if status == 401:
        headers["Authorization"] = f"Bearer {_token(answer, scheme, seconds)}"
        status, answer, _ = _ask("HEAD", url, headers, seconds)
    if status == 200 and not answer["Docker-Content-Digest"]:  # the header is optional
        status, answer, body = _ask("GET", url, headers, seconds)
        return f"sha256:{hashlib.sha256(body).hexdigest()}"
    if status in {401, 403}:
        raise errors.Unauthenticated(f"{host} does not show {reference} to everybody")
    if status == 404:
        raise errors.NotFound(f"{host} has no {reference}")
    if status != 200:
        raise errors.Unavailable(f"{host} answers {status} for {reference}")
    value = answer["Docker-Content-Digest"]
    if not DIGEST.fullmatch(value):
        raise errors.Unavailable(f"{host} gives no sha256 digest for {reference}")
    return value


def _token(answer: http.client.HTTPMessage, scheme: str, seconds: float) -> str:
    """Get an anonymous token from the place that a 401 names."""
    challenge = answer["WWW-Authenticate"] or ""
    wanted = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm = wanted.pop("realm", "")
    if not challenge.lower().startswith("bearer ") or not realm.startswith(f"{scheme}://"):
        raise errors.Unauthenticated("the registry wants something other than a bearer token")
    query = urllib.parse.urlencode({k: v for k, v in wanted.items() if k in {"service", "scope"}})
    status, _, body = _ask("GET", f"{realm}?{query}", {}, seconds)
    try:
        given = json.loads(body) if status == 200 else {}
    except ValueError as error:
        raise errors.Unavailable(f"{realm} gives no JSON") from error
    token = given.get("token") or given.get("access_token") if isinstance(given, dict) else None
    if not isinstance(token, str) or not token:
        raise errors.Unauthenticated(f"{realm} gives no token")
    return token


def _ask(
    method: str, url: str, headers: dict[str, str], seconds: float
) -> tuple[int, http.client.HTTPMessage, bytes]:
    request = urllib.request.Request(url, method=method)
    for name, value in headers.items():
        request.add_unredirected_header(name, value)  # a token is for the host that wanted it
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            body = answer.read(BODY_BYTES + 1)
            if len(body) > BODY_BYTES:
                raise errors.Unavailable(f"{url} answers with more than a manifest")
            return answer.status, answer.headers, body
    except urllib.error.HTTPError as error:
        return error.code, error.headers, b""
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise errors.Unavailable(
            f"{urllib.parse.urlsplit(url).netloc} does not answer ({reason})"
        ) from error
