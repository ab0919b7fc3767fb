"""Who is attached to a case beside the accountable unit: the chief of each role, found once for all that are alike."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from gridsvc.chain import SpelledDict
from gridsvc.masking import mask_phone
from gridsvc.responsibility.duty import Chief, chief_at
from gridsvc.responsibility.explain import Step, of_chief
from gridsvc.responsibility.moments import Moments
from gridsvc.responsibility.people import Staff
from gridsvc.values import AreaAt

# Teams that are kept; then all are forgotten.
_MOST = 20_000


class Attached(dict[str, Chief | None]):
    """The chief of each role. There are far fewer such teams than points, and each is told often.

    It must not change any more.
    """

    @cached_property
    def posts(self) -> tuple[tuple[str, str], ...]:
        """Role and post of each role that has a chief, in the order of the roles' codes."""
        return tuple(sorted((role, chief.post.code) for role, chief in self.items() if chief is not None))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """How an answer explains them."""
        return tuple(of_chief(role, chief) for role, chief in self.items() if chief is not None)

    @cached_property
    def told(self) -> dict[str, SpelledDict | None]:
        """They as an answer shows them, in which no telephone number is whole."""
        return {
            "grid_chief": _chief(self.get("grid_chief"), with_via=False),
            "street_chief": _chief(self.get("street_chief"), with_via=True),
        }


class ChiefsAt:
    """Finds the chiefs of a place at an instant. Safe to share between threads.

    ``layers`` has for each role the layers that may give its chief, the one that decides first.
    """

    def __init__(self, staff: Staff, layers: Mapping[str, Sequence[str]], zone: ZoneInfo) -> None:
        self._staff, self._layers, self._zone = staff, layers, zone
        self._codes = [code for codes in layers.values() for code in codes]
        self.duties = Moments(zone, (), staff.posts)
        self._found: dict[Hashable, Attached] = {}

    def of(self, areas: Mapping[str, AreaAt], instant: datetime) -> Attached:
        """Give the chief of each role in these areas."""
        whose = tuple([areas[code].code if code in areas else None for code in self._codes])
        found = self._found.get(alike := (whose, self.duties.of(instant)))
        if found is None:
            if len(self._found) >= _MOST:
                self._found = {}
            found = self._found[alike] = self._find(areas, instant)
        return found

    def _find(self, areas: Mapping[str, AreaAt], instant: datetime) -> Attached:
        there = {role: [areas[code] for code in codes if code in areas] for role, codes in self._layers.items()}
        return Attached((r, chief_at(self._staff, r, there[r], instant, self._zone)) for r in there)


def _chief(chief: Chief | None, with_via: bool) -> SpelledDict | None:
    if chief is None:
        return None
    person = chief.person
    shown = {
        "post": chief.post.code, "name": person.name, "phone": mask_phone(person.phone), "on_duty": chief.on_duty,
        "acting": chief.acting,
    }  # fmt: skip
    return SpelledDict(shown | {"via": chief.via} if with_via else shown)
