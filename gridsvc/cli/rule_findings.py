"""What a check of a ruleset found, on a terminal or in a pipe."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from gridsvc.cli.terminal import lang, pick, results, say


def show_findings(report: Mapping[str, Any]) -> None:
    """Print the findings, errors first, at most fifty."""
    findings = sorted(report["findings"], key=lambda f: f["severity"])
    if not findings:
        say(f"{report['ruleset']}：没有问题", f"{report['ruleset']}: no findings")
        return
    table = table_of(("级别", "severity"), ("检查", "check"), ("表", "table"), ("行", "line"), ("说明", "what"))
    for f in findings[:50]:
        cells = (f["severity"], f["id"], f["table"] or "", str(f["line"] or ""), f[lang()])
        table.add_row(*map(Text, cells))
    results.print(table)
    if len(findings) > 50:
        say(f"另有 {len(findings) - 50} 条，用 --json 查看全部", f"{len(findings) - 50} more: use --json for all")


def table_of(*heads: tuple[str, str]) -> Table:
    """Begin a table whose cells are folded on a terminal and whole in a pipe."""
    table = Table()
    for head in heads:
        table.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    return table
