"""Turns records into the part of ``RESULTS.md`` between two marks, and into plots; the rest is written by hand."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.race import Table
from benchmarks.record import HERE, Goal, Record

BEGIN, END = "<!-- begin: written by ./run bench -->", "<!-- end: written by ./run bench -->"
PAGE, PLOTS = HERE / "RESULTS.md", HERE / "plots"
MET = {
    "aim": "reached",
    "must": "holds, short of the aim",
    "short": "short of the aim",
    "no": "**missed**",
    "open": "not there yet",
}


def write(records: Mapping[str, Record], page: Path = PAGE, plots: Path = PLOTS) -> None:
    """Write plots, and the page anew between its marks."""
    for name, record in records.items():
        _plot(record, plots / f"{name}.png")
    lines = [line for record in records.values() for line in (*section(record), "")]
    before, after = page.read_text(encoding="utf-8").split(BEGIN)[0], page.read_text(encoding="utf-8").split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{chr(10).join(lines)}\n{END}{after}", encoding="utf-8")


def section(record: Record, *, headed: bool = True) -> list[str]:
    """Give one benchmark's lines of Markdown; with a heading, the machine and the plot, or its tables only."""
    result = record.result
    lines = []
    if headed:
        lines += [f"### {record.name}", "", result.claim, "", _where(record), ""]
    for table in result.tables:
        lines += [f"{table.title}:", "", *_table(table), ""]
    if result.goals:
        lines += ["| goal | measured | must hold | aim | |", "|---|---|---|---|---|", *map(_goal, result.goals), ""]
    if result.facts:
        lines += [
            "| also measured | |",
            "|---|---|",
            *(f"| {f.what} | {number(f.value)} {f.unit} |" for f in result.facts),
            "",
        ]
    lines += [*(f"- {note}" for note in result.notes), *([""] if result.notes else [])]
    if headed and result.tables:
        lines += [f"![{record.name}](plots/{record.name}.png)", ""]
    return [*lines, f"Answers compared: {result.compared}, wrong: {result.wrong}."]


def number(value: float) -> str:
    """Write a figure with three digits that count, and without an exponent."""
    if value == 0 or not abs(value) < 1e15:
        return f"{value:g}"
    if abs(value) >= 100:
        return f"{float(f'{value:.3g}'):,.0f}".replace(",", " ")
    return f"{value:.3g}" if abs(value) >= 1e-4 else f"{value:.2e}"


def _where(record: Record) -> str:
    m = record.machine
    versions = ", ".join(f"{name} {version}" for name, version in m["versions"].items())
    hardware = f"{m['processor']}, {m['cores']} cores, cache {m['cache']}, {m['memory_gb']} GB"
    software = f"{m['system']}, Python {m['python']}, GEOS {m['geos']}; {versions}"
    return f"{record.at}, commit {m['commit']}; {hardware}, load before {m['load_before']}; {software}."


def _table(table: Table) -> list[str]:
    lines = [f"| method | {table.unit} | x {table.base} | rounds from … to | wrong |", "|---|---|---|---|---|"]
    for row in table.rows:
        ratios = table.ratios(row.method)
        wrong = "-" if row.wrong is None else str(row.wrong)
        span = f"{number(ratios.min())} … {number(ratios.max())}"
        lines.append(f"| {row.method} | {number(row.rate)} | {number(table.ratio(row.method))} | {span} | {wrong} |")
    return lines


def _goal(goal: Goal) -> str:
    sign = "≥" if goal.better == "more" else "≤"
    measured = "-" if goal.value is None else f"{number(goal.value)} {goal.unit}"
    must = "-" if goal.must is None else f"{sign} {number(goal.must)}"
    return f"| {goal.what} | {measured} | {must} | {sign} {number(goal.aim)} | {MET[goal.met]} |"


def _plot(record: Record, file: Path) -> None:
    """Draw one bar a method on a scale of powers of ten, one panel a table."""
    from matplotlib.figure import Figure

    tables = record.result.tables
    if not tables:
        return
    rows = [len(table.rows) for table in tables]
    figure = Figure(figsize=(7.5, 0.6 * len(tables) + 0.24 * sum(rows)), layout="constrained")
    panels = figure.subplots(len(tables), 1, squeeze=False, height_ratios=rows)[:, 0]
    for panel, table in zip(panels, tables, strict=True):
        names, rates = [row.method for row in table.rows][::-1], [row.rate for row in table.rows][::-1]
        bars = panel.barh(names, rates, color=[_colour(name) for name in names], height=0.7)
        panel.bar_label(bars, [number(rate) for rate in rates], padding=3, fontsize=7)
        # A scale of powers has no zero to begin at; the least bar is as long as a power or two.
        panel.set_xscale("log")
        panel.set_xlim(10.0 ** np.floor(np.log10(min(rates)) - 0.5), max(rates) * 10)
        panel.set_title(f"{table.title} ({table.unit})", fontsize=8, loc="left")
        panel.tick_params(labelsize=7)
        panel.spines[["top", "right"]].set_visible(False)
    file.parent.mkdir(exist_ok=True)
    figure.savefig(file, dpi=80, metadata={"Software": None})


def _colour(method: str) -> str:
    return "#9aa5b1" if method.startswith("floor") else "#c8553d" if method.startswith("gridsvc") else "#4c78a8"
