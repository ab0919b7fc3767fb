"""Do the rows of a ruleset and of a staff speak of things that exist? A row that cannot ever hold is a mistake."""

from collections.abc import Collection, Mapping

from gridsvc.codes import categories_matching
from gridsvc.errors import BadTable, FieldError
from gridsvc.responsibility.people import Post, Staff
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.responsibility.table import Place, Rule

Areas = Mapping[str, Collection[str]]


def check_references(ruleset: Ruleset, staff: Staff, areas: Areas) -> None:
    """Refuse rules, limits and posts that name a layer, an area or a category that is not there.

    ``areas`` has the codes of each layer. Raises ``BadTable`` at the first one, with the row's own code.
    """
    for rule in ruleset.rules:
        _check_rule(rule, areas)
    for limit in ruleset.limits:
        _check_category("limits", f"{limit.category} {limit.stage}", limit.category)
    for post in staff.posts:
        _check_post(post, areas)


def _check_rule(rule: Rule, areas: Areas) -> None:
    for pattern in rule.categories:
        _check_category("rules", rule.id, pattern)
    for place in (term for terms in rule.places for term in terms):
        _check_place(rule, place, areas)
    leads = {"lead": (rule.lead,), "assisting": rule.assisting, "evaluator": (rule.evaluator,)}
    for field, named in leads.items():
        for lead in named:
            if lead is not None and lead.kind == "area" and lead.name not in areas:
                raise _bad("rules", rule.id, field, f"area:{lead.name}", areas)


def _check_place(rule: Rule, place: Place, areas: Areas) -> None:
    if place.layer not in areas:
        raise _bad("rules", rule.id, "places", place.layer, areas)
    if place.code not in (None, "*") and place.code not in areas[place.layer]:
        raise _bad("rules", rule.id, "places", f"{place.layer}:{place.code}", ())


def _check_category(table: str, row: str, pattern: str) -> None:
    if not categories_matching(pattern):
        error = FieldError(
            "category", pattern, "写五位事项码或前缀加 *", "write a five-digit matter code, or a prefix and *"
        )
        raise BadTable(f"表 {table} 的 {row}：没有这类事项", f"table {table}, {row}: there is no such matter", [error])


def _check_post(post: Post, areas: Areas) -> None:
    if post.layer is None and post.unit is None:
        raise _bad("posts", post.code, "layer", None, areas)
    if post.layer is not None:
        if post.layer not in areas:
            raise _bad("posts", post.code, "layer", post.layer, areas)
        if post.area not in areas[post.layer]:
            raise _bad("posts", post.code, "area", post.area, ())


def _bad(table: str, row: str, field: str, value: object, known: Collection[str]) -> BadTable:
    shown = ", ".join(known)
    mend_zh = f"改为已有图层：{shown}" if shown else "改为已有区域的编码"
    error = FieldError(field, value, mend_zh, f"name a layer: {shown}" if shown else "name an area that exists")
    return BadTable(f"表 {table} 的 {row}：所指不存在", f"table {table}, {row}: it names what does not exist", [error])
