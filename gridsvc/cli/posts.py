"""``gridsvc posts``: who holds which post, and the hand-over of a post to another person."""

import json
import sys
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from gridsvc.cli.database import migrated
from gridsvc.cli.duty import At, Boundaries, room_at
from gridsvc.cli.terminal import instant, now, operator, pick, results, settings, tell
from gridsvc.on_duty import posts_in_force
from gridsvc.services.posts import hand_over

app = typer.Typer(no_args_is_help=True)
HEADS = (("岗位", "post"), ("角色", "role"), ("范围", "of"), ("人员", "person"), ("值守时段", "duty"), ("任期", "term"))


@app.command("list")
def list_posts(
    at: At = None,
    role: Annotated[str | None, typer.Option(help="角色 · role")] = None,
    area: Annotated[str | None, typer.Option(help="区域或单位编码 · code of an area or a unit")] = None,
    person: Annotated[str | None, typer.Option(help="人员编码 · code of a person")] = None,
    boundaries: Boundaries = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """列出在任岗位 · list the posts that hold at an instant."""
    when = instant(at, "--at") or now()
    found = posts_in_force(room_at(boundaries, when), when, role, area, person)
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    table = Table(show_lines=False)
    for head in HEADS:
        table.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    for post in found:
        title, of = pick(post["title_zh"], post["title_en"]), post["area"] or post["unit"] or ""
        who = " ".join(filter(None, (post["person"], post["name"], post["phone"])))
        term = "–".join((t or "")[:16].replace("T", " ") for t in (post["valid_from"], post["valid_to"]))
        table.add_row(*map(Text, (post["post"], title, of, who, post["duty"], term)))
    results.print(table)


@app.command()
def handover(
    post: Annotated[str, typer.Argument(metavar="POST", help="岗位编码，见 list · code of the post, see list")],
    to: Annotated[str, typer.Option(metavar="PERSON", help="接任人员编码 · code of the person who follows")],
    reason: Annotated[str, typer.Option(help="理由，记入审计 · why, kept in the audit")],
    at: At = None,
) -> None:
    """岗位交接：原任到此时为止，接任由此时开始 · who held the post ends, who follows begins at that instant."""
    chosen, moment = settings(), now()
    with migrated(chosen) as engine:
        made = hand_over(
            engine, post, to, instant(at, "--at") or moment, reason, by=operator(), now=moment,
            district=chosen.district,
        )  # fmt: skip
    told = made.at.isoformat()
    tell(
        f"{made.ended} 于 {told} 结束，{to} 接任为 {made.begun}；规则版次 {made.ruleset}",
        f"{made.ended} ends at {told}, {to} follows as {made.begun}; ruleset {made.ruleset}",
    )
