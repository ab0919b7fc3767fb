"""Time limits by category, condition and stage: a made-up, consistent set in the manner of published city lists."""

from demo_city.write import Row

LIMIT_COLUMNS = ["category", "condition", "stage", "amount", "unit", "source"]
GENERIC = "示范区通用时限（自拟）"
OWN = "示范区立案结案标准（自拟）"

# Disposal by major: the fallback where no row names the category itself.
MAJORS = {"01": (5, "working_day"), "02": (5, "working_day"), "03": (3, "working_day"), "04": (5, "working_day"),
          "05": (7, "working_day"), "06": (2, "working_day"), "07": (1, "working_day"), "08": (2, "working_day"),
          "09": (4, "working_hour"), "10": (1, "natural_day")}  # fmt: skip
MANHOLES = ["01001", "01002", "01003", "01005", "01006", "01007", "01008", "01011", "01012", "01023"]

# category, condition, amount, unit of the disposal limit
DISPOSAL = [
    ("01004", "", 2, "working_day"), ("01013", "", 1, "working_day"), ("01037", "", 2, "working_day"),
    ("01070", "broken", 4, "urgent_hour"), ("02009", "", 7, "natural_day"), ("02014", "", 4, "urgent_hour"),
    ("02017", "", 2, "working_day"), ("03001", "", 1, "working_day"), ("03005", "", 1, "working_day"),
    ("04002", "fallen", 4, "urgent_hour"), ("06001", "", 20, "working_day"), ("06001", "stop_work", 4, "working_hour"),
    ("06001", "penalty", 7, "working_day"), ("06010", "", 4, "working_hour"), ("06011", "", 4, "working_hour"),
    ("06011", "heap", 2, "working_day"), ("06012", "", 2, "working_hour"),
    ("06012", "standing_water", 4, "working_hour"), ("06013", "", 5, "working_day"),
    ("06013", "collapse", 2, "urgent_hour"), ("06014", "", 2, "working_hour"),
    ("06017", "", 4, "working_hour"), ("06021", "", 5, "working_day"), ("06025", "", 1, "working_day"),
    ("06026", "", 5, "working_day"), ("06028", "", 1, "working_day"), ("06033", "", 2, "urgent_hour"),
    ("06045", "", 5, "working_day"), ("07001", "", 4, "working_hour"), ("07003", "", 5, "working_day"),
    ("08001", "night", 2, "urgent_hour"), ("08003", "", 1, "working_day"), ("08016", "", 15, "working_day"),
    ("09001", "", 2, "working_hour"), ("09005", "", 4, "working_hour"), ("09009", "", 2, "working_hour"),
    ("09010", "", 4, "working_hour"), ("09011", "", 4, "working_hour"), ("09012", "", 1, "urgent_hour"),
    ("10001", "", 12, "urgent_hour"), ("10002", "", 2, "urgent_hour"),
]  # fmt: skip


def limit_rows() -> list[Row]:
    """List all limits, ordered by category, condition and stage."""
    found: list[tuple[str, str, str, int, str, str]] = []
    for major, (amount, unit) in MAJORS.items():
        stages = [("verify", 2, "working_hour"), ("dispatch", 1, "working_hour"), ("disposal", amount, unit),
                  ("check", 1, "working_day")]  # fmt: skip
        found += [(f"{major}*", "", stage, n, of, GENERIC) for stage, n, of in stages]
    for code in MANHOLES:
        # A missing cover: first make the spot safe, at any hour; the repair has its own limit.
        for stage, hours in (("verify", 1), ("dispatch", 1), ("disposal", 2)):
            found.append((code, "missing", stage, hours, "urgent_hour", OWN))
        found.append((code, "repair", "disposal", 7, "natural_day", OWN))
        found.append((code, "", "disposal", 2, "working_day", OWN))
    found += [(code, condition, "disposal", amount, unit, OWN) for code, condition, amount, unit in DISPOSAL]
    return [dict(zip(LIMIT_COLUMNS, row, strict=True)) for row in sorted(found)]
