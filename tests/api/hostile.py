"""Requests that mean no good, byte for byte as they come, with what each must be answered: for ``test_hostile.py``."""

import gzip
import json
import zlib
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa

KEY = "the key of the administrator"
POINT = {"x": 120.005, "y": 30.005, "crs": "wgs84"}
GOOD = json.dumps({"point": POINT}).encode()
ARROW = "application/vnd.apache.arrow.stream"
# What comes, in pieces, and the statuses that are right; 0 is a connection closed without a word.
Row = tuple[Iterable[bytes], set[int]]


def ask(
    path: bytes | str = "/v1/route",
    body: bytes | None = None,
    *more: bytes | str,
    method: str = "POST",
    kind: str | None = "application/json",
    host: str | None = "127.0.0.1",
    key: str | None = KEY,
    said: int | None = None,
    version: str = "HTTP/1.1",
) -> list[bytes]:
    """One request; ``more`` are further header lines, ``said`` another Content-Length than the true one."""
    lines = [b" ".join([method.encode(), path.encode() if isinstance(path, str) else path, version.encode()])]
    lines += [f"Host: {host}".encode()] if host is not None else []
    lines += [f"Authorization: Bearer {key}".encode()] if key else []
    if body is not None:
        lines += [f"Content-Type: {kind}".encode()] if kind else []
        if said != -1:
            lines.append(b"Content-Length: %d" % (len(body) if said is None else said))
    lines += [m.encode("latin-1") if isinstance(m, str) else m for m in more]
    return [b"\r\n".join([*lines, b"Connection: close", b"", b""]) + (body or b"")]


def get(path: bytes | str, *more: bytes | str, key: str | None = KEY) -> list[bytes]:
    return ask(path, None, *more, method="GET", key=key)


def case(**fields: object) -> list[bytes]:
    body = {"point": POINT, "category": "06010", "source": "app"} | fields
    return ask("/v1/cases", json.dumps(body).encode(), "Idempotency-Key: hostile")


def endless(path: str, piece: bytes, times: int) -> list[bytes]:
    chunk = b"%x\r\n%b\r\n" % (len(piece), piece)
    return [*ask(path, b"", "Transfer-Encoding: chunked", said=-1), *[chunk] * times]


def arrow(n: int = 1, compression: str | None = None, **columns: pa.Array) -> bytes:
    table = pa.table({"x": np.zeros(n), "y": np.zeros(n)} | columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def batch(body: bytes, *more: str) -> list[bytes]:
    return ask("/v1/route/batch?crs=wgs84", body, *more, kind=ARROW)


def _many_rows_of_nothing() -> bytes:
    """A stream that says it has 2^40 rows."""
    return arrow(77).replace((77).to_bytes(8, "little"), (1 << 40).to_bytes(8, "little"))


PATHS: Mapping[str, Row] = {
    "two dots": (get("/static/../settings.py"), {404}),
    "two dots escaped": (get("/static/%2e%2e/settings.py"), {404}),
    "two dots escaped twice": (get("/static/%252e%252e%252fsettings.py"), {404}),
    "escaped slashes": (get("/static/..%2f..%2f..%2fetc%2fpasswd"), {404}),
    "backslashes": (get("/static/own%5c..%5c..%5csettings.py"), {404}),
    "plain backslashes": (get("/static/own\\..\\..\\settings.py"), {400, 404}),
    "an absolute path": (get("/static//etc/passwd"), {404}),
    "an absolute path escaped": (get("/static/%2fetc%2fpasswd"), {404}),
    "overlong dots": (get("/static/%c0%ae%c0%ae/settings.py"), {404}),
    "overlong slash": (get("/static/own%c0%af..%c0%afassets.py"), {404}),
    "a full-width dot": (get("/static/%ef%bc%8e%ef%bc%8e/settings.py"), {404}),
    "NUL": (get("/static/own/heat.js%00.css"), {400}),
    "NUL in a case": (get("/v1/cases/%00"), {400}),
    "line ends": (get("/v1/cases/a%0d%0aSet-Cookie:%20a=b"), {404}),
    "half an escape": (get("/v1/cases/%"), {404}),
    "no hexadecimals": (get("/v1/cases/%zz"), {404}),
    "no UTF-8": (get("/v1/cases/%ff%fe"), {404}),
    "bare bytes": (get(b"/v1/cases/\xff\xfe"), {400}),
    "two slashes": (get("//evil.example/v1/layers"), {404}),
    "another host": (get("http://evil.example/v1/layers", key=None), {401}),
    "a way round": (get("/health/live/../../v1/cases", key=None), {404}),
    "parameters of a path": (get("/v1/cases;/history", key=None), {401, 404}),
    "a longer address than any": (get("/v1/cases/" + "a" * 40_000), {404, 431}),
    "a longer query than any": (get("/v1/cases?unit=" + "a," * 20_000), {200, 422, 431}),
    "a filter that nests": (get("/ogc/collections/grid/items?filter=" + "(" * 1900 + "1=1" + ")" * 1900), {400}),
    "a filter that goes on": (get("/ogc/collections/grid/items?filter=1" + "%2B1" * 1900 + "=2"), {400}),
    "no path": (get("v1/cases"), {400}),
    "an asterisk": (ask("*", None, method="OPTIONS"), {400, 404, 405}),
}
FRAMES: Mapping[str, Row] = {
    "more than allowed": (ask(body=b" " * 2_000_000), {413}),
    "a batch of more than allowed": (ask("/v1/route/batch", b"[" * 33_600_000), {413}),
    "only said to be huge": (ask(body=b"{", said=10**15), {413}),
    "longer than a number": (ask(body=b"{", said=10**30), {400}),
    "a negative length": (ask(body=b"", said=-2), {400}),
    "a length with a sign": (ask("/v1/route", GOOD, "Content-Length: +5", said=-1), {400}),
    "two lengths": (ask("/v1/route", GOOD, "Content-Length: 5"), {400}),
    "one length twice": (ask("/v1/route", GOOD, f"Content-Length: {len(GOOD)}"), {400}),
    "length and pieces": (ask("/v1/route", b"0\r\n\r\n", "Transfer-Encoding: chunked"), {400}),
    "pieces and length": (
        ask("/v1/route", b"0\r\n\r\n", "Transfer-Encoding: chunked", "Content-Length: 5", said=-1),
        {400},
    ),
    "pieces by another name": (ask("/v1/route", GOOD, "Transfer-Encoding: xchunked"), {400}),
    "pieces not last": (ask("/v1/route", b"0\r\n\r\n", "Transfer-Encoding: chunked, identity", said=-1), {400}),
    "pieces without end": (endless("/v1/route", b" " * 100_000, 50), {413}),
    "a batch without end": (endless("/v1/route/batch", b" " * 1_000_000, 40), {413}),
    "a piece without size": (ask("/v1/route", b"zz\r\n", "Transfer-Encoding: chunked", said=-1), {400}),
    "a piece of any size": (ask("/v1/route", b"F" * 20 + b"\r\n", "Transfer-Encoding: chunked", said=-1), {400}),
    "less than said": (ask(body=GOOD, said=len(GOOD) + 1), {408}),
    "nothing of what was said": (ask(body=b"", said=10), {408}),
    "a second request inside": (ask(body=GOOD + b"GET /v1/cases HTTP/1.1\r\n\r\n", said=len(GOOD)), {200}),
    "half a request line": ([b"GET /v1/ca"], {408}),
    "another protocol": ([b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200], {400}),
    "HTTP/2": ([b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], {400}),
    "HTTP/0.9": ([b"GET /v1/cases\r\n\r\n"], {400, 401}),
    "HTTP/9.9": (ask(body=GOOD, version="HTTP/9.9"), {400}),
}
HEADERS: Mapping[str, Row] = {
    "two hosts": (ask("/v1/route", GOOD, "Host: evil.example"), {400}),
    "two keys": (ask("/v1/route", GOOD, "Authorization: Bearer other"), {400}),
    "two kinds": (ask("/v1/route", GOOD, "Content-Type: text/plain"), {400}),
    "a folded header": (ask("/v1/route", GOOD, "X-A: b\r\n c: d"), {400}),
    "a bare line end": (ask("/v1/route", GOOD, "X-A: b\nX-C: d"), {200, 400}),
    "a bare return": (ask("/v1/route", GOOD, "X-A: b\rX-C: d"), {400}),
    "NUL in a header": (ask("/v1/route", GOOD, "X-A: b\x00c"), {400}),
    "a blank before the colon": (ask("/v1/route", GOOD, "Transfer-Encoding : chunked"), {400}),
    "a header without name": (ask("/v1/route", GOOD, ": b"), {400}),
    "many headers": (get("/v1/layers", *[f"X-{i}: {i}" for i in range(150)]), {431}),
    "a giant header": (get("/v1/layers", "X-A: " + "a" * 40_000), {431}),
    "headers without end": ([b"GET / HTTP/1.1\r\n", *[b"X-A: " + b"a" * 9_000 + b"\r\n"] * 100], {431}),
    "no key": (get("/v1/cases", key=None), {401}),
    "no key and our name": (
        get("/v1/cases", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: localhost", key=None),
        {401},
    ),
    "a key of bytes": (ask("/v1/route", GOOD, "Authorization: Bearer \xff\xfe", key=None), {401}),
    "a long key": (ask("/v1/route", GOOD, key="a" * 20_000), {401}),
    "another method in a header": (ask("/v1/route", GOOD, "X-HTTP-Method-Override: DELETE"), {200}),
    "TRACE": (ask("/v1/cases", None, method="TRACE"), {405}),
    "CONNECT": (ask("evil.example:443", None, method="CONNECT"), {400}),
    "a method of its own": (ask("/v1/cases", None, method="BREW"), {400}),
    "a method in small letters": (ask("/v1/cases", None, method="get"), {400}),
    "another protocol asked for": (get("/v1/layers", "Connection: Upgrade", "Upgrade: websocket"), {200, 400}),
    "HTTP/2 asked for": (get("/v1/layers", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"), {200, 400}),
    "a long key of a report": (ask("/v1/cases", GOOD, "Idempotency-Key: " + "a" * 10_000), {422}),
    "gzip": (ask("/v1/route", gzip.compress(GOOD), "Content-Encoding: gzip"), {415}),
    "a bomb": (ask("/v1/route/batch", gzip.compress(b" " * 50_000_000), "Content-Encoding: gzip"), {415}),
    "deflate": (ask("/v1/route", zlib.compress(GOOD), "Content-Encoding: deflate"), {415}),
    "two encodings": (ask("/v1/route", GOOD, "Content-Encoding: identity, gzip"), {415}),
    "gzip unsaid": (ask("/v1/route", gzip.compress(GOOD)), {400}),
}
BODIES: Mapping[str, Row] = {
    "nothing": (ask(body=b""), {422}),
    "arrays in arrays": (ask(body=b"[" * 100_000), {400}),
    "objects in objects": (ask(body=b'{"a":' * 50_000 + b"1" + b"}" * 50_000), {400, 422}),
    "deep attributes": (ask(body=b'{"point":1,"attributes":' + b"[" * 900 + b"]" * 900 + b"}"), {422}),
    "no number": (ask(body=b'{"point":{"x":NaN,"y":30,"crs":"wgs84"}}'), {400, 422}),
    "no end of a number": (ask(body=b'{"point":{"x":1e999,"y":-Infinity,"crs":"wgs84"}}'), {400, 422}),
    "a number of 5 000 digits": (ask(body=b'{"point":{"x":' + b"9" * 5_000 + b',"y":30,"crs":"wgs84"}}'), {400, 422}),
    "a million keys": (ask("/v1/route/batch", b"{%b}" % b",".join(b'"%d":1' % i for i in range(1_000_000))), {422}),
    "a key twice": (ask(body=b'{"point":1,"point":' + json.dumps(POINT).encode() + b"}"), {200}),
    "no UTF-8": (ask(body=b'{"category":"\xff\xfe"}'), {400}),
    "NUL in a text": (case(description="a\0b"), {422}),
    "half a pair": (case(description="\ud800"), {422}),
    "a text from right to left": (case(category="\u202e01060"), {422}),
    "a name of an attribute that is none": (case(attributes={"\0": "x"}), {422}),
    "a text beyond all measure": (case(description="长" * 400_000), {413, 422}),
    "plain text": (ask(body=GOOD, kind="text/plain"), {422}),
    "a form": (ask(body=b"point=1", kind="application/x-www-form-urlencoded"), {422}),
    "a file": (ask(body=b"--b\r\n\r\n--b--", kind="multipart/form-data; boundary=b"), {422}),
    "XML": (
        ask(body=b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', kind="application/xml"),
        {422},
    ),
    "pickle": (ask("/v1/route/batch", b"\x80\x04cposix\nsystem\n.", kind="application/x-python-pickle"), {422}),
    "no kind": (ask(body=GOOD, kind=None), {422}),
    "Arrow compressed": (batch(arrow(100_000, "zstd")), {422}),
    "Arrow of nothing": (batch(b""), {400}),
    "Arrow cut off": (batch(arrow()[:-100]), {400}),
    "Arrow cut off early": (batch(arrow()[:20]), {400}),
    "Arrow of noise": (batch(np.random.default_rng(1).bytes(10_000)), {400}),
    "Arrow of a length beyond all": (batch(b"\xff\xff\xff\xff\xff\xff\xff\x7f" + b"\0" * 64), {400}),
    "Arrow with rows that are not there": (batch(_many_rows_of_nothing()), {400, 413}),
    "Arrow with a column in columns": (batch(arrow(category=pa.array([[["06010"]]]))), {422}),
    "Arrow in JSON's name": (ask("/v1/route/batch", arrow()), {400}),
}
