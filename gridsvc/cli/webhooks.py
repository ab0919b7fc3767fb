"""``gridsvc webhooks``: where messages about cases are sent, what was given up, and one round of delivery by hand."""

import json
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import now, operator, pick, results, settings, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.rights import Grant
from gridsvc.services import subscriptions as service
from gridsvc.services.current import CurrentRouter
from gridsvc.services.holding import need_pair_at
from gridsvc.services.outgoing import Sender
from gridsvc.services.relay import Done, Relay
from gridsvc.store.engine import transaction

app = typer.Typer(no_args_is_help=True)
Number = Annotated[int, typer.Argument(metavar="ID", min=1, help="编号，见 list · its number, see list")]
Json = Annotated[bool, typer.Option("--json")]


@app.command("list")
def list_subscriptions(as_json: Json = False) -> None:
    """列出订阅：地址、种类、范围、积压和失败 · list the subscriptions, how far each is behind, what failed."""
    chosen = settings()
    with migrated(chosen) as engine:
        found = [shown for _, shown in service.list_subscriptions(engine, _district(engine))]
    if as_json:
        _print({"items": found})
        return
    heads = (("编号", "id"), ("名称", "name"), ("地址", "url"), ("种类", "kinds"), ("范围", "of"), ("状态", "state"),
             ("积压", "behind"), ("待重试", "waiting"), ("已放弃", "dead"), ("最近错误", "error"))  # fmt: skip
    rows = []
    for one in found:
        of = " ".join(filter(None, (one["area"] and f"{one['layer']}:{one['area']}", one["unit"])))
        state = pick("暂停", "paused") if one["paused_at"] else pick("启用", "on")
        kinds = ", ".join(one["kinds"] or [pick("全部", "all")])
        rows.append((one["id"], one["name"], one["url"], kinds, of or pick("全部", "all"), state,
                     one["behind"], one["waiting"], one["dead"], one["error"] or ""))  # fmt: skip
    _table(heads, rows)


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="用途 · what it is for")],
    url: Annotated[str, typer.Argument(metavar="URL", help="https 地址 · address that messages are sent to")],
    kinds: Annotated[str | None, typer.Option(help="种类，逗号分隔，默认全部 · kinds of events, else all")] = None,
    area: Annotated[str | None, typer.Option(metavar="LAYER:CODE", help="只限该区域 · only in this area")] = None,
    unit: Annotated[str | None, typer.Option(help="只限该单位及其下级 · only of this unit and those below it")] = None,
    as_json: Json = False,
) -> None:
    """新增订阅，签名密钥只显示这一次 · add a subscription; the secret of its signatures is shown only here."""
    chosen = settings()
    layer, _, code = (area or "").partition(":")
    if area is not None and not (layer and code):
        mend = ("写成 图层:编码，如 street:330110001", "write LAYER:CODE, as in street:330110001")
        raise BadInput("区域无效", "the area cannot be used", [FieldError("--area", area, *mend)])
    wanted_kinds = None if kinds is None else [k.strip() for k in kinds.split(",") if k.strip()]
    with migrated(chosen) as engine:
        over = Grant("viewer", _district(engine), layer or None, code or None, unit)
        wanted = service.Wanted(name, url, wanted_kinds, over)
        made, secret = service.add_subscription(engine, Sender(chosen.webhook_networks), wanted, operator(), now())
    if as_json:
        _print(made | {"secret": secret})
        return
    tell(f"已新增订阅 {made['id']}。签名密钥，只显示这一次：",
         f"added subscription {made['id']}. Its secret, shown only here:")  # fmt: skip
    results.print(secret, markup=False, highlight=False)


@app.command()
def pause(id_: Number) -> None:
    """暂停，期间的事件恢复后再发 · send nothing more until it is resumed; what happens meanwhile is sent then."""
    with migrated(settings()) as engine:
        service.pause(engine, id_, _district(engine), operator(), now())
    tell(f"订阅 {id_} 已暂停", f"subscription {id_} is paused")


@app.command()
def resume(id_: Number) -> None:
    """从暂停处继续 · go on where it was paused."""
    with migrated(settings()) as engine:
        service.resume(engine, id_, _district(engine), operator(), now())
    tell(f"订阅 {id_} 已恢复", f"subscription {id_} goes on")


@app.command()
def delete(id_: Number) -> None:
    """删除订阅及未送达的事件 · remove a subscription with what it has not delivered."""
    with migrated(settings()) as engine:
        service.end_subscription(engine, id_, _district(engine), operator(), now())
    tell(f"订阅 {id_} 已删除", f"subscription {id_} is removed")


@app.command()
def dead(
    id_: Number,
    most: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="至多几行 · at most so many rows")] = 100,
    as_json: Json = False,
) -> None:
    """列出多次失败后放弃的事件，有则退出码 1 · list the events that were given up; exit 1 if there are any."""
    with migrated(settings()) as engine:
        count, found = service.dead_letters(engine, id_, _district(engine), 0, most)
    if as_json:
        _print({"count": count, "items": [
            asdict(one) | {"at": one.at.isoformat(), "dead_at": one.dead_at.isoformat()} for one in found
        ]})  # fmt: skip
    else:
        tell(f"共 {count} 个", f"{count} in all")
        heads = (("编号", "id"), ("案件", "case"), ("种类", "kind"), ("次数", "tries"), ("错误", "error"))
        _table(heads, [(one.seq, one.number, one.kind, one.tries, one.error or "") for one in found])
    if count:
        raise typer.Exit(1)


@app.command()
def resend(
    id_: Number,
    events: Annotated[list[int] | None, typer.Argument(metavar="[EVENT]...", help="默认全部 · else all")] = None,
) -> None:
    """重发已放弃的事件 · try events again that were given up."""
    with migrated(settings()) as engine:
        again = service.send_again(engine, id_, _district(engine), events or None, operator(), now())
    tell(f"将重发 {again} 个事件", f"{again} events will be sent again")


@app.command()
def deliver(
    once: Annotated[bool, typer.Option("--once", help="送完现有的即结束 · end when there is nothing left")] = False,
    as_json: Json = False,
) -> None:
    """不经服务送达一轮，有失败则退出码 1 · deliver what there is without the service; exit 1 where some failed."""
    if not once:
        mend = ("加上 --once；持续送达由 gridsvc serve 完成", "add --once; gridsvc serve delivers all the time")
        raise BadInput("只能送达一轮", "only one round is delivered here", [FieldError("--once", None, *mend)])
    chosen, total = settings(), Done()
    with migrated(chosen) as engine:
        current = CurrentRouter(engine, now, chosen.district)
        current.look()
        relay = Relay(engine, current, Sender(chosen.webhook_networks), now)
        for id_ in relay.with_work():
            goes_on = True
            while goes_on:
                done = relay.work_on(id_)
                total.delivered += done.delivered
                total.failed += done.failed
                total.dead += done.dead
                goes_on = done.goes_on
    if as_json:
        _print({"delivered": total.delivered, "failed": total.failed, "dead": total.dead})
    else:
        tell(f"送达 {total.delivered}，失败 {total.failed}，放弃 {total.dead}",
             f"{total.delivered} delivered, {total.failed} failed, {total.dead} given up")  # fmt: skip
    if total.failed:
        raise typer.Exit(1)


def _district(engine: Engine) -> str:
    """The district that is served."""
    at = now()
    with transaction(engine) as connection:
        return need_pair_at(connection, at, settings().district, at).edition.district


def _print(told: Any) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


def _table(heads: Any, rows: Any) -> None:
    table = Table()
    for head in heads:
        table.add_column(pick(*head), overflow="fold", no_wrap=not results.is_terminal)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    results.print(table)
