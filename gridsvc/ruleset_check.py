"""The check of a ruleset over the ground that it is for: rows, matters, test points, posts and figures."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, product
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from gridsvc.errors import BadCoordinate, GridsvcError
from gridsvc.report import Report
from gridsvc.responsibility.check_posts import Roster, Seat, check_posts
from gridsvc.responsibility.check_rows import Book, check_rows, matters_of, unused_words
from gridsvc.responsibility.findings import RULE_CHECK_IDS, Finding, Lines, RulesetReport
from gridsvc.responsibility.instants import instants, is_over
from gridsvc.responsibility.people import Post
from gridsvc.responsibility.repeats import softer_rungs
from gridsvc.responsibility.resolve import Decision
from gridsvc.responsibility.table import Rule
from gridsvc.router import Router, Snapshot
from gridsvc.ruleset_ground import Grasp, Sample, check_ground
from gridsvc.scheme_check import check_schemes
from gridsvc.spatial.datum import Metric
from gridsvc.spatial.findings import middle_deg
from gridsvc.spatial.layer import Layer
from gridsvc.tables import Row
from gridsvc.worktimes import check_worktime, worktime_of

GRIDS_PER_STREET = (4, 5)
STAFF_PER_KM2 = 20.0
# A few long lists of values make more circumstances than can be tried; those that decide are among the first.
_MOST_CIRCUMSTANCES = 1000


def check_ruleset(
    snapshot: Snapshot, tables: Mapping[str, Sequence[Row]], now: datetime, start: datetime | None = None
) -> RulesetReport:
    """Check a ruleset over the boundaries of its snapshot.

    ``tables`` are the rows from which it was read, for their lines. ``start``: the instant from which the ruleset is to
    hold, the edition's own by default, else ``now``; posts are looked at from ``now`` on. Rows mean something only on
    some ground: over an edition without any nothing is said of them.
    """
    begin = start or snapshot.edition.valid_from or now
    rules, zone = snapshot.ruleset.rules, ZoneInfo(snapshot.edition.time_zone)
    lines, found = Lines(tables, "rules", "id"), list[Finding]()
    if rules and np.isfinite(snapshot.edition.bounds_deg).all():
        router = Router(snapshot)
        grasp = Grasp.of(Sample.of(router, begin))
        found += check_rows(Book(rules, {rule.id: grasp.reach(rule) for rule in rules}, lines, begin))
        found += check_ground(grasp, begin)
        dead = {f.codes[0] for f in found if f.id in ("dead_row", "contradiction") and f.severity == "error"}
        found += [f for rule in rules if rule.id not in dead for f in _check_point(router, rule, lines, begin)]
        found += unused_words(snapshot.ruleset, tables.get("attributes", ()))
    found += softer_rungs(tables.get("sanctions", ()))
    found += check_schemes(snapshot, tables)
    found += check_posts(Roster(snapshot.staff, _chairs(snapshot), Lines(tables, "posts", "code"), now, zone))
    found += _figures(snapshot, now)
    worktime = worktime_of(snapshot.ruleset.calendar, zone)
    found += check_worktime(snapshot.ruleset, snapshot.staff, worktime, max(begin, now))
    found.sort(key=lambda f: (f.severity != "error", RULE_CHECK_IDS.index(f.id), f.line or 0, f.codes))
    return RulesetReport(snapshot.ruleset.code, tuple(found))


def _check_point(router: Router, rule: Rule, lines: Lines, begin: datetime) -> Iterator[Finding]:
    """Find a test point that its row does not decide, for any of its matters in its circumstances and hours."""
    point = rule.test_point
    # Of a keeper nothing can be said where no component is known.
    untold = rule.lead.kind == "component" and not router.snapshot.components
    if point is None or untold or is_over(rule, begin):
        return
    where = f"{point.lon},{point.lat}"
    try:
        router.refuse_far(point)
        outside = router.locator.finest is not None and not router.in_finest(
            router.locate([point.lon], [point.lat], crs="wgs84").at(0)
        )
    except BadCoordinate:
        outside = True
    if outside:
        text = (
            f"规则 {rule.id} 的测试点 {where} 不在任何区域内；改正 test_lon 与 test_lat",
            f"the test point {where} of rule {rule.id} lies outside every area; correct test_lon and test_lat",
        )
        yield Finding("test_point", "error", "rules", lines.of(rule.id), (rule.id,), *text)
        return
    instead: Decision | None = None
    for reports in _tests(router, rule, begin):
        x, y = [point.lon] * len(reports), [point.lat] * len(reports)
        for decision in router.decide_many(x, y, crs="wgs84", reports=reports):
            if not isinstance(decision, GridsvcError):
                if decision.rule is rule or (rule.disputed and (rule, "disputed") in decision.trail):
                    return
                instead = instead or decision
    by_zh, by_en = _decided(instead)
    text = (
        f"规则 {rule.id} 的测试点 {where} 不由它定责，而是{by_zh}；移动测试点，或核对规则的条件与次序",
        f"the test point {where} of rule {rule.id} is not decided by it but {by_en}; move the point, or check the "
        "conditions and the rank of the rule",
    )
    yield Finding("test_point", "error", "rules", lines.of(rule.id), (rule.id,), *text)


def _tests(router: Router, rule: Rule, begin: datetime) -> Iterator[list[Report]]:
    """Reports that a row is for: by matter, in each of its circumstances, at instants in its window and validity."""
    keys = list(rule.attributes or {})
    values = product(*map(sorted, (rule.attributes or {}).values()))
    circumstances = [dict(zip(keys, told, strict=True)) for told in islice(values, _MOST_CIRCUMSTANCES)]
    for category in matters_of(rule):
        rows = router.snapshot.ruleset.rows_for(category).rules
        times = [at for at in instants(rows, begin, router.zone) if _is_open(rule, at, router)]
        code = None if category is None else category.code
        yield [Report(at, code, attributes=given) for at in times for given in circumstances]


def _is_open(rule: Rule, at: datetime, router: Router) -> bool:
    valid = (rule.valid_from is None or rule.valid_from <= at) and (rule.valid_to is None or at < rule.valid_to)
    return valid and rule.window.holds_at(at, router.zone)


def _decided(decision: Decision | None) -> tuple[str, str]:
    if decision is None:
        return "没有可测试的时刻", "by nothing: there is no instant at which it holds"
    if decision.rule is None:
        return "转定责台", "by the desk"
    return f"由规则 {decision.rule.id}", f"by rule {decision.rule.id}"


def _chairs(snapshot: Snapshot) -> list[Seat]:
    """The seats that must never be vacant: the chiefs of the layers that share out the ground.

    A lane or another area that lies upon them may have a chief of its own; without one, the area beneath has.
    """
    return [
        Seat(layer.spec.chief_role, layer.spec.code, code)
        for layer in snapshot.edition
        if layer.spec.chief_role and layer.spec.coverage == "partition"
        for code in layer.codes
    ]


def _figures(snapshot: Snapshot, now: datetime) -> Iterator[Finding]:
    """Compare grids per street and staff per square kilometre with what the field asks for; only warnings."""
    edition = snapshot.edition
    for grids in edition:
        if grids.spec.chief_role != "grid_chief" or grids.spec.parent is None:
            continue
        streets = edition.layers[grids.spec.parent]
        for i, code in enumerate(streets.codes):
            count = int((grids.parents == code).sum())
            if not GRIDS_PER_STREET[0] <= count <= GRIDS_PER_STREET[1]:
                text = (
                    f"{streets.names[i] or code} 有 {count} 个责任网格，一般每街道 4～5 个；核对网格划分",
                    f"{streets.names[i] or code} has {count} grids; 4 to 5 a street are usual: check how they "
                    "are drawn",
                )
                yield Finding("grids_per_street", "warning", None, None, (str(code),), *text)
        yield from _densities(snapshot, streets, now)


def _densities(snapshot: Snapshot, streets: Layer, now: datetime) -> Iterator[Finding]:
    """Staff of each street that has any: people who hold a post now in an area of it."""
    edition = snapshot.edition
    people: dict[str, set[str]] = {}
    for post in snapshot.staff.posts:
        street = _above(snapshot, post, streets) if post.holds_at(now) else None
        if street is not None:
            people.setdefault(street, set()).add(post.person)
    metric = Metric.at(*middle_deg(edition)) if people else None
    for i, code in enumerate(streets.codes):
        if metric is None or code not in people:
            continue
        km2 = float(np.nan_to_num(shapely.area(metric.straight(streets.geometries[i : i + 1]))[0])) / 1e6
        density = len(people[code]) / km2 if km2 else STAFF_PER_KM2
        if density < STAFF_PER_KM2:
            text = (
                f"{streets.names[i] or code} 每平方公里 {density:.1f} 人（{len(people[code])} 人、"
                f"{km2:.2f} 平方公里），参考值为 20 人",
                f"{streets.names[i] or code} has {density:.1f} staff per square kilometre ({len(people[code])} on "
                f"{km2:.2f} km²); 20 is the figure to compare with",
            )
            yield Finding("staff_density", "warning", "posts", None, (str(code),), *text)


def _above(snapshot: Snapshot, post: Post, streets: Layer) -> str | None:
    """The street above the area of a post, or that area itself; None where there is none."""
    layers = snapshot.edition.layers
    layer, area = post.layer, post.area
    while layer is not None and area is not None and layer in layers:
        if layer == streets.spec.code:
            return area
        position = layers[layer].position_of.get(area)
        area = None if position is None else layers[layer].parents[position]
        layer = layers[layer].spec.parent
    return None
