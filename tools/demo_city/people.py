"""Invented people and their posts: one of every role that the field knows, with deputies, shifts and hand-overs."""

from dataclasses import dataclass, field

from demo_city.areas import Areas
from demo_city.lanes import Lane
from demo_city.names import DISTRICT_CODE, STREETS
from demo_city.units import office
from demo_city.write import Row

PEOPLE_COLUMNS = ["code", "name", "phone", "kind"]
POST_COLUMNS = ["code", "person", "role", "layer", "area", "unit", "deputy_of", "acting", "duty", "valid_from",
                "valid_to"]  # fmt: skip
SURNAMES = "张王李赵陈刘杨黄周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许韩冯邓曹"
GIVEN = ["示一", "示二", "示三", "示四", "示五", "示六", "例一", "例二", "例三", "例四", "例五", "例六", "样一", "样二"]
OPENING = "2023-01-01"
OFFICE_HOURS = "1-5 08:30-17:30;6-7 09:00-12:00"
EARLY, LATE = "1-7 06:30-14:30", "1-7 14:30-22:30"
NIGHT = "1-7 17:30-08:30"
# The day and the night that nobody of the office is at work, by the city's calendar.
OFF_DUTY = "!working"
# Whole days from 08:30, in turns of four.
ROTA = "08:30-08:30 @2023-01-{:02d}/4"
SHIFTS = 4
VACANT_GRID = f"{DISTRICT_CODE}003G04"
ACTING_GRID = f"{DISTRICT_CODE}002G02"
HANDED_GRID, HANDED_ON = f"{DISTRICT_CODE}005G03", "2024-05-06T08:30:00+08:00"
DEPARTMENTS = ("DEPT-ENF", "DEPT-HOUS", "DEPT-MUNI", "DEPT-TRAF", "DEPT-POL", "DEPT-TRAN", "DEPT-WATR", "DEPT-GREN",
               "DEPT-SANI", "DEPT-MARK", "DEPT-ECO", "DEPT-PLAN", "DEPT-AGRI")  # fmt: skip
# Who may enforce and who may only see, tell and persuade.
KINDS = {"persuader": "auxiliary", "grid_worker": "auxiliary", "steward": "volunteer"}


@dataclass(frozen=True)
class Seat:
    """What a post is for: an area of a layer, or a unit."""

    layer: str = ""
    area: str = ""
    unit: str = ""


@dataclass
class Staff:
    """The list of people and posts while it is written."""

    people: list[Row] = field(default_factory=list)
    posts: list[Row] = field(default_factory=list)

    def person(self, role: str) -> str:
        """Invent one more person for a role; the number says that nobody can be called on it."""
        n = len(self.people)
        name = SURNAMES[n % len(SURNAMES)] + GIVEN[n // len(SURNAMES)]
        code = f"R{n + 1:04d}"
        self.people.append({"code": code, "name": name, "phone": f"0571-0000{n + 1:04d}", "kind": kind_of(role)})
        return code

    def post(
        self,
        role: str,
        seat: Seat,
        *,
        deputy_of: str = "",
        acting: bool = False,
        duty: str = "",
        since: str = OPENING,
        until: str = "",
    ) -> str:
        """Add one post and give its code."""
        code = f"P{len(self.posts) + 1:04d}"
        row = [code, self.person(role), role, seat.layer, seat.area, seat.unit, deputy_of, str(acting).lower(), duty,
               since, until]  # fmt: skip
        self.posts.append(dict(zip(POST_COLUMNS, row, strict=True)))
        return code


def kind_of(role: str) -> str:
    """Give the kind of people who hold posts of a role."""
    return KINDS.get(role, "regular")


def build_staff(areas: Areas, lanes: list[Lane]) -> Staff:
    """Fill all posts: of grids, of sub-districts, of lanes, and of units."""
    staff = Staff()
    for grid in sorted(set(areas.grid)):
        grid_posts(staff, grid)
    for s in range(1, len(STREETS) + 1):
        street = f"{DISTRICT_CODE}{s:03d}"
        chief = staff.post("street_chief", Seat("street", street), duty=OFFICE_HOURS)
        staff.post("street_chief", Seat("street", street), deputy_of=chief, duty="1-7 08:30-20:30")
        staff.post("duty_officer", Seat(unit=office(street)), duty=NIGHT)
    lane_posts(staff, lanes)
    for unit in ("CENTRE", "DEPT-ENF", "DEPT-TRAF", "DEPT-HOUS", "DEPT-WATR", "CO-WATER", "CO-POWER", "CO-GAS"):
        staff.post("duty_officer", Seat(unit=unit), duty="working")
        staff.post("duty_officer", Seat(unit=unit), duty=OFF_DUTY)
    for unit in DEPARTMENTS:
        staff.post("liaison", Seat(unit=unit), duty=OFFICE_HOURS)
    for unit in ("CENTRE", *(office(f"{DISTRICT_CODE}{s:03d}") for s in range(1, len(STREETS) + 1))):
        for shift in range(1, SHIFTS + 1):
            staff.post("duty_leader", Seat(unit=unit), duty=ROTA.format(shift))
    for n in (1, 2, 3):
        staff.post("duty_officer", Seat(unit=f"GROUP-{n}"), duty=OFF_DUTY)
    return staff


def lane_posts(staff: Staff, lanes: list[Lane]) -> None:
    """Fill the posts of every other lane: a chief, on alleys with stewards, on busy roads an officer of their own."""
    for n, lane in enumerate(lanes):
        place = Seat("lane", lane.code)
        if n % 2 or lane.tier == "expressway":
            continue
        chief = staff.post("street_chief", place, duty="1-7 08:00-20:00")
        if lane.tier == "arterial":
            staff.post("street_chief", place, deputy_of=chief, duty="1-7 20:00-08:00")
        if lane.tier in ("arterial", "secondary"):
            staff.post("enforcement_officer", place, duty="1-7 07:00-21:00")
        if lane.tier == "alley":
            staff.post("lane_chief", place, duty="work 08:30-17:30")
            for _ in range(2):
                staff.post("steward", place, duty="1-7 07:00-19:00")


def grid_posts(staff: Staff, grid: str) -> None:
    """Fill the posts of one grid; one had no chief for six weeks, one has an acting chief, one was handed over."""
    place = Seat("grid", grid)
    since = OPENING
    if grid == VACANT_GRID:
        staff.post("grid_chief", place, duty=OFFICE_HOURS, until="2024-03-01")
        since = "2024-04-15"
        chief = staff.post("grid_chief", place, duty=OFFICE_HOURS, since=since)
    elif grid == ACTING_GRID:
        staff.post("grid_chief", place, duty=OFFICE_HOURS, until="2024-05-20T00:00:00+08:00")
        chief = staff.post("grid_chief", place, acting=True, duty=OFFICE_HOURS, since="2024-05-20T00:00:00+08:00")
    elif grid == HANDED_GRID:
        staff.post("grid_chief", place, duty=OFFICE_HOURS, until=HANDED_ON)
        chief = staff.post("grid_chief", place, duty=OFFICE_HOURS, since=HANDED_ON)
    else:
        # Chiefs of a third of the grids carry their telephone at all hours.
        always = (int(grid[-2:]) + int(grid[6:9])) % 3 == 0
        chief = staff.post("grid_chief", place, duty="" if always else OFFICE_HOURS)
    staff.post("grid_chief", place, deputy_of=chief, duty="1-7 17:30-22:00;6-7 12:00-17:30", since=since)
    staff.post("grid_worker", place, duty=EARLY)
    staff.post("grid_worker", place, duty=LATE)
    staff.post("persuader", place, duty="weak;1-7 08:30-11:30")
    staff.post("enforcement_officer", place, duty="1-7 07:00-21:00")
