"""Who may do what, and where: roles, dated grants, and the reach they give. One policy for every door.

Pure: :mod:`gridsvc.store.rights` says the same as SQL, and ``api/policy.py`` says what each address needs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from gridsvc.errors import BadInput, FieldError, Forbidden

Permission = Literal[
    "route",  # ask who answers for a point
    "map:read",  # layers, areas, components, units, categories and published editions
    "draft:read",  # editions and rulesets that were not published, and who waived what
    "edition:write",  # make drafts of editions, draw in them, and replay past cases under them
    "edition:publish",  # let an edition hold, and call a planned one off
    "component:write",
    "case:report",
    "attachment:write",  # send photos, films and documents that go with a report or an action
    "case:read",
    "case:accept",  # take reports on: accept, have them verified, correct and link them
    "case:inspect",  # say what was found on the spot
    "case:file",  # file and void cases, have them checked, close them
    "case:decide",  # settle at the desk whose a case is
    "case:dispatch",  # dispatch to units, and settle what they ask for
    "case:handle",  # what the unit does that has a case, or is asked
    "case:settle",  # settle requests, each kind with the permission that it needs beside
    "case:supervise",  # supervise units, and take disputes up the ladder
    "reward:pay",  # note that the reward for a report was paid
    "case:whistle",  # call other units to a case, and score them
    "mode:write",  # switch between normal and emergency mode
    "case:exchange",  # what another platform sends, and says of what was handed up to it
    "rule:write",  # make drafts of rulesets, and publish them
    "precedent:write",  # let what was settled decide the cases after it, and end that
    "assess:write",  # make sheets of assessment, freeze them, and enter scores
    "post:write",  # let another person follow in a post
    "reporter:see",  # that there is a reporter, with name and number masked
    "personal:unmask",  # names and numbers in full, one at a time, with a reason that is kept
    "actor:write",  # actors, grants and keys
    "subscription:write",  # where messages about cases are sent
    "audit:read",
    "metrics:read",  # what the service counts of itself, for whoever watches it
]
MEANS: Mapping[Permission, tuple[str, str]] = {
    "route": ("查询某点由谁负责", "ask who answers for a point"),
    "map:read": ("查看图层、区域、部件、单位、类别和已发布的版次", "see layers, areas, components, units, editions"),
    "draft:read": ("查看未发布的版次和规则及放行记录", "see unpublished editions and rules, and what was waived"),
    "edition:write": ("制作、修改版次草稿并回放", "make drafts of editions, draw in them, and replay under them"),
    "edition:publish": ("发布版次、取消待生效的发布", "publish editions, and call a planned one off"),
    "component:write": ("登记部件", "record components"),
    "case:report": ("上报案件", "report cases"),
    "attachment:write": ("上传照片、视频和文件", "send photos, films and documents"),
    "case:read": ("查看案件", "see cases"),
    "case:accept": ("受理、派核实、更正和关联案件", "accept cases, have them verified, correct and link them"),
    "case:inspect": ("核实、核查案件", "verify and check on the spot"),
    "case:file": ("立案、作废、派核查、结案、归档", "file, void, close and archive cases, have them checked"),
    "case:decide": ("在定责台裁定责任单位", "settle at the desk whose a case is"),
    "case:dispatch": ("派遣案件，答复退单、延期和挂账", "dispatch cases, settle returns, extensions and holds"),
    "case:handle": ("处置本单位案件，答复督办和移送", "handle the unit's cases, answer supervision and transfer"),
    "case:settle": ("答复请求（另按请求种类核对权限）", "settle requests, as far as each kind is permitted"),
    "case:supervise": ("督办、升级协调", "supervise units, take disputes up the ladder"),
    "reward:pay": ("登记已兑现奖励", "note that a reward was paid"),
    "case:whistle": ("吹哨并评分", "call units to a case, and score them"),
    "mode:write": ("切换平时与应急状态", "switch between normal and emergency mode"),
    "case:exchange": ("与其他平台交换案件", "exchange cases with another platform"),
    "rule:write": ("载入并发布规则版次", "load and publish rulesets"),
    "precedent:write": ("把裁定立为判例，或终止判例", "make a precedent of what was settled, or end one"),
    "assess:write": ("生成考核表、定稿、录入评分", "make sheets of assessment, freeze them, and enter scores"),
    "post:write": ("办理岗位交接", "hand a post over to another person"),
    "reporter:see": ("查看举报人（姓名和电话隐去部分）", "see that there is a reporter, name and number masked"),
    "personal:unmask": ("查看完整姓名和电话，须写明理由", "see names and numbers in full, with a reason that is kept"),
    "actor:write": ("管理账号、授权和密钥", "administer actors, grants and keys"),
    "subscription:write": ("管理事件订阅", "administer where messages about cases are sent"),
    "audit:read": ("查看审计", "see the audit"),
    "metrics:read": ("读取服务运行指标", "read what the service counts of itself"),
}  # fmt: skip
Role = Literal[
    "viewer", "collector", "receptionist", "shift_leader", "dispatcher", "unit_handler", "chief", "planner",
    "rule_editor", "administrator", "system",
]  # fmt: skip
ALL: frozenset[Permission] = frozenset(get_args(Permission))
_READ: frozenset[Permission] = frozenset({"route", "map:read", "case:read"})
_PEOPLE: frozenset[Permission] = frozenset({"reporter:see", "personal:unmask"})
# The whole table of roles. Names are the field's: 采集员 受理员 值班长 派遣员 处置人员 网格长、街长 …
ROLES: Mapping[Role, frozenset[Permission]] = {
    "viewer": _READ,
    "collector": _READ | {"case:report", "attachment:write", "case:inspect", "component:write"},
    "receptionist": _READ | _PEOPLE | {"case:report", "attachment:write", "case:accept", "case:inspect"},
    # Whose a case is, is settled where cases are dispatched. A precedent binds every case after it: that is for who
    # leads the shift, beside whoever keeps the rules.
    "shift_leader": _READ | _PEOPLE | {
        "case:report", "case:accept", "case:inspect", "case:file", "case:decide", "case:dispatch", "case:settle",
        "case:supervise", "case:whistle", "reward:pay", "attachment:write", "precedent:write", "mode:write",
    },
    "dispatcher": _READ | _PEOPLE | {"case:decide", "case:dispatch", "case:settle", "case:supervise"},
    "unit_handler": _READ | _PEOPLE | {"attachment:write", "case:handle", "case:settle"},
    "chief": _READ | _PEOPLE | {"case:report", "attachment:write", "case:settle", "case:whistle"},
    # Who is scored himself does not keep the score.
    "planner": _READ | {"draft:read", "edition:write", "assess:write"},
    "rule_editor": _READ | {"draft:read", "rule:write", "precedent:write", "post:write"},
    "administrator": ALL,
    "system": _READ | {"case:report", "attachment:write", "case:exchange", "metrics:read"},
}  # fmt: skip
ROLE_NAMES: Mapping[Role, str] = {
    "viewer": "查看", "collector": "采集员", "receptionist": "受理员", "shift_leader": "值班长", "dispatcher": "派遣员",
    "unit_handler": "处置人员", "chief": "网格长、街长", "planner": "规划人员", "rule_editor": "规则编辑",
    "administrator": "管理员", "system": "系统对接",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grant:
    """A role over a district, or only over one area or one unit of it (both: where both are), for a time.

    ``district`` None is every district of the installation. The validity is half-open; None is no end.
    """

    role: Role
    district: str | None = None
    layer: str | None = None
    area: str | None = None
    unit: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            known = ", ".join(ROLES)
            error = FieldError("role", self.role, f"可用：{known}", f"one of {known}")
            raise BadInput("没有这个角色", "there is no such role", [error])
        if (self.layer is None) != (self.area is None):
            mend = ("图层和区域要么都填，要么都不填", "give layer and area, or neither")
            raise BadInput("授权范围不完整", "the grant's area is incomplete", [FieldError("area", self.area, *mend)])
        if self.district is None and (self.area is not None or self.unit is not None):
            mend = ("给出区域或单位所在的区县", "give the district of the area or unit")
            raise BadInput("授权缺少区县", "the grant has no district", [FieldError("district", None, *mend)])
        if self.valid_from is not None and self.valid_to is not None and self.valid_to <= self.valid_from:
            mend = ("结束应晚于开始", "let it end after it begins")
            error = FieldError("valid_to", self.valid_to.isoformat(), *mend)
            raise BadInput("授权时段无效", "the grant's validity is empty", [error])

    def holds(self, at: datetime) -> bool:
        """Whether it holds at an instant."""
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class Term:
    """One alternative of a reach: what lies in this area, if one is named, and is some of these units', if any are."""

    area: tuple[str, str] | None = None
    units: frozenset[str] | None = None

    def covers(self, areas: Mapping[str, str], parties: frozenset[str]) -> bool:
        """Whether something in these areas (code by layer) with these units lies within it."""
        if self.area is not None and areas.get(self.area[0]) != self.area[1]:
            return False
        return self.units is None or not self.units.isdisjoint(parties)


@dataclass(frozen=True, slots=True)
class Reach:
    """What of one district an actor's grants let him see or touch: everything, or the union of some terms.

    ``own`` names the actor where also that counts which he reported himself.
    """

    district: str
    terms: frozenset[Term]
    own: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole district."""
        return Term() in self.terms

    def covers(
        self, areas: Mapping[str, str], parties: frozenset[str] = frozenset(), reported_by: str | None = None
    ) -> bool:
        """Whether something of this district lies within it; the twin of ``store.rights.within_reach``.

        It needs no row: a stream asks it of each event that bears its case's areas, units and reporter.
        """
        if self.own is not None and reported_by == self.own:
            return True
        return any(term.covers(areas, parties) for term in self.terms)


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller: the name that goes into histories, and the grants. A key may narrow what it can be used for.

    ``only`` is None where nothing is narrowed.
    """

    name: str
    grants: tuple[Grant, ...] = ()
    only: frozenset[Permission] | None = None

    def roles(self, district: str, at: datetime) -> list[Role]:
        """Give the roles held in a district at an instant, each once, in the order of the table."""
        held = {g.role for g in self._holding(district, at)}
        return [role for role in ROLES if role in held]

    def permissions(self, district: str, at: datetime) -> frozenset[Permission]:
        """Give what may be done somewhere in a district at an instant."""
        found = frozenset(p for g in self._holding(district, at) for p in ROLES[g.role])
        return found if self.only is None else found & self.only

    def may(self, permission: Permission, district: str, at: datetime) -> bool:
        """Whether this may be done somewhere in a district at an instant."""
        return permission in self.permissions(district, at)

    def reach(
        self, permission: Permission, district: str, at: datetime, below: Mapping[str, frozenset[str]] | None = None
    ) -> Reach:
        """Give where something may be done at an instant; raises ``Forbidden`` where nowhere.

        ``below`` gives the units under each unit, itself among them: who acts for a bureau acts for its squads.
        """
        if not self.may(permission, district, at):
            raise forbidden(permission, district)
        terms = set()
        for grant in self._holding(district, at):
            if permission in ROLES[grant.role]:
                area = None if grant.layer is None or grant.area is None else (grant.layer, grant.area)
                unit = grant.unit
                units = None if unit is None else (below or {}).get(unit, frozenset({unit}))
                terms.add(Term(area, units))
        whole = Term()
        return Reach(district, frozenset({whole} if whole in terms else terms), self.name)

    def administers(self, given: Grant, at: datetime) -> bool:
        """Whether this is an administrator over all that a grant covers; with a narrowed key nobody is."""
        return bool(self._over(given, at))

    def may_over(self, permission: Permission, given: Grant, at: datetime) -> bool:
        """Whether this may be done over all that a grant covers."""
        return (self.only is None or permission in self.only) and bool(self._covering(permission, given, at))

    def may_grant(self, given: Grant, at: datetime) -> bool:
        """Whether this is an administrator over all that a grant covers, and for no less long than it holds."""
        ends = given.valid_to
        return any(own.valid_to is None or (ends is not None and ends <= own.valid_to) for own in self._over(given, at))

    def _over(self, given: Grant, at: datetime) -> list[Grant]:
        """The own grants that make this an administrator over all that a grant covers."""
        return [] if self.only is not None else self._covering("actor:write", given, at)

    def _covering(self, permission: Permission, given: Grant, at: datetime) -> list[Grant]:
        """The own grants that give a permission over all that a grant covers."""
        return [
            own
            for own in self.grants
            if permission in ROLES[own.role]
            and own.holds(at)
            and own.district in (None, given.district)
            and (own.area is None or (own.layer, own.area) == (given.layer, given.area))
            and own.unit in (None, given.unit)
        ]

    def _holding(self, district: str, at: datetime) -> list[Grant]:
        return [g for g in self.grants if g.district in (None, district) and g.holds(at)]


# Where something may be done; None for nowhere.
May = Callable[[Permission], Reach | None]


def forbidden(permission: Permission, district: str) -> Forbidden:
    """Make the refusal that names what is missing and the roles that have it."""
    roles = [role for role, has in ROLES.items() if permission in has]
    zh = "、".join(ROLE_NAMES[role] for role in roles)
    en = ", ".join(roles)
    error = FieldError(
        "role", None, f"请管理员在区县 {district} 授予：{zh}", f"ask an administrator of district {district} for: {en}"
    )
    return Forbidden(f"没有权限：{permission}", f"this needs the permission {permission}", [error])


def everything(name: str) -> Actor:
    """Make an actor who may do everything everywhere: who sits at the machine, or holds the settings' own key."""
    return Actor(name, (Grant("administrator"),))


def whole_district(district: str) -> Reach:
    """Make the reach that has no limit in a district: for jobs of the house, which nobody asked for."""
    return Reach(district, frozenset({Term()}))
