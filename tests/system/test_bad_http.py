"""Requests that are no HTTP, or of which two readers could see different ones: by raw sockets.

Each is answered with an error or cut, is never taken for an order, and ends nobody.
SPDX-License-Identifier: MIT
"""

import errno
import json
import re
import socket

import pytest

from waiting import wait_for

BODY = json.dumps({"name": {"firstName": "Mallory", "lastName": "Smuggler"}}).encode()
TYPE = b"Content-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
HOST = b"Host: x\r\n"
POST = b"POST /consumers HTTP/1.1\r\n"
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
SECOND = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


def post(*headers: bytes, body: bytes = BODY, line: bytes = POST) -> bytes:
    return line + HOST + TYPE + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


CL = LENGTH.strip()
TE = b"Transfer-Encoding: chunked"
NOT_TAKEN = {
    "both lengths": post(CL, TE, body=CHUNKED),
    "both lengths, the other way round": post(TE, CL, body=CHUNKED),
    "two lengths": post(CL, CL),
    "two different lengths": post(CL, b"Content-Length: 3"),
    "a list of lengths": post(b"Content-Length: %d, %d" % (len(BODY), len(BODY))),
    "a negative length": post(b"Content-Length: -1"),
    "a length with a sign": post(b"Content-Length: +%d" % len(BODY)),
    "a length in hexadecimal": post(b"Content-Length: 0x%x" % len(BODY)),
    "a length that is no number": post(b"Content-Length: many"),
    "an empty length": post(b"Content-Length:"),
    "a huge length": post(b"Content-Length: 99999999999999999999999"),
    "a length with a space before the colon": post(b"Content-Length : %d" % len(BODY)),
    "an unknown encoding": post(b"Transfer-Encoding: gzip", CL),
    "two encodings": post(b"Transfer-Encoding: gzip, chunked", body=CHUNKED),
    "an obscured encoding": post(b"Transfer-Encoding: xchunked", body=CHUNKED),
    "chunked twice": post(TE, TE, body=CHUNKED),
    "a chunk size that is no number": post(TE, body=b"zz\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a negative chunk size": post(TE, body=b"-5\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a huge chunk size": post(TE, body=b"fffffffffffffffff\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk of another size": post(TE, body=b"2\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "chunks in HTTP/1.0": post(TE, body=CHUNKED, line=b"POST /consumers HTTP/1.0\r\n"),
    "no host": POST + TYPE + LENGTH + b"\r\n" + BODY,
    "two hosts": post(b"Host: y", CL),
    "a NUL in the target": post(CL, line=b"POST /consumers\0/x HTTP/1.1\r\n"),
    "a control character in the target": post(CL, line=b"POST /consumers\x01 HTTP/1.1\r\n"),
    "a raw byte in the target": post(CL, line=b"POST /consumers\xff HTTP/1.1\r\n"),
    "a full URL": post(CL, line=b"POST http://x/consumers HTTP/1.1\r\n"),
    "an asterisk": post(CL, line=b"OPTIONS * HTTP/1.1\r\n"),
    "no target": post(CL, line=b"POST HTTP/1.1\r\n"),
    "an unknown method": post(CL, line=b"POSTED /consumers HTTP/1.1\r\n"),
    "a lower-case method": post(CL, line=b"post /consumers HTTP/1.1\r\n"),
    "a very long method": post(CL, line=b"P" * 9000 + b" /consumers HTTP/1.1\r\n"),
    "a very long target": post(CL, line=b"POST /" + b"x" * 40000 + b" HTTP/1.1\r\n"),
    "a long path": post(CL, line=b"POST /" + b"x" * 3000 + b" HTTP/1.1\r\n"),
    "very long headers": post(CL, b"X-A: " + b"x" * 40000),
    "very many headers": post(CL, *[b"X-%d: y" % number for number in range(5000)]),
    "another version": post(CL, line=b"POST /consumers HTTP/2.0\r\n"),
    "another protocol": post(CL, line=b"POST /consumers SPDY/1\r\n"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
    "random bytes": bytes((number * 7919) % 256 for number in range(5000)),
    "NULs": bytes(1000),
    "empty lines": b"\r\n" * 1000,
    "half a body": post(b"Content-Length: %d" % (len(BODY) + 10)),
    "a header only": POST + HOST,
    "a body too large that waits to be asked": post(b"Content-Length: 999999",
                                                    b"Expect: 100-continue", body=b""),
}


def exchange(port: int, request: bytes) -> bytes:
    """Send, say that there is no more, and read until the other side closes."""
    received = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                received += part
    except ConnectionError:
        pass  # it did not want to read on
    except OSError as error:
        if error.errno != errno.ENOTCONN:  # shutdown() of what it has cut
            raise
    return received


def statuses(received: bytes) -> list:
    """The status of each answer."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] ([0-9]{3}) ", received)]


@pytest.fixture(autouse=True)
def nothing_stored(world):
    def state() -> tuple:
        return world.pid("consumer"), world.database.counts("consumer")["consumers"]
    before = state()
    yield
    assert state() == before
    assert world.apis["consumer"].get("/livez").status == 200


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_not_taken(world, name):
    found = statuses(exchange(world.apis["consumer"].port, NOT_TAKEN[name]))
    assert all(400 <= status < 600 for status in found), found
    # What the library refuses by itself, it tells twice.
    assert len(set(found)) <= 1, f"two requests were seen: {found}"


@pytest.mark.parametrize("name", [
    "both lengths", "both lengths, the other way round", "two lengths", "two different lengths",
    "an unknown encoding", "chunked twice", "no host", "two hosts", "a NUL in the target"])
def test_what_follows_an_ambiguous_request_is_not_read(world, name):
    found = statuses(exchange(world.apis["consumer"].port, NOT_TAKEN[name] + SECOND))
    assert found in ([400], []), found


@pytest.mark.parametrize("name,statuses_allowed", [
    ("a very long target", {414, 431, 404}), ("very long headers", {431, 400}),
    ("very many headers", {431, 400})])
def test_too_much_before_the_body_is_told(world, name, statuses_allowed):
    """At least to a client that waits for the answer before it sends the rest."""
    found = statuses(exchange(world.apis["consumer"].port, NOT_TAKEN[name]))
    assert set(found) <= statuses_allowed


def test_requests_one_behind_the_other(world):
    port = world.apis["consumer"].port
    assert statuses(exchange(port, SECOND * 3 + SECOND.replace(b"livez", b"nothing"))) == [
        200, 200, 200, 404]


def test_a_body_in_single_bytes(world):
    """Slow, but not too slow: a valid request in many packets."""
    request = post(CL).replace(b"/consumers ", b"/nothing ")
    with socket.create_connection(("127.0.0.1", world.apis["consumer"].port), timeout=30) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(len(request)):
            raw.send(request[number:number + 1])
        assert raw.recv(4096).startswith(b"HTTP/1.1 404 ")


def test_clients_that_hang_up_are_forgotten(world):
    """In the middle of the request line, of the headers, of the body, and before the answer."""
    port = world.apis["consumer"].port
    request = post(CL).replace(b"/consumers ", b"/nothing ")
    for cut in (0, 1, 10, 40, len(request) - 1, len(request)):
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
                raw.sendall(request[:cut])
    wait_for("the service answers", lambda: world.apis["consumer"].get("/readyz").status,
             lambda status: status == 200)
