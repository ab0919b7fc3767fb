"""A sheet of assessment with names as hostile as anybody could make them."""

from typing import Any

from checked import HOSTILE

FORMULA = '=HYPERLINK("x")'


def sheet(**changes: Any) -> dict[str, Any]:
    """Two subjects of three parts: counted, entered and with deductions; the second has nothing due and no score."""
    part = {"title_zh": HOSTILE, "title_en": FORMULA, "measure": "deductions", "direction": "up", "by": "office"}
    mark = {"points": 20.0, "points_exact": "20", "missing": False, "bonus": 0}
    off = {"id": "o", "n": 2, "points": 10, "cases": [["240601-0001", "240601-0002"], ["240601-0003"]]}
    first = {
        "off": mark | {"off": [off], "bonus": -0.5},
        "rate": mark | {"rate": {"good": 911, "of": 972, "percent": 93.72}},
        "given": mark | {"given": [{"by": FORMULA, "value": 80.5}]},
    }  # fmt: skip
    second = {"off": mark, "rate": mark | {"points": None}, "given": mark | {"points": None, "missing": True}}
    flag = {"what": "flag:red", "amount": None, "rank": "1", "streak": 1, "title_zh": HOSTILE, "title_en": "flag:red"}
    fund = {"what": "fund", "amount": -100000, "rank": "1", "streak": 2, "title_zh": "扣款", "title_en": "fund:-100000"}
    fall = {
        "what": "admonition",
        "amount": None,
        "rank": "last",
        "streak": 2,
        "title_zh": "admonition",
        "title_en": "x",
    }
    line = {"code": "A", "n_cases": 5, "too_few": False, "missing": [], "streaks": {}}
    made = {
        "id": 7, "state": "frozen", "scheme": "s", "title_zh": "考核 " + HOSTILE, "title_en": FORMULA,
        "period": "2024-06",
        "period_zh": "2024年6月", "period_en": "June 2024", "subject": "unit", "city": HOSTILE, "district": "990999",
        "edition": "E", "ruleset": "R", "known_at": "2024-07-01T09:00:00+08:00", "made_by": "office",
        "made_at": "2024-07-01T09:00:00+08:00", "frozen_by": FORMULA, "frozen_at": "2024-07-02T09:00:00+08:00",
        "reason": HOSTILE, "revises": 6, "hash": "ab" * 32, "full": 60, "fund_yuan": 5_000_000, "paid_yuan": 0,
        "parts": [part | {"part": p, "weight": 20} for p in ("off", "rate", "given")],
        "deductions": [{"part": "off", "id": "o", "title_zh": HOSTILE, "title_en": FORMULA, "points": 5}],
        "inputs": [{"period": "2024-06", "code": "c", "subject": "A", "giver": FORMULA, "value": 80.5, "note": HOSTILE,
                    "actor": "office", "at": None, "seq": 1}],
        "notes": [{"zh": HOSTILE, "en": HOSTILE}],
        "lines": [
            line | {"name": HOSTILE, "rank": 1, "total": 60.0, "marks": first, "consequences": [flag, fund, fall]},
            line | {"code": "B", "name": FORMULA, "rank": None, "total": None, "marks": second, "consequences": [],
                    "too_few": True, "missing": ["given"]},
        ],
    }  # fmt: skip
    return made | changes
