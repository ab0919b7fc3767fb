"""What each action asks of whoever takes it, as fields of a form: no page has to know an action."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from gridsvc.casework import titles
from gridsvc.casework.case import State
from gridsvc.casework.lifecycle import BEFORE, Action
from gridsvc.casework.requests import KINDS, RUNGS
from gridsvc.casework.titles import Titles
from gridsvc.casework.worktime import WORKED
from gridsvc.values import LONGEST_REASON

Kind = Literal[
    "reason", "text", "choice", "unit", "units", "number", "flag", "point", "category", "component", "attributes",
    "case", "scores", "precedent", "attachments",
]  # fmt: skip
# One value that may be chosen, with its titles.
Choice = tuple[Any, str, str]
NameOf = Callable[[str], tuple[str, str]]
Request = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that an action takes, under the name that its request has for it.

    ``most``: characters of a text, values of several, or the highest number; ``least``: the lowest number, ``above``:
    what the number must exceed. A form begins with the ``default``. A field is asked only where each other field in
    ``when`` has one of the values there, and none in ``unless`` has one. A ``precedent`` is as the request of
    ``decide`` has it.
    """

    name: str
    kind: Kind
    zh: str
    en: str
    required: bool = False
    choices: tuple[Choice, ...] | None = None
    most: float | None = None
    least: float | None = None
    above: float | None = None
    default: Any = None
    when: Mapping[str, Sequence[Any]] | None = None
    unless: Mapping[str, Sequence[Any]] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The field as JSON has it; what is not said is left out."""
        said = {name: value for name in _NAMES if (value := getattr(self, name)) is not None}
        if self.choices is not None:
            said["choices"] = [{"value": value, "zh": zh, "en": en} for value, zh, en in self.choices]
        return said


_NAMES = tuple(f.name for f in fields(Field))


def _of(words: Titles, *values: str) -> tuple[Choice, ...]:
    return tuple((value, *words[value]) for value in values or words)


_FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("reason", "reason", "理由", "reason", most=LONGEST_REASON),
        Field("attachments", "attachments", "附件", "attachments", most=20),
        Field("answer", "text", "公开答复", "public answer", most=1000),
        Field("result", "text", "处置结果", "result", most=2000),
        Field("basis", "text", "依据", "legal basis", most=LONGEST_REASON),
        Field("role", "text", "到场身份", "who arrived", most=40),
        Field("cause", "choice", "作废原因", "why it is no case", choices=_of(titles.CAUSES)),
        Field("grade", "choice", "处置等级", "grade of handling", choices=_of(titles.GRADES)),
        Field("way", "choice", "督办方式", "way", choices=_of(titles.WAYS)),
        Field("for", "choice", "吹哨事由", "what for", choices=_of(titles.PURPOSES)),
        Field("unit", "unit", "责任单位", "unit"),
        Field("assisting", "units", "协办单位", "assisting units", most=20),
        Field("asked", "units", "应哨单位", "respondents", most=50),
        Field("settled", "flag", "现场已解决", "settled on the spot", default=True),
        Field("amount", "number", "延长", "how much more", above=0),
        Field("case", "case", "另一案件", "other case", most=64),
        Field("point", "point", "位置", "place"),
        Field("category", "category", "类别", "category", most=20),
        Field("component", "component", "部件", "component", most=64),
        Field("accuracy_m", "number", "定位误差（米）", "accuracy in metres", least=0, most=100_000),
        Field("attributes", "attributes", "属性", "attributes"),
        Field("precedent", "precedent", "立为判例", "keep as a precedent"),
        Field("verdict", "choice", "答复", "answer"),
        Field("request", "choice", "请求", "request"),
        Field("scores", "scores", "评分", "scores", least=0, most=100),
        Field("as", "choice", "关联方式", "link as"),
        Field("rung", "choice", "协调层级", "rung"),
    )
}
# What an action may have beside what its row requires.
_MAY: Mapping[str, str] = {
    "accept": "answer", "register": "answer", "void": "answer", "decide": "assisting precedent", "dispatch": "unit",
    "arrive": "role settled", "return": "unit", "close": "result answer",
    "correct": "category point component accuracy_m attributes",
}  # fmt: skip


def form(row: Action, state: State, name_of: NameOf, open_: Sequence[Request], may_bind: bool) -> list[Field]:
    """Give the fields of an action that is legal: what it requires first, the remark and the attachments last.

    ``open_`` are the open requests that the caller may answer by it, or arrive for. ``may_bind``: whether what he
    settles may be a precedent.
    """
    made = [_FIELDS[name] for name in _MAY.get(row.name, "").split()]
    if row.name == "settle":
        made = _settling(state, name_of, open_)
    else:
        made = [replace(_FIELDS[name], required=True) for name in row.requires if name != "request"] + made
        made = [_fitted(row, field, state) for field in made]
        if row.name == "arrive":
            made = [*_arriving(row, state, name_of, open_), *made]
    if all(field.name != "reason" for field in made):
        made.append(_FIELDS["reason"])
    if row.name == "dispatch":
        # Another unit than the one that was found needs a reason.
        made[-1] = replace(made[-1], required=True, unless={"unit": [state.unit]})
    made.append(_FIELDS["attachments"])
    return [field for field in made if may_bind or field.kind != "precedent"]


def _fitted(row: Action, field: Field, state: State) -> Field:
    """Fit a field to the action that has it, and to the case as it stands."""
    if field.name == "result" and row.name in ("verify", "check"):
        words = titles.VERIFIED if row.name == "verify" else titles.CHECKED
        return replace(field, kind="choice", zh="结果", most=None, choices=_of(words))
    if (row.name, field.name) == ("extend", "unit"):
        # Only what runs on the same clock can be added to it.
        own = [c["unit"] for c in state.clocks if c["stage"] == "disposal" and c["state"] != "stopped"][-1:]
        units = [u for u in titles.LIMIT_UNITS if not own or u == own[0] or {u, own[0]} <= WORKED]
        return replace(field, kind="choice", zh="时间单位", en="unit of time", choices=_of(titles.LIMIT_UNITS, *units))
    if (row.name, field.name) == ("dispatch", "unit"):
        return replace(field, default=state.unit)
    if (row.name, field.name) == ("return", "unit"):
        return replace(field, zh="建议单位", en="proposed unit")
    if (row.name, field.name) == ("unlink", "case"):
        numbers = [link["number"] for link in state.links]
        return replace(field, kind="choice", choices=tuple((n, n, n) for n in numbers))
    if field.name == "as":
        joins = state.status in BEFORE.split()
        return replace(field, choices=_of(titles.LINKS, *(x for x in titles.LINKS if joins or x != "duplicate")))
    if field.name == "rung":
        climbed = [RUNGS.index(r["rung"]) + 1 for r in state.requests if r["kind"] == "escalation"]
        return replace(field, choices=_of(titles.RUNGS, *RUNGS[max(climbed, default=0) :]))
    return field


def _settling(state: State, name_of: NameOf, open_: Sequence[Request]) -> list[Field]:
    """Which request, how it may be answered, and what its kind needs for that."""
    made = [_asked_for(open_, required=True)]
    for request in open_:
        kind, when = KINDS[request["kind"]], {"request": [request["n"]]}
        granted = when | {"verdict": [kind.verdicts[0]]}
        verdicts = _of(titles.VERDICTS, *kind.verdicts)
        default = verdicts[0][0] if len(verdicts) == 1 else None
        made.append(replace(_FIELDS["verdict"], required=True, choices=verdicts, default=default, when=when))
        if kind.name == "return":
            proposed = (request.get("proposed") or {}).get("unit")
            other = None if proposed == state.unit else proposed
            made.append(replace(_FIELDS["unit"], zh="改派单位", en="to which unit", default=other, when=granted))
        for name in kind.needs:
            chosen = _units(request["asked"], name_of) if name == "scores" else None
            made.append(replace(_FIELDS[name], required=True, choices=chosen, when=granted))
        if kind.name == "escalation":
            made += [replace(_FIELDS[name], when=granted) for name in ("assisting", "precedent")]
    return [*made, replace(_FIELDS["reason"], required=True)]


def _arriving(row: Action, state: State, name_of: NameOf, open_: Sequence[Request]) -> list[Field]:
    """For which whistle, and whose people; without one for the case itself, where that is waited for."""
    calls = {"request": [r["n"] for r in open_]}
    made = [_asked_for(open_, required=row.only == "whistle")] if open_ else []
    for request in open_:
        asked = _units(request["asked"], name_of)
        default = asked[0][0] if len(asked) == 1 else None
        only = {"request": [request["n"]]}
        made.append(replace(_FIELDS["unit"], required=True, choices=asked, default=default, when=only))
    if row.only != "whistle":
        made.append(replace(_FIELDS["unit"], default=state.unit, unless=calls if open_ else None))
    return made


def _asked_for(open_: Sequence[Request], required: bool) -> Field:
    choices = tuple((r["n"], f"{KINDS[r['kind']].zh} #{r['n']}", f"{KINDS[r['kind']].en} #{r['n']}") for r in open_)
    default = choices[0][0] if required and len(choices) == 1 else None
    return replace(_FIELDS["request"], required=required, choices=choices, default=default)


def _units(codes: Sequence[str], name_of: NameOf) -> tuple[Choice, ...]:
    return tuple((code, *name_of(code)) for code in codes)
