"""``gridsvc simulate``: weeks of an invented city's cases, lived in a minute."""

import json
import sys
from datetime import date
from typing import Annotated

import typer

from gridsvc.bootstrap import past_cases, read_all
from gridsvc.carried import carried
from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import now, pick, progress, results, say, settings
from gridsvc.errors import BadInput, Conflict, FieldError
from gridsvc.services.current import CurrentRouter
from gridsvc.services.simulation.month import Month
from gridsvc.services.simulation.month import simulate as live


def simulate(
    first: Annotated[str, typer.Option("--from", help="起始日 YYYY-MM-DD · first day")],
    days: Annotated[int, typer.Option(min=1, max=366, help="天数 · days")] = 30,
    cases: Annotated[int, typer.Option(min=1, max=10_000, help="每日约多少件 · about so many reports a day")] = 40,
    seed: Annotated[int, typer.Option(help="随机种子 · the same seed lives the same month")] = 1,
    force: Annotated[
        bool, typer.Option("--force", help="不限于演示城市 · also in a city that is not the demo's")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """在演示城市中模拟若干天的案件，每一步都经过正式流程 · live some weeks of cases in the demo city, step by step.

    上报、核实、派遣、退单、延期、挂账、返工、督办、吹哨、结案和评价都按规则进行，写入数据库。
    Reports, returns, extensions, rework, whistles, closing and ratings go the way of real ones, and are stored so.
    """
    chosen = settings()
    day = _day(first)
    folder = read_all(carried("boundaries"))
    with migrated(chosen) as engine:
        district = CurrentRouter(engine, now, chosen.district).get().snapshot.edition.district
        if district != folder.snapshot.edition.district and not force:
            mend = ("换用演示库，或加 --force", "use a database of the demo, or add --force")
            raise Conflict(
                f"库中是区县 {district}，不是演示城市", f"the database holds district {district}, not the demo city",
                [FieldError("--force", None, *mend)],
            )  # fmt: skip
        templates = [past.new for past in past_cases(folder)]
        month = Month(day, days, cases, seed, templates)
        with progress("模拟", "simulating", days * cases, plain=not as_json) as bar:
            counts = live(engine, month, district, bar.step)
    if as_json:
        sys.stdout.write(json.dumps(counts, ensure_ascii=False) + "\n")
        return
    say(f"上报 {counts['report']} 件", f"{counts['report']} cases were reported")
    for name, n in counts.most_common():
        results.print(f"{pick('共', 'times')} {n:>6}  {name}", markup=False)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        mend = ("写成 2024-06-01", "write it as 2024-06-01")
        raise BadInput("日期无法识别", "the day cannot be read", [FieldError("--from", text, *mend)]) from None
