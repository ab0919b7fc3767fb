"""Time limits by category, condition and stage: a made-up, consistent set in the manner of published city lists."""

from demo_city.write import Row

LIMIT_COLUMNS = ["category", "condition", "stage", "amount", "unit", "source", "places"]
GENERIC = "示范区通用时限（自拟）"
OWN = "示范区立案结案标准（自拟）"

# Disposal by major: the fallback where no row names the category itself.
MAJORS = {"01": (5, "working_day"), "02": (5, "working_day"), "03": (3, "working_day"), "04": (5, "working_day"),
          "05": (7, "working_day"), "06": (2, "working_day"), "07": (1, "working_day"), "08": (2, "working_day"),
          "09": (4, "working_hour"), "10": (1, "natural_day")}  # fmt: skip
# Every stage and request of a case that has a time of its own, for all matters alike.
STAGES = [
    ("accept", 1, "urgent_hour"), ("verify", 2, "working_hour"), ("register", 1, "working_hour"),
    ("dispatch", 1, "working_hour"), ("check", 1, "working_day"), ("publish", 2, "working_day"),
    ("return", 4, "working_hour"), ("extension", 4, "working_hour"), ("hold", 1, "working_day"),
    ("hand_over", 1, "working_day"), ("transfer", 5, "working_day"), ("supervision", 1, "working_day"),
    ("whistle", 4, "urgent_hour"), ("escalation", 5, "working_day"),
]  # fmt: skip
# From report to close: the time to dispose of it, and two days for all else.
WHOLE = {"working_hour": (3, "working_day"), "working_day": (3, "working_day"), "natural_day": (4, "natural_day")}
# Events are gone to at once, sooner where the city is dense; who enforces comes ten minutes after who persuades.
BY_MINUTE = ("arrival", "enforcement")
LINK = "应急联动响应时限（自拟）"
AT_ONCE = ("06", "07", "08", "09", "10")
DENSE = "planning_area:*"
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
    found: list[tuple[str, str, str, float, str, str, str]] = []
    for major, (amount, unit) in MAJORS.items():
        more, of_all = WHOLE[unit]
        whole = ("whole", amount + more if of_all == unit else more, of_all)
        stages = [*STAGES, ("disposal", amount, unit), whole]
        found += [(f"{major}*", "", stage, n, of, GENERIC, "") for stage, n, of in stages]
        if major in AT_ONCE:
            found.append((f"{major}*", "", "arrival", 60, "urgent_hour", LINK, ""))
            found.append((f"{major}*", "", "arrival", 30, "urgent_hour", LINK, DENSE))
    found.append(("09*", "", "enforcement", 10, "urgent_hour", LINK, ""))
    # A storm leaves no time for any of that.
    for major in ("01", "06", "10"):
        found.append((f"{major}*", "mode=emergency", "disposal", 120, "urgent_hour", OWN, ""))
    for code in MANHOLES:
        # A missing cover: first make the spot safe, at any hour; the repair has its own limit.
        for stage, hours in (("verify", 1), ("dispatch", 1), ("disposal", 2)):
            found.append((code, "missing", stage, hours, "urgent_hour", OWN, ""))
        found.append((code, "repair", "disposal", 7, "natural_day", OWN, ""))
        found.append((code, "", "disposal", 2, "working_day", OWN, ""))
    found += [(code, condition, "disposal", amount, unit, OWN, "") for code, condition, amount, unit in DISPOSAL]
    rows = [dict(zip(LIMIT_COLUMNS, row, strict=True)) for row in sorted(found)]
    # Minutes are shares of an hour.
    return [r | {"amount": f"{r['amount'] / 60:.4g}"} if r["stage"] in BY_MINUTE or r["condition"] == "mode=emergency"
            else r for r in rows]  # fmt: skip
