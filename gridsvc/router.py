"""The front room: where, whose and why, put together over a plain snapshot, without database, web or clock."""

import math
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from numpy.typing import ArrayLike

from gridsvc.answer import Routing
from gridsvc.areas_at import AreasAt, Settled
from gridsvc.casework.worktime import Worktime
from gridsvc.certainty import match_of, weigh
from gridsvc.chiefs_at import Attached, ChiefsAt
from gridsvc.codes import Category, category_of
from gridsvc.errors import BadInput, FieldError, GridsvcError
from gridsvc.far import refuse_far
from gridsvc.report import Report, refuse_removed
from gridsvc.responsibility.moments import Moments
from gridsvc.responsibility.names import Names
from gridsvc.responsibility.passed import Context
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.resolve import NOTHING, Decision, Ruleset, Situation, decide
from gridsvc.spatial.chains import NOWHERE
from gridsvc.spatial.component_index import ComponentIndex
from gridsvc.spatial.coverage_index import CoverageIndex
from gridsvc.spatial.datum import Datum, columns, convert, parse_datum
from gridsvc.spatial.edge_policy import Place
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.locate import Found, Locator
from gridsvc.spatial.uncertainty import Shares
from gridsvc.values import AreaAt, Component, Point
from gridsvc.worktimes import worktime_of

NEAR_M = 1.0
CHIEF_ROLES = ("grid_chief", "street_chief")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All rows that a decision rests on: one edition, one ruleset, the staff and the components."""

    edition: Edition
    ruleset: Ruleset = field(default_factory=lambda: Ruleset(""))
    staff: Staff = field(default_factory=Staff)
    components: Sequence[Component] = ()
    # How much of the record of changes to components is in them.
    components_seq: int = 0


class Router:
    """Answers for any point: its areas, the accountable unit, the chiefs, and every step that led there.

    Safe to share between threads. Only its components change once it is made.
    """

    def __init__(self, snapshot: Snapshot, index: CoverageIndex | None = None) -> None:
        """Index a snapshot, unless the index of its edition is at hand."""
        self.locator = Locator(snapshot.edition, index=index)
        self.zone = ZoneInfo(snapshot.edition.time_zone)
        self._areas = AreasAt(snapshot.edition)
        layers = snapshot.edition.layers.values()
        self._titles = {layer.spec.code: (layer.spec.title_zh, layer.spec.title_en) for layer in layers}
        finest = self.locator.finest
        self._finest = None if finest is None else self.locator.number[finest]
        by_priority = sorted((layer.spec for layer in layers), key=lambda s: (s.priority, s.code))
        self.layers_of_chiefs = {role: [s.code for s in by_priority if s.chief_role == role] for role in CHIEF_ROLES}
        self.chief_layers = [code for layers in self.layers_of_chiefs.values() for code in layers]
        self._obey(snapshot)

    def _obey(self, snapshot: Snapshot) -> None:  # all that depends on rules and staff
        self.snapshot = snapshot
        self._names = Names(self._titles, self._areas.names_of, snapshot.ruleset.vocabulary, snapshot.ruleset.calendar)
        self.moments = Moments(self.zone, snapshot.ruleset.rules, snapshot.staff.posts)
        self._chiefs = ChiefsAt(snapshot.staff, self.layers_of_chiefs, self.zone)
        self.duties = self._chiefs.duties
        self._worktime = worktime_of(snapshot.ruleset.calendar, self.zone)

    def worktime(self) -> Worktime:
        """Give the city's working time, by which the clocks of its cases run."""
        return self._worktime

    def under(self, ruleset: Ruleset, staff: Staff) -> Self:
        """Make the router of the same ground under other rules; both share the indexes, and what these learn."""
        len(self.components)  # made now, or each would make one of its own
        made = copy(self)
        made._obey(replace(self.snapshot, ruleset=ruleset, staff=staff))
        return made

    def warm(self) -> None:
        """Build every index now, so that no question has to wait for one."""
        west, south, _, _ = self._bounds_deg
        if math.isfinite(west):
            report = Report(datetime.fromtimestamp(0, UTC), accuracy_m=10.0)
            self.route_many([west], [south], crs="wgs84", reports=[report])
        len(self.components)

    @cached_property
    def components(self) -> ComponentIndex:
        """Index of the components, made when first needed."""
        return ComponentIndex(self.snapshot.components, self.snapshot.components_seq)

    def locate(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        crs: str | Datum,
        near_m: float = 0.0,
        layers: Collection[str] | None = None,
    ) -> Found:
        """Find every point's area in every layer; see :meth:`gridsvc.spatial.locate.Locator.locate`."""
        return self.locator.locate(x, y, crs, near_m, layers=layers)

    def route(
        self,
        x: float,
        y: float,
        *,
        crs: str | Datum,
        at: datetime,
        category: str | None = None,
        component: str | None = None,
        accuracy_m: float | None = None,
        attributes: Mapping[str, str] = NOTHING,
    ) -> Routing:
        """Decide one point in full.

        ``at`` is the instant asked about, with its offset. Raises ``BadCoordinate`` for a point that is no
        position or farther than 100 km from the map, ``UnknownCategory`` and ``BadInput`` by field, such as
        ``attributes.vehicle`` where the ruleset declares no such word.
        """
        return self.decide(self.meet(x, y, crs, Report(at, category, component, accuracy_m, dict(attributes))))

    def meet(self, x: float, y: float, crs: str | Datum, report: Report) -> "Met":
        """Find all that the decision of one point will rest on; refuses what :meth:`route` refuses."""
        prepared = self._prepare(*self._wgs84(x, y, crs), report)
        recorded = self.recorded_of(prepared.component)
        place, distance_m = self.locator.met(prepared.point.lon, prepared.point.lat, NEAR_M, recorded)
        return Met(report, prepared, place, distance_m, recorded)

    def route_many(
        self, x: ArrayLike, y: ArrayLike, *, crs: str | Datum, reports: Sequence[Report]
    ) -> list[Routing | GridsvcError]:
        """Decide many points at once; a row that cannot be used has its error in its place."""
        met, _ = self.meet_many(x, y, crs, reports)
        asked = [(m.prepared.point, m.report.accuracy_m, m.distance_m) for m in met if isinstance(m, Met)]
        weighed = iter(weigh(self.locator, asked, NEAR_M))
        return [self.decide(m, next(weighed)) if isinstance(m, Met) else m for m in met]

    def decide_many(
        self, x: ArrayLike, y: ArrayLike, *, crs: str | Datum, reports: Sequence[Report]
    ) -> list[Decision | GridsvcError]:
        """Say of many points only whose they are, without the chiefs and without how sure that is."""
        met = self.meet_many(x, y, crs, reports)[0]
        return [m if isinstance(m, GridsvcError) else self._settled(m) for m in met]

    def meet_many(
        self, x: ArrayLike, y: ArrayLike, crs: str | Datum, reports: Sequence[Report]
    ) -> "tuple[list[Met | GridsvcError], Found]":
        """Find all that the decisions of many points will rest on; a row that cannot be used has its error."""
        lon, lat = convert(*columns(x, y), self._datum(crs), "wgs84", self.snapshot.edition.local_crs)
        prepared = [self._tried(float(a), float(b), r) for a, b, r in zip(lon, lat, reports, strict=True)]
        recorded = [NOWHERE if isinstance(p, GridsvcError) else self.recorded_of(p.component) for p in prepared]
        found = self.locator.locate(lon, lat, "wgs84", NEAR_M, recorded)
        distance_m = self.locator.boundary_distance_m(found.lon, found.lat).tolist()
        met = [
            p if isinstance(p, GridsvcError) else Met(report, p, found.at(row), metres, area)
            for row, (report, p, metres, area) in enumerate(zip(reports, prepared, distance_m, recorded, strict=True))
        ]
        return met, found

    def _datum(self, crs: str | Datum) -> Datum:
        return crs if isinstance(crs, Datum) else parse_datum(crs, self.snapshot.edition.local_crs)

    def _wgs84(self, x: float, y: float, crs: str | Datum) -> tuple[float, float]:
        if crs == "wgs84" and type(x) is float and type(y) is float:
            return x, y
        datum = self._datum(crs)
        if datum.label in ("wgs84", "cgcs2000") and isinstance(x, float) and isinstance(y, float):
            return float(x), float(y)
        lon, lat = convert(*columns([x], [y]), datum, "wgs84", self.snapshot.edition.local_crs)
        return float(lon[0]), float(lat[0])

    def _tried(self, lon: float, lat: float, report: Report) -> "_Prepared | GridsvcError":
        """Prepare one of many: what is wrong with it is returned, not raised."""
        try:
            return self._prepare(lon, lat, report)
        except GridsvcError as e:
            return e

    def _prepare(self, lon: float, lat: float, report: Report) -> "_Prepared":
        """Check one report and match its component."""
        point = Point(lon, lat)
        self.refuse_far(point)
        category = category_of(report.category) if report.category is not None else None
        if report.attributes:
            self.snapshot.ruleset.vocabulary.refuse(report.attributes)
        return _Prepared(point, category, *self._component(point, category, report))

    def _component(
        self, point: Point, category: Category | None, report: Report
    ) -> tuple[Component | None, float | None]:
        if report.component is not None:
            component = self.components.get(report.component)
            if component is None:
                mend = ("改为已登记的部件编码，或留空", "give the code of a recorded component, or leave it out")
                error = FieldError("component", report.component, *mend)
                raise BadInput("部件不存在", "there is no such component", [error])
            refuse_removed(component, report.at)
            return component, self.components.distance_m(component, point)
        if category is not None and category.component_class is not None:
            found = self.components.nearest(point, category.component_class, report.accuracy_m)
            if found is not None:
                return found
        return None, None

    def recorded_of(self, component: Component | None) -> int:
        """Position in the finest partition of the area that a component is recorded in, -1 without one."""
        finest = self.locator.finest
        if component is None or finest is None:
            return NOWHERE
        return self.snapshot.edition.layers[finest].position_of.get(component.unit_grid or "", NOWHERE)

    def refuse_far(self, point: Point) -> None:
        """Raise ``BadCoordinate`` for a point that is farther than 100 km from the map."""
        refuse_far(point, self._bounds_deg)

    @cached_property
    def _bounds_deg(self) -> tuple[float, float, float, float]:
        return self.snapshot.edition.bounds_deg

    def in_finest(self, place: Place) -> bool:
        """Whether an area of the finest partition holds a place or is near it."""
        return self._finest is not None and bool(place.candidates[self._finest])

    def _situation(self, met: "Met") -> Situation:
        report, prepared, place = met.report, met.prepared, met.place
        areas, around = self._areas.of(place)
        inside = self._finest is None or place.how[self._finest] not in ("outside", "none")
        return Situation(
            report.at, self.zone, prepared.point, prepared.category, areas, around, prepared.component,
            report.attributes, inside,
        )  # fmt: skip

    def _settled(self, met: "Met") -> Decision:
        return decide(self.snapshot.ruleset, self.snapshot.staff, self._situation(met))

    def areas_of(self, place: Place) -> Settled:
        """Give the settled area of each layer that has one at a place."""
        return self._areas.of(place)[0]

    def chiefs_at(self, areas: Mapping[str, AreaAt], instant: datetime) -> Attached:
        """Give the chief of each role in these areas at an instant."""
        return self._chiefs.of(areas, instant)

    def decide(self, met: "Met", weighed: Shares | None = None, decision: Decision | None = None) -> Routing:
        """Decide a point that was met; ``weighed`` as for :func:`~gridsvc.certainty.match_of`, and if it is known."""
        report, prepared, place, metres, recorded = met
        areas, ruleset, staff = self.areas_of(place), self.snapshot.ruleset, self.snapshot.staff
        situation = self._situation(met)
        return Routing(
            point=prepared.point,
            areas=areas,
            match=match_of(self.locator, place, prepared.point, report.accuracy_m, metres, recorded, NEAR_M, weighed),
            decision=decide(ruleset, staff, situation) if decision is None else decision,
            chiefs=self.chiefs_at(areas, report.at),
            component=prepared.component,
            component_distance_m=prepared.distance_m,
            limits=ruleset.limits_for(prepared.category, report.attributes, situation.around, prepared.point),
            edition=self.snapshot.edition.code,
            ruleset=ruleset.code,
            context=Context(situation, ruleset, staff, self._names),
        )


class _Prepared(NamedTuple):
    """A report that can be used: its point, its category and the component it means."""

    point: Point
    category: Category | None
    component: Component | None = None
    distance_m: float | None = None


class Met(NamedTuple):
    """One point and all that was found there: metres to the nearest boundary, the area its component is recorded in."""

    report: Report
    prepared: _Prepared
    place: Place
    distance_m: float
    recorded: int
