"""What is private of a case and what its history seals of it: nothing that can be read, all that can be checked."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc import chain
from gridsvc.casework.case import Entry, append
from gridsvc.casework.private import PrivateRow, private_row, private_row_matches
from gridsvc.casework.reporter import Reporter
from gridsvc.errors import BadInput

AT = datetime(2024, 6, 12, 4, tzinfo=UTC)
SALT = bytes(range(16))
WANG = Reporter("王大锤", "13800000001")


@pytest.mark.parametrize(
    ("name", "phone"),
    [
        ("王", None),
        (None, "110"),
        ("J" * 100, "+86 (571) 8888-6666 转 801"),
        (None, "１３８０００００００１"),
        (None, "1" * 40),
    ],
)
def test_a_reporter_says_what_he_likes(name: str | None, phone: str | None):
    assert Reporter.of(name, phone) == Reporter(name, phone)


@pytest.mark.parametrize(
    ("name", "phone", "fields"),
    [
        (None, None, ["reporter"]),
        ("", None, ["reporter.name"]),
        ("王" * 101, "138", ["reporter.name"]),
        (None, "12", ["reporter.phone"]),
        (None, "1" * 41, ["reporter.phone"]),
        (None, "my phone 138", ["reporter.phone"]),
        ("", "<script>", ["reporter.name", "reporter.phone"]),
    ],
)
def test_what_is_no_reporter_is_refused_by_field(name: str | None, phone: str | None, fields: list[str]):
    with pytest.raises(BadInput) as refused:
        Reporter(name, phone)
    assert [e.field for e in refused.value.errors] == fields


@pytest.mark.parametrize(("name", "phone"), [(None, None), ("", ""), ("  ", None), (None, "\t")])
def test_blanks_are_nobody(name: str | None, phone: str | None):
    assert Reporter.of(name, phone) is None


def test_blanks_around_are_left_out():
    assert Reporter.of(" 王 ", " 138 0000 0001 ") == Reporter("王", "138 0000 0001")


def test_of_nothing_there_is_no_digest_and_no_salt():
    assert private_row(None, None, None, SALT) == PrivateRow()
    assert PrivateRow().digest is None


texts = st.none() | st.text(max_size=10)


@given(texts, texts, st.sampled_from([None, WANG, Reporter("王大锤"), Reporter(None, "13800000001")]))
def test_another_part_another_place_or_another_salt_is_another_digest(one: str | None, other: str | None, who: Any):
    row = private_row(who, one, other, SALT)
    if row.is_empty:
        return
    others = [private_row(who, other, one, SALT), private_row(None if who else WANG, one, other, SALT)]
    assert all((o.digest == row.digest) == (o == row) for o in others)
    assert private_row(who, one, other, SALT[::-1]).digest != row.digest
    assert len(row.digest or "") == 64


def entry(payload: dict[str, Any]) -> Entry:
    return append([], UUID(int=1), AT, "demo", "reported", payload)


ROW = private_row(WANG, "路灯不亮", "人民路 1 号", SALT)
SEALED = entry({"private": ROW.digest})


@pytest.mark.parametrize(
    ("row", "matches"),
    [
        (ROW, True),
        (PrivateRow(erased_at=AT), True),
        (replace(ROW, reporter={"name": "李四", "phone": "13800000001"}), False),
        (replace(ROW, reporter=None), False),
        (replace(ROW, description="路灯亮"), False),
        (replace(ROW, description=None), False),
        (replace(ROW, address="人民路 2 号"), False),
        (replace(ROW, salt=SALT[::-1]), False),
        (replace(ROW, salt=None), False),
        (PrivateRow(), False),
        (replace(ROW, erased_at=AT), False),
        (PrivateRow(salt=SALT, erased_at=AT), False),
        (PrivateRow(description="x", erased_at=AT), False),
    ],
)
def test_a_row_that_was_edited_or_half_erased_does_not_match(row: PrivateRow, matches: bool):
    assert private_row_matches(SEALED, row) is matches


@pytest.mark.parametrize(
    ("row", "matches"),
    [
        (PrivateRow(), True),
        (PrivateRow(erased_at=AT), True),
        (PrivateRow(description="put in later"), False),
        (ROW, False),
    ],
)
def test_where_nothing_was_private_nothing_may_be(row: PrivateRow, matches: bool):
    assert private_row_matches(entry({"private": None}), row) is matches


@pytest.mark.parametrize(
    ("row", "matches"),
    [
        (PrivateRow(description="路灯不亮"), True),
        (PrivateRow(erased_at=AT), True),
        (PrivateRow(description="路灯亮"), False),
        (PrivateRow(description="路灯不亮", reporter={"name": "王", "phone": None}), False),
    ],
)
def test_early_entries_hold_the_text_themselves(row: PrivateRow, matches: bool):
    assert private_row_matches(entry({"description": "路灯不亮", "address": None}), row) is matches


def test_a_subject_is_sealed_and_where_there_is_none_the_seal_is_that_of_before():
    bare = private_row(WANG, "x", None, SALT)
    assert bare.digest == chain.seal([asdict(WANG), "x", None], SALT).hex()
    named = private_row(WANG, "x", None, SALT, "示例小吃店")
    assert named.digest not in (None, bare.digest)
    entry = append([], UUID(int=1), AT, "demo", "reported", {"private": named.digest})
    assert private_row_matches(entry, named)
    assert not private_row_matches(entry, replace(named, subject="示例大吃店"))
    assert not private_row_matches(entry, replace(named, subject=None))
    assert not private_row(None, None, None, SALT, "x").is_empty
