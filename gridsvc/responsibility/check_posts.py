"""Posts that are vacant, held twice, held by those who may not, or soon at an end."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gridsvc.responsibility.findings import Finding, Lines
from gridsvc.responsibility.instants import is_over
from gridsvc.responsibility.people import Post, Staff
from gridsvc.responsibility.roles import ROLES, title_of

SOON = timedelta(days=30)
_ALWAYS, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Seat(NamedTuple):
    """One role at one place: an area of a layer, a unit, or an area for a unit."""

    role: str
    layer: str | None
    area: str | None
    unit: str | None = None

    @property
    def place(self) -> str:
        """What the seat is of, as the tables write it."""
        return f"{self.layer}:{self.area}" if self.layer else str(self.unit)


@dataclass(frozen=True, eq=False)
class Roster:
    """A staff to be checked from an instant on; ``chairs`` are the seats that must never be vacant."""

    staff: Staff
    chairs: Sequence[Seat]
    lines: Lines
    now: datetime
    zone: ZoneInfo

    def says(self, instant: datetime) -> str:
        """An instant by the clock on the wall there."""
        return f"{instant.astimezone(self.zone):%Y-%m-%d %H:%M}"


def check_posts(roster: Roster) -> list[Finding]:
    """Find what is wrong with the posts that hold at or after an instant."""
    held: dict[Seat, list[Post]] = {}
    seats: dict[Seat, list[Post]] = {}
    for post in sorted(roster.staff.posts, key=lambda p: (p.valid_from or _ALWAYS, p.code)):
        if not is_over(post, roster.now):
            held.setdefault(Seat(post.role, post.layer, post.area), []).append(post)
            seats.setdefault(Seat(post.role, post.layer, post.area, post.unit), []).append(post)
    vacant = {chair: list(_gaps(held.get(chair, []), roster.now)) for chair in _kept(roster)}
    found = [_vacancy(roster, chair, *gap) for chair, gaps in vacant.items() for gap in gaps]
    found += [f for seat, posts in seats.items() for f in _crowds(roster, seat, posts)]
    for seat, posts in seats.items():
        told = {start for start, _ in vacant.get(Seat(*seat[:3]), ())}
        found += [f for post in posts if post.valid_to not in told for f in _ends(roster, seat, post, posts)]
    return [*found, *_wrong_hands(roster)]


def _kept(roster: Roster) -> Iterator[Seat]:
    """The seats of roles that this city fills at all."""
    roles = {post.role for post in roster.staff.posts}
    return (chair for chair in roster.chairs if chair.role in roles)


def _gaps(posts: Sequence[Post], now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    """Spans without any holder from now on, deputies counted; the time after the last holder's is no gap."""
    free = now
    for post in posts:
        start = post.valid_from or _ALWAYS
        if start > free:
            yield free, start
        free = max(free, post.valid_to or _NEVER)
    if not posts:
        yield now, None


def _vacancy(roster: Roster, chair: Seat, start: datetime, end: datetime | None) -> Finding:
    zh, en = title_of(chair.role)
    since, until = roster.says(start), end and roster.says(end)
    span_zh, span_en = (
        (f"{since} 至 {until}", f"from {since} to {until}") if until else (f"{since} 起", f"from {since} on")
    )
    text = (
        f"{chair.place} {span_zh}没有{zh}；补上岗位，或指定代理",
        f"{chair.place} has no {en} {span_en}; fill the post, or name somebody acting",
    )
    return Finding("no_chief", "error", "posts", None, (chair.place,), *text)


def _crowds(roster: Roster, seat: Seat, posts: Sequence[Post]) -> Iterator[Finding]:
    """Find two principals at once where a role has one."""
    role = ROLES.get(seat.role)
    principals = [p for p in posts if p.deputy_of is None]
    if role is None or not role.sole:
        return
    # By their beginnings: whoever ends last so far is met by the next one, or nobody is.
    last: Post | None = None
    for post in principals:
        start = max(roster.now, post.valid_from or _ALWAYS)
        if last is not None and start < (last.valid_to or _NEVER):
            zh, en = title_of(seat.role)
            line = roster.lines.of(last.code)
            text = (
                f"{seat.place} 自 {roster.says(start)} 起有两名{zh}：岗位 {post.code} 与 "
                f"{last.code}（第 {line} 行）；让其一先结束，或写明 deputy_of",
                f"{seat.place} has two holders of {en} from {roster.says(start)} on: posts {post.code} and {last.code} "
                f"(line {line}); end one before, or say whose deputy it is",
            )
            yield Finding("two_holders", "error", "posts", roster.lines.of(post.code), (post.code, last.code), *text)
        if last is None or (post.valid_to or _NEVER) > (last.valid_to or _NEVER):
            last = post


def _ends(roster: Roster, seat: Seat, post: Post, posts: Sequence[Post]) -> Iterator[Finding]:
    """Find a post that ends soon with nobody to follow in it."""
    end = post.valid_to
    if end is None or end > roster.now + SOON:
        return
    if any(p.holds_at(end) and (p.deputy_of is None) == (post.deputy_of is None) for p in posts):
        return
    zh, en = title_of(seat.role)
    text = (
        f"{seat.place} 的{zh}岗位 {post.code} 将于 {roster.says(end)} 结束，无人接任；排好接任者，或延长任期",
        f"post {post.code} ({en} of {seat.place}) ends at {roster.says(end)} and nobody follows; name who does, or "
        "prolong it",
    )
    yield Finding("post_ends", "warning", "posts", roster.lines.of(post.code), (post.code,), *text)


def _wrong_hands(roster: Roster) -> Iterator[Finding]:
    """Find posts that enforce in the hands of others than regular staff, and more auxiliaries than regular staff."""
    people = roster.staff.people
    for post in roster.staff.posts:
        role, person = ROLES.get(post.role), people.get(post.person)
        if role is None or not role.enforces or person is None or person.kind in ("", "regular"):
            continue
        if not is_over(post, roster.now):
            kind_zh = {"auxiliary": "辅助人员", "volunteer": "志愿者"}[person.kind]
            text = (
                f"岗位 {post.code}（{role.title_zh}）由{kind_zh}担任，不得执法；换由正式人员担任",
                f"post {post.code} ({role.title_en}) is held by one who is {person.kind} and may not enforce; give "
                "it to regular staff",
            )
            yield Finding("auxiliary", "error", "posts", roster.lines.of(post.code), (post.code,), *text)
    kinds = Counter(person.kind for person in people.values())
    if kinds["auxiliary"] > kinds["regular"]:
        text = (
            f"辅助人员 {kinds['auxiliary']} 人，多于正式人员 {kinds['regular']} 人；核对编制",
            f"there are {kinds['auxiliary']} auxiliaries and {kinds['regular']} regular staff; check the establishment",
        )
        yield Finding("auxiliary", "warning", "people", None, (), *text)
