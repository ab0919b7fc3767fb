"""The documents draw the states, the actions and the requests as the tables in the code have them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import pytest

from gridsvc.casework.lifecycle import AT_WORK, BEFORE, ONGOING, ROWS, Action
from gridsvc.casework.requests import KINDS
from gridsvc.rights import ROLE_NAMES, ROLES, Permission

DOCS = Path(__file__).resolve().parents[2] / "docs"
Lang = Literal["en", "zh"]
WHERE = {"en": "casework.md", "zh": "casework.zh-CN.md"}
HEADS = {
    "en": (
        "| action | centre | from | to | who | requires | clocks |",
        "| request | opened by | settled by | verdicts | then |",
    ),
    "zh": ("| 动作 | 中心 | 从 | 到 | 谁 | 必填 | 时限 |", "| 请求 | 由何动作提出 | 谁答复 | 答复 | 结果 |"),
}
# States that stand together so often that they have a name of their own.
SETS: Mapping[str, tuple[str, str]] = {
    BEFORE: ("before dispatch", "派遣前"),
    ONGOING: ("from filing to check", "立案后至核查"),
    f"{ONGOING} closed archived": ("since it was filed", "立案后"),
    f"{BEFORE} {AT_WORK}": ("until it is over", "结束前"),
    f"{BEFORE} {AT_WORK} closed void": ("until it is archived", "归档前"),
}
CENTRES = {"supervision": "监督", "command": "指挥", "unit": "处置单位"}
ONLY = {
    "desk": ("while the desk has it", "定责台待裁定时"), "asked": ("while a request is open", "有未结请求时"),
    "linked": ("while it is linked", "已关联时"), "whistle": ("while a whistle is open", "吹哨未结时"),
    "due": ("while a reward is due", "奖励待兑现时"),
}  # fmt: skip


def pick(lang: Lang, both: tuple[str, str]) -> str:
    return both[0] if lang == "en" else both[1]


def code(names: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def who(permission: Permission, lang: Lang) -> str:
    roles = [role for role in ROLES if permission in ROLES[role] and role != "administrator"]
    names = ", ".join(roles) if lang == "en" else "、".join(ROLE_NAMES[role] for role in roles)
    return f"`{permission}`: {names}" if lang == "en" else f"`{permission}`：{names}"


def since(row: Action, lang: Lang) -> str:
    for states, both in SETS.items():
        if row.since == frozenset(states.split()):
            return pick(lang, both)
    return code([state for state in f"{BEFORE} {AT_WORK} closed void".split() if state in row.since])


def action(row: Action, lang: Lang) -> str:
    only = pick(lang, ONLY[row.only]) if row.only else ""
    start = f"{since(row, lang)}{'；' if lang == 'zh' else '; '}{only}" if only else since(row, lang)
    clocks = [f"+{stage}" for stage in row.starts] + [f"−{stage}" for stage in row.stops]
    title = row.en if lang == "en" else row.zh
    to = code((row.to,)) if row.to else ""
    centre = pick(lang, (row.centre, CENTRES[row.centre]))
    cells = (
        f"`{row.name}` {title}",
        centre,
        start,
        to,
        who(row.permission, lang),
        code(row.requires),
        " ".join(clocks),
    )
    return "| " + " | ".join(cells) + " |"


def request(name: str, lang: Lang) -> str:
    kind = KINDS[name]
    title = kind.en if lang == "en" else kind.zh
    pauses = pick(lang, ("pauses ", "暂停 ")) + code(kind.pauses) if kind.pauses else ""
    to = code((kind.to,)) if kind.to else ""
    then = "；".join(filter(None, (to, pauses))) if lang == "zh" else "; ".join(filter(None, (to, pauses)))
    asked = pick(lang, (" (who acts for an asked unit)", "（被请求单位的人员）")) if kind.answered else ""
    return f"| `{name}` {title} | `{kind.by}` | `{kind.settles}`{asked} | {code(kind.verdicts)} | {then} |"


def drawn() -> list[str]:
    """The states and what leads from one to another, in the words of Mermaid."""
    edges: dict[tuple[str, str], list[str]] = {}
    order = f"{BEFORE} {AT_WORK} closed void".split()
    for row in ROWS:
        for state in (s for s in order if s in row.since and row.to not in (None, s)):
            edges.setdefault((state, str(row.to)), []).append(row.name)
    for kind in KINDS.values():
        opener = next(row for row in ROWS if row.opens == kind.name)
        for state in (s for s in order if s in opener.since and kind.own and kind.to not in (None, s)):
            edges.setdefault((state, str(kind.to)), []).append(f"settle ({kind.name})")
    lines = [f"    {a} --> {b}: {', '.join(dict.fromkeys(names))}" for (a, b), names in edges.items()]
    return ["stateDiagram-v2", "    [*] --> reported", *lines, "    archived --> [*]"]


def parts(lang: Lang) -> list[list[str]]:
    actions, requests = HEADS[lang]
    return [
        drawn(),
        [actions, "|---|---|---|---|---|---|---|", *(action(row, lang) for row in ROWS)],
        [requests, "|---|---|---|---|---|", *(request(name, lang) for name in KINDS)],
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_tables_of_the_documents_are_those_of_the_code(lang: Lang):
    told = (DOCS / WHERE[lang]).read_text(encoding="utf-8")
    for part in parts(lang):
        assert "\n".join(part) in told, "\n".join(part)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_action_and_kind_has_a_line(lang: Lang):
    _, actions, requests = ("\n".join(part) for part in parts(lang))
    assert all(f"| `{row.name}` " in actions for row in ROWS)
    assert all(f"| `{name}` " in requests for name in KINDS)
