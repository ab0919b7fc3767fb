"""What is reported to be routed, apart from its coordinates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import NoneType

from gridsvc.errors import BadInput, FieldError
from gridsvc.responsibility.resolve import NOTHING
from gridsvc.values import REMOVED, Component

_TEXT = (str, NoneType)
_KINDS = (("at", datetime), ("category", str | None), ("component", str | None))


@dataclass(frozen=True, slots=True)
class Report:
    """One geotagged report to be routed, beside its coordinates. ``at`` must state its offset."""

    at: datetime
    category: str | None = None
    component: str | None = None
    accuracy_m: float | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: NOTHING)

    def __post_init__(self) -> None:
        # Whoever has no type checker may hand over anything; one look at all of it is quicker than one at each.
        at: object = self.at
        texts: tuple[object, object] = (self.category, self.component)
        if not (isinstance(at, datetime) and isinstance(texts[0], _TEXT) and isinstance(texts[1], _TEXT)):
            self._refuse_kinds()
        if self.at.tzinfo is None:
            mend = ("带上时区", "give it an offset")
            raise BadInput("时刻没有时区", "the instant has no offset", [FieldError("at", str(self.at), *mend)])
        usable = self.accuracy_m is None or (
            isinstance(self.accuracy_m, int | float) and 0.0 <= self.accuracy_m <= 100_000.0
        )
        if not usable:
            mend = ("0~100000 的米数", "metres between 0 and 100000")
            raise BadInput("精度无效", "the accuracy is not usable", [FieldError("accuracy_m", self.accuracy_m, *mend)])

    def _refuse_kinds(self) -> None:
        for field_name, kind in _KINDS:
            value = getattr(self, field_name)
            if not isinstance(value, kind):
                mend = ("换成正确的类型", f"give a {getattr(kind, '__name__', 'str')}")
                raise BadInput("类型不对", "this is of another type", [FieldError(field_name, repr(value), *mend)])


def refuse_removed(component: Component, at: datetime) -> None:
    """Refuse a component that was gone by then; a report from before, or where no date is known, may mean it."""
    since = component.since
    if component.state == REMOVED and since is not None and since <= at:
        zh, en = f"部件自 {since.isoformat()} 起已撤除", f"the component is removed since {since.isoformat()}"
        mend = ("改为在用部件的编码，或留空", "give the code of a component in use, or leave it out")
        raise BadInput(zh, en, [FieldError("component", component.code, *mend)])
