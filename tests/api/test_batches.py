"""Reading a batch by the compiled way: what it takes it reads as JSON says, and all else it leaves alone."""

import json
from typing import Any

import numpy as np
import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.api import batches
from gridsvc.api.batches import Asked
from gridsvc.errors import BatchTooLarge
from gridsvc.known import CODES
from gridsvc.spatial.compiler import compiled_columns

pytestmark = pytest.mark.skipif(compiled_columns() is None, reason="needs the compiler")


def plainly(body: bytes) -> Asked | type[Exception]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "compiled_columns", lambda: None)
        patch.setattr(batches, "_READERS", [])
        try:
            return Asked.of_json(body)
        except (RequestValidationError, BatchTooLarge) as e:
            return type(e)


def told(asked: Any) -> Any:
    if not isinstance(asked, Asked):
        return asked
    spelled = [[None if v != v else v for v in column.tolist()] for column in (asked.x, asked.y)]
    return *spelled, asked.whose.tolist(), asked.crs, asked.at, asked.edition, asked.ruleset


numbers = st.one_of(
    st.none(), st.integers(-200, 200), st.floats(-180, 180).filter(lambda v: "e" not in repr(v)),
    st.decimals(-180, 180, places=7).map(float).filter(lambda v: "e" not in repr(v)),
)  # fmt: skip
codes = st.one_of(st.none(), st.sampled_from([c for c in CODES if c is not None]), st.text('01abc é"\\', max_size=9))


@given(st.lists(st.tuples(numbers, numbers, codes), max_size=6), st.booleans(), st.sampled_from([None, 1]))
def test_a_batch_is_read_as_json_says(rows: list, is_one: bool, indent: int | None):
    x, y, category = ([row[i] for row in rows] for i in range(3))
    given_body = {"at": "2024-06-12T12:00:00+08:00", "x": x, "category": "06010" if is_one else category, "y": y,
                  "crs": "gcj02", "edition": None}  # fmt: skip
    body = json.dumps(given_body, indent=indent, ensure_ascii=False).encode()
    assert told(Asked.of_json(body)) == told(plainly(body))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_the_nearest_double(value: float):
    body = b'{"x": [%b], "y": [30], "crs": "wgs84"}' % repr(value).encode()
    assert np.float64(Asked.of_json(body).x[0]) == value


@given(st.integers(0, 10**19 - 1), st.integers(0, 22))
def test_digits_and_places_are_rounded_as_python_does(digits: int, places: int):
    from gridsvc.spatial.kernel_columns import quotient

    assert quotient(np.uint64(digits), places) == float(f"{digits}e-{places}")


PLAIN = b'{"x":[120.5,null],"y":[30,-1.25],"crs":"wgs84","category":["06010",null]}'


def test_a_plain_batch_is_taken():
    assert Asked.at_once(PLAIN) is not None


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"{}", b"nonsense", b'{"x"}', b'{"x":[', b'{"x":[1', b'{"x":[1,', b'{"x":[n', b'{"x":["',
        PLAIN[:-1], PLAIN + b"x", PLAIN + b"\0", PLAIN.replace(b"30,", b"30,,"), PLAIN.replace(b"30,", b"30 31,"),
        PLAIN.replace(b"30,", b"030,"), PLAIN.replace(b"30,", b"30.,"), PLAIN.replace(b"30,", b".3,"),
        PLAIN.replace(b"30,", b"+3,"), PLAIN.replace(b"30,", b"-,"), PLAIN.replace(b"30,", b"NaN,"),
        PLAIN.replace(b"30,", b"3e1,"), PLAIN.replace(b"30,", b"1" * 30 + b","), PLAIN.replace(b"30,", b"[30],"),
        PLAIN.replace(b"30,", b"nul,"), PLAIN.replace(b"30,", b""), PLAIN.replace(b"06010", b"\\u0030"),
        PLAIN.replace(b"06010", "é".encode()), PLAIN.replace(b'"06010"', b"6010"), PLAIN.replace(b"06010", b"\x01"),
        PLAIN.replace(b'"crs"', b'"crx"'), PLAIN.replace(b'"wgs84"', b'["wgs84"]'),
        PLAIN.replace(b'"category"', b'"categorx"'), PLAIN[:-1] + b',"category":"06010"}',
        PLAIN.replace(b'"category"', b'"categories"'), PLAIN[:-1] + b',"x":[1,2]}',
        PLAIN[:-1] + b',"x":5}', PLAIN[:-1] + b',"category":["06010","06010"]}', PLAIN[:-1] + b',"more":{"x":[1]}}',
        PLAIN[:-1] + b',"at":"2024"}', PLAIN[:-1] + b',"edition":"' + b"a" * 5000 + b'"}', b"\xef\xbb\xbf" + PLAIN,
        b'{"x":[],"y":[],"crs":"wgs84"}', b'{"x":[1],"y":[1],"crs":"wgs84","category":[]}', b" \n\t" + PLAIN + b" \r\n",
        b'{"category":"06010",' + PLAIN[1:], b'{"x":5,' + PLAIN[1:], PLAIN[:-1] + b',"at":nu}', PLAIN[:-1] + b',"at":}',
        b'{"x":[' + b"1," * 100_000 + b'1],"y":[' + b"1," * 100_000 + b'1],"crs":"wgs84"}',
        b'{"x":[-0.0,-0],"y":[0,0.0],"crs":"wgs84"}', PLAIN.replace(b"30,", b"9007199254740993,"),
    ],
)  # fmt: skip
def test_an_odd_body_is_read_or_refused_as_in_the_plain_way(body: bytes):
    try:
        got: Any = Asked.of_json(body)
    except (RequestValidationError, BatchTooLarge) as e:
        got = type(e)
    assert told(got) == told(plainly(body))


@given(st.integers(0, len(PLAIN) - 1), st.integers(0, 255))
def test_a_broken_byte_changes_nothing_of_that(place: int, byte: int):
    test_an_odd_body_is_read_or_refused_as_in_the_plain_way(PLAIN[:place] + bytes([byte]) + PLAIN[place + 1 :])
