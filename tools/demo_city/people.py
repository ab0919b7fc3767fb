"""Invented people and their posts: grid chiefs, street and lane chiefs, grid workers, deputies and night duty."""

from dataclasses import dataclass, field

from demo_city.areas import Areas
from demo_city.lanes import Lane
from demo_city.names import DISTRICT_CODE, STREETS
from demo_city.units import office
from demo_city.write import Row

PEOPLE_COLUMNS = ["code", "name", "phone"]
POST_COLUMNS = [
    "code",
    "person",
    "role",
    "layer",
    "area",
    "unit",
    "deputy_of",
    "acting",
    "duty",
    "valid_from",
    "valid_to",
]
SURNAMES = "张王李赵陈刘杨黄周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许韩冯邓曹"
GIVEN = ["示一", "示二", "示三", "示四", "示五", "示六", "例一", "例二", "例三", "例四", "例五", "例六", "样一", "样二"]
OPENING = "2023-01-01"
OFFICE_HOURS = "1-5 08:30-17:30;6-7 09:00-12:00"
EARLY, LATE = "1-7 06:30-14:30", "1-7 14:30-22:30"
NIGHT = "1-7 17:30-08:30"
VACANT_GRID = f"{DISTRICT_CODE}003G04"
ACTING_GRID = f"{DISTRICT_CODE}002G02"


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

    def person(self) -> str:
        """Invent one more person; the number says that nobody can be called on it."""
        n = len(self.people)
        name = SURNAMES[n % len(SURNAMES)] + GIVEN[n // len(SURNAMES)]
        code = f"R{n + 1:04d}"
        self.people.append({"code": code, "name": name, "phone": f"0571-0000{n + 1:04d}"})
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
        row = [
            code,
            self.person(),
            role,
            seat.layer,
            seat.area,
            seat.unit,
            deputy_of,
            str(acting).lower(),
            duty,
            since,
            until,
        ]
        self.posts.append(dict(zip(POST_COLUMNS, row, strict=True)))
        return code


def build_staff(areas: Areas, lanes: list[Lane]) -> Staff:
    """Fill all posts: a chief and a deputy for every grid, chiefs for streets and half the lanes, workers, duty."""
    staff = Staff()
    for grid in sorted(set(areas.grid)):
        grid_posts(staff, grid)
    for s in range(1, len(STREETS) + 1):
        street = f"{DISTRICT_CODE}{s:03d}"
        chief = staff.post("street_chief", Seat("street", street), duty=OFFICE_HOURS)
        staff.post("street_chief", Seat("street", street), deputy_of=chief, duty="1-7 08:30-20:30")
        staff.post("duty_officer", Seat(unit=office(street)), duty=NIGHT)
    for n, lane in enumerate(lanes):
        if lane.tier in ("arterial", "secondary", "branch", "alley") and n % 2 == 0:
            chief = staff.post("street_chief", Seat("lane", lane.code), duty="1-7 08:00-20:00")
            if lane.tier == "arterial":
                staff.post("street_chief", Seat("lane", lane.code), deputy_of=chief, duty="1-7 20:00-08:00")
    for unit in ("CENTRE", "DEPT-ENF", "DEPT-TRAF", "DEPT-HOUS", "DEPT-WATR", "CO-WATER", "CO-POWER", "CO-GAS"):
        staff.post("duty_officer", Seat(unit=unit), duty="1-5 08:30-17:30")
        staff.post("duty_officer", Seat(unit=unit), duty="1-5 17:30-08:30;6-7 08:30-20:30;6-7 20:30-08:30")
    return staff


def grid_posts(staff: Staff, grid: str) -> None:
    """Fill the posts of one grid; one grid had no chief for six weeks, one has an acting chief."""
    place = Seat("grid", grid)
    if grid == VACANT_GRID:
        staff.post("grid_chief", place, duty=OFFICE_HOURS, until="2024-03-01")
        chief = staff.post("grid_chief", place, duty=OFFICE_HOURS, since="2024-04-15")
    elif grid == ACTING_GRID:
        staff.post("grid_chief", place, duty=OFFICE_HOURS, until="2024-05-20T00:00:00+08:00")
        chief = staff.post("grid_chief", place, acting=True, duty=OFFICE_HOURS, since="2024-05-20T00:00:00+08:00")
    else:
        # Chiefs of a third of the grids carry their telephone at all hours.
        always = (int(grid[-2:]) + int(grid[6:9])) % 3 == 0
        chief = staff.post("grid_chief", place, duty="" if always else OFFICE_HOURS)
    since = "2024-04-15" if grid == VACANT_GRID else OPENING
    staff.post("grid_chief", place, deputy_of=chief, duty="1-7 17:30-22:00;6-7 12:00-17:30", since=since)
    staff.post("grid_worker", place, duty=EARLY)
    staff.post("grid_worker", place, duty=LATE)
