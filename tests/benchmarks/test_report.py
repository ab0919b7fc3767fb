"""What a run writes: its own part of the page, and nothing of what people wrote."""

from dataclasses import replace

import pytest

from benchmarks import record, report
from benchmarks.race import Row, Table
from benchmarks.record import Fact, Goal, Result

TABLE = Table(
    "1 unit grid", "points/s", "peer", (Row("gridsvc", (200.0, 240.0, 90.0), 0), Row("peer", (2.0, 2.0, 1.0), None))
)
RESULT = Result(
    "Claim: so it is.", 7, 0, (TABLE,), (Fact("p50", 0.25, "ms"),), (Goal("over peer", 100.0, 50, 200),), ("a note",)
)
PAGE = f"# Results\n\nby hand\n\n{report.BEGIN}\nbefore\n{report.END}\n\n## Steps\n\nby hand too\n"


@pytest.fixture
def kept(tmp_path):
    """A record that was kept in a file and read back."""
    fresh = record.record("bulk", record.machine(), RESULT)
    record.keep(fresh, tmp_path / "results.json")
    return record.kept(tmp_path / "results.json")


def test_a_record_is_read_back_as_it_was_kept(kept):
    assert kept["bulk"].result == RESULT
    assert kept["bulk"].machine["cores"] >= 1
    assert kept["bulk"].machine["versions"]["shapely"]


def test_a_new_record_takes_the_place_of_the_last_one_of_its_name_only(tmp_path, kept):
    file = tmp_path / "results.json"
    record.keep(replace(kept["bulk"], name="heat"), file)
    both = record.keep(replace(kept["bulk"], at="later"), file)
    assert {name: r.at for name, r in both.items()} == {"bulk": "later", "heat": kept["bulk"].at}


def test_no_file_means_no_records(tmp_path):
    assert record.kept(tmp_path / "none.json") == {}


def test_the_page_changes_between_its_marks_only(tmp_path, kept):
    page = tmp_path / "RESULTS.md"
    page.write_text(PAGE, encoding="utf-8")
    for _ in range(2):
        report.write(kept, page, tmp_path / "plots")
        written = page.read_text(encoding="utf-8")
        assert written.startswith("# Results\n\nby hand\n")
        assert written.endswith(f"{report.END}\n\n## Steps\n\nby hand too\n")
        assert written.count("### bulk") == 1
        assert "before" not in written.replace("load before", "")
    assert (tmp_path / "plots" / "bulk.png").read_bytes().startswith(b"\x89PNG")


def test_a_section_states_rate_ratio_span_goal_and_what_was_compared(kept):
    text = "\n".join(report.section(kept["bulk"]))
    for part in (
        "| gridsvc | 200 | 100 | 90 … 120 | 0 |",
        "| peer | 2 | 1 | 1 … 1 | - |",
        "| over peer | 100 x | ≥ 50 | ≥ 200 | holds, short of the aim |",
        "| p50 | 0.25 ms |",
        "- a note",
        "Answers compared: 7, wrong: 0.",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("value", "must", "aim", "better", "met"),
    [
        (None, 1, 2, "more", "open"), (0.5, 1, 2, "more", "no"), (1, 1, 2, "more", "must"), (2, 1, 2, "more", "aim"),
        (3, 2, 1, "less", "no"), (2, 2, 1, "less", "must"), (1, 2, 1, "less", "aim"),
        (1, None, 2, "more", "short"), (3, None, 2, "less", "short"), (2, None, 2, "less", "aim"),
    ],
)  # fmt: skip
def test_a_goal_is_met_or_not(value, must, aim, better, met):
    assert Goal("", value, must, aim, better).met == met


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.00001234, "1.23e-05"),
        (0.1236, "0.124"),
        (99.96, "100"),
        (1234.5, "1 230"),
        (29_512_345, "29 500 000"),
    ],
)
def test_numbers_have_three_digits_that_count(value, text):
    assert report.number(value) == text
