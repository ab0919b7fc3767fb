"""``gridsvc actors``: who may do what. Whoever has the database administers it."""

import getpass
import sys
from datetime import timedelta
from typing import Annotated

import typer
from sqlalchemy import Engine

from gridsvc.cli.actors_list import told_grant
from gridsvc.cli.database import migrated
from gridsvc.cli.terminal import instant, now, operator, pick, say, settings, tell
from gridsvc.errors import BadInput, FieldError
from gridsvc.rights import Grant
from gridsvc.services import actors, keys
from gridsvc.services.catalogue import editions_of
from gridsvc.store.actors import StoredKey

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="账号名 · name of the actor")]
Number = Annotated[int, typer.Argument(metavar="ID", min=1, help="编号，见 list · its number, see list")]
District = Annotated[
    str | None,
    typer.Option(help="区县，只有一个时可省 · may be left out where there is one; administrators: everywhere"),
]
Everywhere = Annotated[bool, typer.Option("--everywhere", help="全部区县 · in every district")]
Area = Annotated[str | None, typer.Option(metavar="LAYER:CODE", help="只限该区域 · only in this area")]
Unit = Annotated[str | None, typer.Option(help="只限该单位及其下级 · only for this unit and those below it")]
From = Annotated[str | None, typer.Option("--from", help="起始时刻（带时区） · instant with its offset, else now")]
To = Annotated[str | None, typer.Option("--to", help="终止时刻 · instant with its offset, else no end")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="从标准输入读密码 · read the password from stdin")]


@app.command()
def add(
    name: Name,
    title: Annotated[str, typer.Option(help="姓名或用途 · full name or purpose")] = "",
    program: Annotated[
        bool, typer.Option("--program", help="程序账号，只用密钥 · a program, which has keys only")
    ] = False,
    password_stdin: FromStdin = False,
    issuer: Annotated[str | None, typer.Option(help="统一身份的签发者 · issuer of its identity (OpenID)")] = None,
    subject: Annotated[str | None, typer.Option(help="统一身份的用户标识 · subject there")] = None,
    role: Annotated[str | None, typer.Option(help="首个角色，见 roles · its first role, see roles")] = None,
    district: District = None,
    everywhere: Everywhere = False,
    area: Area = None,
    unit: Unit = None,
    start: From = None,
    end: To = None,
) -> None:
    """新增账号，可同时授予首个角色 · add an actor, with a first role or without any right.

    第一位管理员 · the first administrator: gridsvc actors add chen --role administrator
    """
    if (issuer is None) != (subject is None):
        mend = ("--issuer 与 --subject 一起填写", "give --issuer and --subject together")
        raise BadInput("统一身份不完整", "the identity is incomplete", [FieldError("--subject", subject, *mend)])
    if role is None and (district or everywhere or area or unit or start or end):
        mend = ("写明角色，见 gridsvc actors roles", "say which role, see gridsvc actors roles")
        raise BadInput("授权缺少角色", "the grant has no role", [FieldError("--role", None, *mend)])
    with migrated(settings()) as engine:
        given = None if role is None else _grant(engine, role, district, everywhere, area, unit, start, end)
        password = _password(password_stdin) if password_stdin or not (program or issuer) else None
        known = None if issuer is None or subject is None else (issuer, subject)
        actors.add_actor(
            engine, name, operator(), now(), kind="program" if program else "person", title=title, password=password,
            subject=known, given=given,
        )  # fmt: skip
    if given is None:
        tell(f"已新增 {name}，尚无权限：gridsvc actors grant {name} ROLE",
             f"added {name}, without any right yet: gridsvc actors grant {name} ROLE")  # fmt: skip
    else:
        tell(f"已新增 {name}：{told_grant(given)}", f"added {name}: {told_grant(given)}")


@app.command()
def grant(
    name: Name,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="角色，见 roles · see roles")],
    district: District = None,
    everywhere: Everywhere = False,
    area: Area = None,
    unit: Unit = None,
    start: From = None,
    end: To = None,
) -> None:
    """授予角色 · grant a role, in a district or only over an area or a unit of it."""
    with migrated(settings()) as engine:
        given = _grant(engine, role, district, everywhere, area, unit, start, end)
        made = actors.grant(engine, name, given, operator(), now())
    tell(f"{name} #{made.id}：{told_grant(made.grant)}", f"{name} #{made.id}: {told_grant(made.grant)}")


@app.command()
def ungrant(name: Name, number: Number) -> None:
    """收回一项授权 · end a grant now."""
    with migrated(settings()) as engine:
        actors.end_grant(engine, name, number, operator(), now())
    tell(f"{name} 的授权 #{number} 已收回", f"grant #{number} of {name} has ended")


@app.command()
def password(name: Name, password_stdin: FromStdin = False) -> None:
    """设置密码，其全部登录随之失效 · set a password; whoever is signed in as this actor is signed out."""
    with migrated(settings()) as engine:
        actors.set_password(engine, name, _password(password_stdin), operator(), now())
    tell(f"{name} 的密码已设置", f"the password of {name} is set")


@app.command()
def end(name: Name) -> None:
    """停用账号及其授权、密钥和登录 · end an actor with all grants, keys and sessions; histories keep the name."""
    with migrated(settings()) as engine:
        actors.end_actor(engine, name, operator(), now())
    tell(f"{name} 已停用", f"{name} has ended")


@app.command()
def key(
    name: Name,
    title: Annotated[str, typer.Option(help="用途 · what it is for")] = "",
    only: Annotated[
        list[str] | None, typer.Option(metavar="PERMISSION", help="只限该权限，可多次 · only for this")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="每秒次数上限 · calls a second at most")] = None,
    expires: Annotated[str | None, typer.Option(help="到期时刻（带时区） · instant with its offset")] = None,
) -> None:
    """新建密钥，只在此显示一次 · make a key, which is shown here on stdout and never again."""
    with migrated(settings()) as engine:
        made, secret = keys.add_key(
            engine, name, title, operator(), now(), permissions=only or None, rate_per_s=rate,
            expires_at=instant(expires, "--expires"),
        )  # fmt: skip
    _show_once(name, made, secret)


@app.command()
def rotate(
    name: Name,
    number: Number,
    overlap_hours: Annotated[float, typer.Option(min=0, max=8760, help="旧密钥还可用 · the old one goes on for")] = 24,
) -> None:
    """换一把密钥，旧的再用一段时间 · make a key in the place of another, which goes on for a while."""
    with migrated(settings()) as engine:
        made, secret = keys.rotate_key(engine, name, number, operator(), now(), timedelta(hours=overlap_hours))
    _show_once(name, made, secret)


@app.command()
def unkey(name: Name, number: Number) -> None:
    """作废一把密钥 · end a key now."""
    with migrated(settings()) as engine:
        keys.end_key(engine, name, number, operator(), now())
    tell(f"{name} 的密钥 #{number} 已作废", f"key #{number} of {name} has ended")


def _grant(
    engine: Engine, role: str, district: str | None, everywhere: bool, area: str | None, unit: str | None,
    start: str | None, end: str | None,
) -> Grant:  # fmt: skip
    layer, colon, code = (area or "").partition(":")
    if area is not None and not (layer and colon and code):
        mend = ("写成 图层:编码，如 grid:0101", "write LAYER:CODE, as in grid:0101")
        raise BadInput("区域写法不对", "the area cannot be read", [FieldError("--area", area, *mend)])
    if everywhere and district is not None:
        mend = ("二者选一", "give one of the two")
        raise BadInput(
            "区县前后矛盾", "both a district and every district", [FieldError("--district", district, *mend)]
        )
    if not everywhere and district is None:
        district = _only_district(engine, is_whole=role == "administrator" and area is None and unit is None)
    return Grant(
        role,  # type: ignore[arg-type]  # refused by Grant where there is none of that name
        district, layer or None, code or None, unit, instant(start, "--from"), instant(end, "--to"),
    )  # fmt: skip


def _only_district(engine: Engine, is_whole: bool) -> str | None:
    """The district that is meant where none is named: the only one there is; every one for an administrator."""
    if is_whole:
        return None
    if (chosen := settings().district) is not None:
        return chosen
    known = sorted({str(e["district"]) for e in editions_of(engine, "edition")})
    if len(known) > 1:
        shown = ", ".join(known)
        mend = (f"其中之一：{shown}；或 --everywhere", f"one of {shown}, or --everywhere")
        raise BadInput("有多个区县", "there are several districts", [FieldError("--district", None, *mend)])
    return known[0] if known else None


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        mend = ("用 --password-stdin 从标准输入给出", "hand it in with --password-stdin")
        raise BadInput("没有终端可询问密码", "there is no terminal to ask for the password",
                       [FieldError("password", None, *mend)])  # fmt: skip
    first = getpass.getpass(pick("密码：", "password: "))
    if getpass.getpass(pick("再输入一次：", "once more: ")) != first:
        mend = ("再来一次", "try again")
        raise BadInput("两次输入不一致", "the two are not the same", [FieldError("password", None, *mend)])
    return first


def _show_once(name: str, made: StoredKey, secret: str) -> None:
    say(f"{name} 的密钥 #{made.id}，只显示这一次：", f"key #{made.id} of {name}, shown this once:")
    sys.stdout.write(secret + "\n")
