"""Small decisions: what a connection speaks, headers, peers, statuses."""

import grpc
import pytest
from multidict import CIMultiDict

from plumbline.api_server.port import headers, peers, sniff, statuses

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "speech"),
    [
        (b"", "UNDECIDED"),
        (b"P", "UNDECIDED"),
        (PREFACE[:23], "UNDECIDED"),
        (PREFACE, "HTTP2"),
        (PREFACE + b"\0", "HTTP2"),
        (b"PRI * HTTP/1.1\r\n\r\n", "HTTP1"),
        (b"POST / HTTP/1.1\r\n", "UNDECIDED"),
        (b"POST / HTTP/1.1\r\n\r\n", "HTTP1"),
        (b"GET / HTTP/1.1\n\n", "HTTP1"),
        (b"x" * 1000, "HTTP1"),
    ],
)
def test_speech(data, speech):
    """HTTP/2 by its whole preface; the rest is HTTP/1.1 once its head is there or too long."""
    assert sniff.Speech[speech] is sniff.speech(data, 1000)


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\n\n", PREFACE])
def test_speech_byte_by_byte(data):
    """However the bytes are cut, the end is seen when it comes, and not before."""
    for size in range(1, len(data) + 1):
        found, seen = sniff.Speech.UNDECIDED, 0
        for end in [*range(size, len(data), size), len(data)]:
            assert sniff.Speech.UNDECIDED is found
            found, seen = sniff.speech(data[:end], 1000, seen=seen), end
        assert sniff.Speech.UNDECIDED is not found


def test_tls_is_told_by_one_byte():
    """A ClientHello's."""
    assert [22] == [n for n in range(256) if sniff.is_tls(n)]


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (("1.2.3.4", 5), "1.2.3.4:5"),
        (("::1", 5, 0, 0), "[::1]:5"),
        (("fe80::1%eth0", 5, 0, 2), "[fe80::1%eth0]:5"),
        ("/a/path", ""),
        (None, ""),
    ],
)
def test_addresses(address, text):
    """As host and port."""
    assert text == peers.text_of(address)


@pytest.mark.parametrize(
    ("reported", "address"),
    [
        ("ipv4:1.2.3.4:5", "1.2.3.4:5"),
        ("ipv6:%5B::1%5D:5", "[::1]:5"),
        ("unix:", ""),
        ("unix:/tmp/x", ""),
        ("unix-abstract:plumbline/0123456789abcdef/1/6.6.6.6:6", ""),
        ("unix-abstract:x", ""),
        ("", ""),
    ],
)
def test_what_grpc_reports(reported, address):
    """A name that this process did not make is nobody's."""
    assert address == peers.peer_of(reported)


def test_a_name_tells_the_client():
    """Each name is another."""
    one, two = (peers.bind_name(("::1", 5, 0, 0)) for _ in range(2))
    assert one != two
    assert "[::1]:5" == peers.peer_of(f"unix-abstract:{one[1:].decode()}")
    assert len(peers.bind_name(("f" * 200, 5))) <= 107


def test_metadata():
    """Headers that are the call's; credentials once."""
    items = [
        ("Authorization", "Bearer a"),
        ("Grpc-Metadata-X", "1"),
        ("Grpc-Metadata-X", "2"),
        ("Grpc-Metadata-Y-Bin", "AAE"),
        ("Grpc-Metadata-Z-Bin", "???"),
        ("Grpc-Metadata-Grpc-Timeout", "1S"),
        ("Grpc-Metadata-:path", "/x"),
        ("Grpc-Metadata-a b", "x"),
        ("User-Agent", "u"),
        ("Accept", "*"),
    ]
    found = CIMultiDict(items)
    got = headers.metadata_of(found.items(), found, {"argocd.token": "c"})
    assert (
        ("token", "a"),
        ("x", "1"),
        ("x", "2"),
        ("y-bin", b"\0\1"),
        ("grpcgateway-user-agent", "u"),
    ) == got


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1S", 1.0),
        ("50m", 0.05),
        ("2H", 7200.0),
        ("3u", 3e-6),
        ("", None),
        ("1s", None),
        ("-1S", None),
    ],
)
def test_timeouts(text, seconds):
    """gRPC's units."""
    assert seconds == headers.timeout_of(text)


def test_answers_metadata():
    """Binary as base64, a renewed token never, no header that breaks a line."""
    metadata = (("a", "1"), ("b-bin", b"\0\1"), ("renew-token", "t"), ("c", "x\r\ny"), ("d e", "1"))
    assert [("Grpc-Metadata-a", "1"), ("Grpc-Metadata-b-bin", "AAE")] == headers.answer_headers(
        metadata
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("OK", 200),
        ("INVALID_ARGUMENT", 400),
        ("UNAUTHENTICATED", 401),
        ("PERMISSION_DENIED", 403),
        ("NOT_FOUND", 404),
        ("ALREADY_EXISTS", 409),
        ("FAILED_PRECONDITION", 400),
        ("RESOURCE_EXHAUSTED", 429),
        ("UNIMPLEMENTED", 501),
        ("UNAVAILABLE", 503),
        ("INTERNAL", 500),
        ("UNKNOWN", 500),
        ("ABORTED", 500),
        ("DEADLINE_EXCEEDED", 500),
    ],
)
def test_the_map_of_statuses(code, status):
    """grpc-gateway v1's, as the contract has it."""
    assert status == statuses.http_status(grpc.StatusCode[code])
