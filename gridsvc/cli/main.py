"""The entry: gathers the commands, finds the language, and turns our errors into exit codes in one table."""

import logging
import os
import sys
import traceback

import typer

from gridsvc import __version__
from gridsvc.cli import (
    actors,
    actors_list,
    analysis,
    assess,
    attachments,
    audit,
    backup,
    boundaries,
    boundaries_affected,
    boundaries_diff,
    boundaries_export,
    boundaries_repair,
    boundaries_wording,
    bundle,
    cases,
    clocks,
    components,
    demo,
    duty,
    heat,
    modes,
    places,
    posts,
    precedents,
    privacy,
    replay,
    route,
    rules,
    service,
    simulate,
    webhooks,
)
from gridsvc.cli.complaint import complain
from gridsvc.cli.terminal import errors, lang, tell
from gridsvc.errors import GridsvcError, RefusedToPublish, Unavailable
from gridsvc.settings import parse_lang
from gridsvc.values import Lang

EXIT_CODES: tuple[tuple[type[GridsvcError], int], ...] = ((RefusedToPublish, 1), (Unavailable, 3), (GridsvcError, 2))

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="城市网格化管理：任意一点属于哪个网格、由谁负责、依据是什么。 "
    "Which grid is a point in, who answers for it, and why. (--lang zh|en anywhere)",
)
boundaries.app.command("diff")(boundaries_diff.diff)
boundaries.app.command("compare")(boundaries_diff.compare)
boundaries.app.command("export")(boundaries_export.export)
boundaries.app.command("affected")(boundaries_affected.affected)
boundaries.app.command("repair")(boundaries_repair.repair)
boundaries.app.command("compile")(boundaries_wording.compile_text)
boundaries.app.command("describe")(boundaries_wording.describe)
app.add_typer(boundaries.app, name="boundaries", help="边界：检查、载入、发布、比较、导出 · boundaries")
app.add_typer(privacy.app, name="privacy", help="个人信息：到期统计、删除 · personal data: due, erase")
app.add_typer(rules.app, name="rules", help="规则：模板、载入、检查、发布、比较、导出 · rulesets")
actors.app.command("list")(actors_list.list_actors)
actors.app.command("roles")(actors_list.roles)
app.add_typer(actors.app, name="actors", help="账号：新增、授权、密码、密钥 · actors, their rights and keys")
app.add_typer(precedents.app, name="precedents", help="判例：列出、终止 · precedents: list, end")
app.add_typer(cases.app, name="cases", help="案件：导出 · cases: export")
app.add_typer(components.app, name="components", help="部件：导入、导出 · components: import, export")
app.add_typer(analysis.app, name="analysis", help="统计：按类型、区域、时段等；沿街密集路段 · analysis")
app.add_typer(attachments.app, name="attachments", help="附件：统计、核对、清除 · attachments: count, verify, sweep")
app.add_typer(audit.app, name="audit", help="审计：查看、核对 · the audit")
app.add_typer(webhooks.app, name="webhooks", help="事件订阅：新增、暂停、重发 · subscriptions to events")
app.command("route")(route.route)
app.command("duty")(duty.duty)
app.add_typer(posts.app, name="posts", help="岗位：列出、交接 · posts: list them, hand one over")
app.command("places")(places.places)
app.command("heat")(heat.heat)
app.add_typer(assess.app, name="assess", help="考核：生成、列出、定稿、导出、录入评分 · assessment")
app.command("replay")(replay.replay)
app.command("bundle")(bundle.bundle)
app.command("bundle-key")(bundle.make_key)
app.command("mode")(modes.mode)
app.command("sweep")(clocks.sweep)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("up")(service.up)
app.command("down")(service.down)
app.command("status")(service.status)
app.command("serve")(service.serve)
app.command("simulate")(simulate.simulate)
app.command("demo")(demo.demo)


def take_lang(arguments: list[str]) -> list[str]:
    """Take ``--lang zh|en`` out of the arguments, wherever it stands, and keep it for this process."""
    kept: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--lang" or argument.startswith("--lang="):
            text = next(rest, "") if argument == "--lang" else argument.partition("=")[2]
            os.environ["GRIDSVC_LANG"] = parse_lang(text, "--lang")
        else:
            kept.append(argument)
    return kept


def main() -> None:
    """Run one command."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "pyogrio", "httpx2", "httpcore2"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if sys.argv[1:] == ["--version"]:
        tell(f"gridsvc {__version__}", f"gridsvc {__version__}")
        return
    try:
        app(args=take_lang(sys.argv[1:]))
    except GridsvcError as e:
        complain(e, _language(), as_json="--json" in sys.argv)
        sys.exit(next(code for kind, code in EXIT_CODES if isinstance(e, kind)))
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as e:
        zh = _language() == "zh"
        errors.print(f"{'文件操作失败' if zh else 'a file cannot be used'}: {e.filename}: {e.strerror}", markup=False)
        sys.exit(2)
    except Exception:
        # A bug. Not 1, which means findings.
        traceback.print_exc()
        sys.exit(70)


def _language() -> Lang:
    """The language to complain in, also where the complaint is about the language itself."""
    try:
        return lang()
    except GridsvcError:
        return "zh"
