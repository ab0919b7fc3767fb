"""Templates of public answers: refused by the cell, the best first, and filled in without a trace of anything else."""

from typing import Any

import pytest

from gridsvc.errors import BadTable
from gridsvc.responsibility.public_answers import EVENTS, FIELDS, fitting, parse_answer

ROW = {"event": "void", "category": "06*", "condition": "", "text_zh": "{number} 不属受理范围", "text_en": ""}


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"event": ""}, "event"),
        ({"event": "fly"}, "event"),
        ({"category": ""}, "category"),
        ({"category": "6*6"}, "category"),
        ({"condition": "simple"}, "condition"),
        ({"event": "accept", "condition": "other"}, "condition"),
        ({"text_zh": ""}, "text_zh"),
        ({"text_zh": "  "}, "text_zh"),
        ({"text_zh": "字" * 1001}, "text_zh"),
        ({"text_zh": "{unit} 已受理"}, "text_zh"),
        ({"text_zh": "{}"}, "text_zh"),
        ({"text_zh": "{0}"}, "text_zh"),
        ({"text_zh": "{number"}, "text_zh"),
        ({"text_zh": "number}"}, "text_zh"),
        ({"text_en": "{number.__class__}"}, "text_en"),
        ({"text_en": "{number[0]}"}, "text_en"),
        ({"text_en": "{number!r}"}, "text_en"),
        ({"text_en": "{number:>9}"}, "text_en"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_by_its_cell(change: dict[str, str], column: str):
    with pytest.raises(BadTable) as e:
        parse_answer(ROW | change)
    assert [f.field for f in e.value.errors] == [column]


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_takes_each_of_its_conditions(event: str):
    for condition in ("", *EVENTS[event]):
        made = parse_answer(ROW | {"event": event, "condition": condition})
        assert made.key == f"{event} 06* {condition}".strip()


def test_a_template_is_filled_in():
    text = "".join(f"{{{name}}} " for name in FIELDS) + "{{x}}"
    made = parse_answer(ROW | {"text_zh": text, "text_en": text})
    zh, en = ({name: lang + name for name in FIELDS} for lang in ("zh:", "en:"))
    assert made.filled(zh, en) == {
        lang: "".join(f"{lang}:{name} " for name in FIELDS) + "{x}" for lang in ("zh", "en")
    }  # fmt: skip
    assert parse_answer(ROW).filled({"number": "1"}, {}) == {"zh": "1 不属受理范围"}


def rows(*told: tuple[str, str, str]) -> list[Any]:
    return [parse_answer(ROW | {"event": e, "category": c, "condition": w}) for e, c, w in told]


TABLE = rows(
    ("void", "0*", ""), ("void", "06*", ""), ("void", "06010", ""), ("void", "0*", "not_found"), ("accept", "06*", ""),
)  # fmt: skip


@pytest.mark.parametrize(
    ("event", "category", "condition", "best"),
    [
        ("void", "06010", "", "void 06010"),
        ("void", "06020", "", "void 06*"),
        ("void", "01010", "", "void 0*"),
        ("void", "06010", "not_found", "void 0* not_found"),
        ("void", "06010", "other", "void 06010"),
        ("accept", "06010", "", "accept 06*"),
        ("accept", "01010", "", None),
        ("close", "06010", "simple", None),
    ],
)
def test_the_narrowest_fits_best(event: str, category: str, condition: str, best: str | None):
    found = fitting(TABLE, event, category, condition)
    assert (found[0].key if found else None) == best
    assert all(t.event == event and t.condition in ("", condition) for t in found)
