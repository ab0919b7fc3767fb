"""What ``./run audit`` makes of reports: a list that was not asked never counts as good news."""

import json

import pytest

from tools.audit import CLEAN, FAULTS, UNASKED, of_python, of_web

GOOD = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "code", "told"),
    [
        ([], UNASKED, ["Python: no packages"]),
        ([GOOD], CLEAN, []),
        ([GOOD, BAD], FAULTS, ["Python: b 2: CVE-1, mended in 3"]),
        ([GOOD, SKIPPED], UNASKED, ["Python: c: not found"]),
        ([SKIPPED, BAD], FAULTS, ["Python: b 2: CVE-1, mended in 3"]),
    ],
)
def test_a_report_of_python_packages(packages: list[dict[str, object]], code: int, told: list[str]):
    assert of_python(json.dumps({"dependencies": packages, "fixes": []})) == (code, told)


@pytest.mark.parametrize(
    ("report", "code", "told"),
    [
        ({"vulnerabilities": {}}, CLEAN, []),
        ({"vulnerabilities": {"jquery": {"severity": "high"}}}, FAULTS, ["web: jquery: high"]),
        ({"message": "405 Method Not Allowed", "error": {}}, UNASKED, ["web: no report"]),
    ],
)
def test_a_report_of_web_packages(report: dict[str, object], code: int, told: list[str]):
    assert of_web(json.dumps(report)) == (code, told)


@pytest.mark.parametrize("report", ["", "[]", "null", "Traceback"])
def test_no_report_is_no_good_news(report: str):
    assert of_python(report)[0] == of_web(report)[0] == UNASKED
