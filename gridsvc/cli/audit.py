"""``gridsvc audit``: who administered what and looked at what, and whether all of it is as it was written."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import instant, lang, pick, progress, results, say, settings, tell
from gridsvc.services import audit
from gridsvc.services.audit import Head
from gridsvc.store.audit import Audited, AuditFilter

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json")]


@app.command()
def verify(
    noted: Annotated[
        str | None, typer.Option("--head", metavar="N:HASH", help="从前记下的链头 · a head that was noted before")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """核对审计链和每个案件的历史，有问题退出码 1 · verify the audit and every case's history; exit 1 for findings.

    被改、被删、插入或调换的记录都会列出。能改写数据库的人也能重写整条链：定期把 gridsvc audit head 的输出记在库外，
    核对时用 --head 给出。 Whatever was changed, removed, put in or moved is named. Who can write to the database could
    write the whole chain anew: note what `gridsvc audit head` prints somewhere outside it, every day say, and give it
    with --head.
    """
    head = None if noted is None else Head.parse(noted, "--head")
    with migrated(settings()) as engine:
        total = audit.count_entries(engine)
        with progress("核对", "verifying", total, plain=not as_json) as bar:
            found = audit.verify(engine, head, bar.step)
    if as_json:
        sys.stdout.write(json.dumps(found.as_dict(), ensure_ascii=False) + "\n")
    elif found.flaws:
        table = Table()
        for title in (("表", "table"), ("编号", "number"), ("问题", "what is wrong")):
            table.add_column(pick(*title), overflow="fold", no_wrap=not results.is_terminal)
        for flaw in found.flaws:
            table.add_row(*map(Text, (flaw.table, flaw.number, flaw.zh if lang() == "zh" else flaw.en)))
        results.print(table)
        if found.more:
            say(f"另有 {found.more} 处", f"and {found.more} more")
    else:
        tell(f"{found.entries} 条记录完好；链头 {found.head}", f"{found.entries} entries are intact; head {found.head}")
    raise typer.Exit(1 if found.flaws else 0)


@app.command("head")
def head_of_audit() -> None:
    """打印链头，请记在数据库之外 · print the head N:HASH, to be noted outside the database for verify --head."""
    with migrated(settings()) as engine:
        sys.stdout.write(f"{audit.audit_head(engine)}\n")


@app.command("list")
def list_entries(
    actor: Annotated[str | None, typer.Option(help="何人 · of an actor")] = None,
    subject: Annotated[str | None, typer.Option(help="对象 · about a subject")] = None,
    action: Annotated[str | None, typer.Option(help="操作 · of an action")] = None,
    start: Annotated[str | None, typer.Option("--from", help="起始时刻（带时区） · from this instant on")] = None,
    end: Annotated[str | None, typer.Option("--to", help="终止时刻（不含） · before this instant")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="最多 · at most")] = 100,
    as_json: AsJson = False,
) -> None:
    """列出审计记录，新的在前 · list the audit, the newest first."""
    since, until = instant(start, "--from"), instant(end, "--to")
    with migrated(settings()) as engine:
        rows = audit.page_of_audit(engine, AuditFilter(actor, subject, action, since, until, limit=limit))
    if as_json:
        sys.stdout.write(json.dumps([_plain(row) for row in rows[:limit]], ensure_ascii=False) + "\n")
        return
    table = Table()
    for title in (("编号", "n"), ("时刻", "at"), ("何人", "actor"), ("操作", "action"), ("对象", "subject"),
                  ("区县", "district"), ("内容", "what")):  # fmt: skip
        table.add_column(pick(*title), overflow="fold", no_wrap=not results.is_terminal)
    for row in rows[:limit]:
        at, what = row.at.isoformat(timespec="seconds"), json.dumps(row.payload, ensure_ascii=False)
        cells = (str(row.n), at, row.actor, row.action, row.subject, row.district or "", what)
        table.add_row(*map(Text, cells))
    results.print(table)
    if len(rows) > limit:
        say("还有更早的记录：用 --limit 或 --to", "there are older ones: use --limit or --to")


def _plain(row: Audited) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("n", "actor", "action", "subject", "district", "payload")}
    return {**told, "at": row.at.isoformat(), "hash": row.hash.hex()}
