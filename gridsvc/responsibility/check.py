"""Do the rows of a ruleset and of a staff speak of things that exist? A row that cannot ever hold is a mistake."""

from collections.abc import Collection, Mapping, Sequence

from gridsvc.codes import categories_matching
from gridsvc.errors import BadTable, FieldError
from gridsvc.responsibility.people import Post, Staff
from gridsvc.responsibility.places import Place, Places, parse_places
from gridsvc.responsibility.repeats import parse_sanction
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.table import Power, Rule, parse_power
from gridsvc.tables import Faults, Row

Areas = Mapping[str, Collection[str]]


def check_references(
    ruleset: Ruleset, staff: Staff, areas: Areas, tables: Mapping[str, Sequence[Row]], faults: Faults
) -> None:
    """Find rules, limits and posts that name a layer, an area or a category that is not there.

    ``areas`` has the codes of each layer, ``tables`` the rows from which the others were read. What is found is added
    to ``faults`` with the line of the row.
    """
    rules = {rule.id: rule for rule in ruleset.rules}
    posts = {post.code: post for post in staff.posts}
    for row in _sound(tables, "rules", faults):
        with faults.at("rules", row.line):
            _check_rule(rules[row["id"]], areas)
    for row in _sound(tables, "powers", faults):
        with faults.at("powers", row.line):
            _check_scope(parse_power(row), areas)
    for row in _sound(tables, "limits", faults):
        with faults.at("limits", row.line):
            _check_category("category", row["category"])
            _check_places(parse_places(row.get("places", "")), areas)
    for name in ("duplicates", "answers"):
        for row in _sound(tables, name, faults):
            with faults.at(name, row.line):
                _check_category("category", row["category"])
    for row in _sound(tables, "sanctions", faults):
        with faults.at("sanctions", row.line):
            for pattern in parse_sanction(row).categories:
                _check_category("categories", pattern)
    for row in _sound(tables, "posts", faults):
        with faults.at("posts", row.line):
            _check_post(posts[row["code"]], areas)


def _sound(tables: Mapping[str, Sequence[Row]], name: str, faults: Faults) -> list[Row]:
    return [row for row in tables.get(name, ()) if not faults.has(name, row.line)]


def _check_scope(row: Rule | Power, areas: Areas) -> None:
    for pattern in row.categories:
        _check_category("categories", pattern)
    _check_places(row.places, areas)


def _check_places(places: Places, areas: Areas) -> None:
    for term in (term for terms in places for term in terms):
        if isinstance(term, Place):
            _check_place(term, areas)


def _check_rule(rule: Rule, areas: Areas) -> None:
    _check_scope(rule, areas)
    leads = {"lead": (rule.lead,), "assisting": rule.assisting, "evaluator": (rule.evaluator,)}
    for field, named in leads.items():
        for lead in named:
            if lead is not None and lead.kind == "area" and lead.name not in areas:
                raise _bad(field, f"area:{lead.name}", areas)


def _check_place(place: Place, areas: Areas) -> None:
    if place.layer not in areas:
        raise _bad("places", place.layer, areas)
    if place.code not in (None, "*") and place.code not in areas[place.layer]:
        raise _bad("places", f"{place.layer}:{place.code}", ())


def _check_category(field: str, pattern: str) -> None:
    if not categories_matching(pattern):
        mend = ("写五位事项码或前缀加 *", "write a five-digit matter code, or a prefix and *")
        raise BadTable("没有这类事项", "there is no such matter", [FieldError(field, pattern, *mend)])


def _check_post(post: Post, areas: Areas) -> None:
    if post.layer is None and post.unit is None:
        raise _bad("layer", None, areas)
    if post.layer is not None:
        if post.layer not in areas:
            raise _bad("layer", post.layer, areas)
        if post.area not in areas[post.layer]:
            raise _bad("area", post.area, ())


def _bad(field: str, value: object, known: Collection[str]) -> BadTable:
    shown = ", ".join(known)
    mend_zh = f"改为已有图层：{shown}" if shown else "改为已有区域的编码"
    error = FieldError(field, value, mend_zh, f"name a layer: {shown}" if shown else "name an area that exists")
    return BadTable("所指不存在", "it names what does not exist", [error])
