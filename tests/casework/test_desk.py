"""What stands after the desk has settled a case."""

from datetime import UTC, datetime

from gridsvc.casework.desk import Party, Ruling, answer_after

NOON = datetime(2024, 6, 12, 12, 0, tzinfo=UTC)
ONE, TWO = Party("U1", "甲处", "Office one"), Party("U2", "乙处")
STOOD = {
    "accountable": None, "desk": {"reason": "no_rule"}, "assisting": [], "evaluator": {"unit": "U9", "name": "丙"},
    "because": [{"step": "desk", "id": "no_rule", "zh": "没有", "en": "none"}], "areas": {"grid": {"code": "A"}},
}  # fmt: skip


def test_all_of_the_answer_stays_but_whose_it_is():
    after = answer_after(STOOD, Ruling(ONE, [TWO], "wang", NOON, "现场核实"))
    assert after["accountable"] == {"unit": "U1", "name": "甲处", "via": "desk"}
    assert (after["desk"], after["evaluator"], after["assisting"]) == (None, None, [{"unit": "U2", "name": "乙处"}])
    assert after["areas"] == STOOD["areas"]
    assert after["because"][:-1] == STOOD["because"]
    assert STOOD["desk"] is not None


def test_the_step_says_who_settled_it_when_and_why_in_both_languages():
    step = Ruling(ONE, [], "wang", NOON, "现场核实").as_step()
    assert step == {
        "step": "settled",
        "id": "desk",
        "zh": "定责台 2024-06-12 12:00 由 wang 裁定：甲处负责（理由：现场核实）",
        "en": "settled at the desk by wang on 2024-06-12 12:00: Office one is accountable (reason: 现场核实)",
    }


def test_a_ruling_that_makes_a_precedent_is_by_it():
    ruling = Ruling(TWO, [], "wang", NOON, "现场核实", "J-240612-0001")
    assert answer_after(STOOD, ruling)["accountable"]["via"] == "precedent"
    step = ruling.as_step()
    assert step["id"] == "J-240612-0001"
    assert "乙处" in step["en"]
    assert all("J-240612-0001" in step[lang] for lang in ("zh", "en"))
