"""``gridsvc precedents``: the register of what the desk settled for the cases after it, and the end of one of them."""

import json
import sys
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import instant, lang, now, operator, pick, results, settings, tell
from gridsvc.services.precedents import end_precedent, read_register

app = typer.Typer(no_args_is_help=True)
STATES = {"in_force": ("有效", "in force"), "ahead": ("未生效", "ahead"), "expired": ("已失效", "expired")}


@app.command("list")
def list_precedents(
    at: Annotated[str | None, typer.Option(help="时刻（带时区），缺省为现在 · an instant, now by default")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """列出判例：事项、地点、单位、依据、期限，已失效的也列出 · list the precedents, expired ones too."""
    given = settings()
    with migrated(given) as engine:
        found = read_register(engine, instant(at, "--at") or now(), given.district)
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    table = Table()
    for title in (("编号", "id"), ("状态", "state"), ("事项", "matters"), ("地点", "place"), ("责任单位", "unit"),
                  ("依据", "source"), ("何人", "by"), ("起", "from"), ("止", "to")):  # fmt: skip
        table.add_column(pick(*title), overflow="fold", no_wrap=not results.is_terminal)
    for one in found:
        matters = "; ".join(f"{c['code']} {c[lang()] or ''}".strip() for c in one["categories"])
        unit = "" if one["unit"] is None else one["unit"]["name"]
        cells = (one["id"], pick(*STATES[one["state"]]), matters, one["place"][lang()], unit, one["source"],
                 one["by"] or "", one["from"] or "", one["to"] or "")  # fmt: skip
        table.add_row(*map(Text, cells))
    results.print(table)


@app.command()
def end(
    id_: Annotated[str, typer.Argument(metavar="ID", help="判例编号 · the precedent's id, J-…")],
    reason: Annotated[str, typer.Option(help="理由 · why")],
) -> None:
    """终止一个判例，自现在起不再适用 · let a precedent hold no longer from now on."""
    given = settings()
    with migrated(given) as engine:
        end_precedent(engine, id_, reason, operator(), now(), given.district)
    tell(f"判例 {id_} 已终止", f"the precedent {id_} has ended")
