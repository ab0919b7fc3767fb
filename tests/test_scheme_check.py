"""The check of schemes: what a scheme names must be there; every fault planted alone is found alone, with its line."""

from datetime import UTC, datetime

import pytest
from test_ruleset_check import LOCAL, snapshot_of

from gridsvc.ruleset_check import check_ruleset

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
UNITS = [{"code": "SO-X", "name": "x"}, {"code": "SO-Y", "name": "y", "kind": "office"}]


def scheme(subject: str, **deduction: str) -> list[tuple[str, str | None, int | None, tuple[str, ...]]]:
    off = {"scheme": "s", "part": "p", "id": "o", "counts": "clusters", "points": "1", "within_m": "20"} | deduction
    tables = {
        "rules": [LOCAL], "units": UNITS, "schemes": [{"scheme": "s", "subject": subject}],
        "scheme_parts": [{"scheme": "s", "part": "p", "weight": "100", "measure": "deductions"}], "deductions": [off],
    }  # fmt: skip
    found = check_ruleset(*snapshot_of(tables), NOW).findings
    return [(f.severity, f.table, f.line, f.codes) for f in found if f.id == "scheme_subject"]


@pytest.mark.parametrize("subject", ["layer:street", "unit", "unit:SO-X", "unit:office;SO-X", "post:dispatcher"])
def test_what_is_there_is_no_fault(subject: str):
    assert scheme(subject, along="lane") == []


@pytest.mark.parametrize(("subject", "named"), [("layer:village", "village"), ("unit:SO-X;NOBODY", "NOBODY")])
def test_a_subject_that_is_not_there_is_an_error(subject: str, named: str):
    assert scheme(subject) == [("error", "schemes", 2, ("s", named))]


def test_a_layer_along_which_nothing_lies_is_an_error_of_its_own_row():
    assert scheme("unit", along="river") == [("error", "deductions", 2, ("s", "river"))]
