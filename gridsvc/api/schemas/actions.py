"""The requests that act on a case: one for each action, with what it takes beside the version that was read."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from gridsvc.api.schemas.cases import MOST_ATTACHMENTS, Ids
from gridsvc.api.schemas.common import POINT, Number, PointIn, Strict
from gridsvc.api.schemas.precedents import REASON, UNIT, PrecedentIn
from gridsvc.api.schemas.route import ACCURACY, Attributes
from gridsvc.casework.requests import RungName
from gridsvc.values import LONGEST_REASON, LimitUnit

_KEPT = "kept for ever in the case's history: telephone and identity numbers in it are masked, name no private person"
Reason = Annotated[str, Field(max_length=LONGEST_REASON, description=REASON)]
Unit = Annotated[str, Field(min_length=1, max_length=64, description=UNIT)]
Result = Annotated[str, Field(min_length=1, max_length=2000, description=_KEPT)]
N = Annotated[int, Field(ge=1, strict=True, description="number of an open request, as the case lists it")]
Score = Annotated[float, Field(ge=0, le=100, strict=True, allow_inf_nan=False)]
_WHY = "现场核实，情况属实"


def _like(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [{"version": 3, **example}]})


class ActionIn(Strict):
    """What every action takes."""

    model_config = _like()

    version: int = Field(ge=1, strict=True, description="the version of the case that was read")
    reason: Reason | None = None
    attachments: Ids = Field(default=[], max_length=MOST_ATTACHMENTS, description="ids that POST /v1/attachments gave")

    def said(self) -> dict[str, Any]:
        """What was said, by the names of the API; what was left out is left out."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class VerifyIn(ActionIn):
    """Without a result: somebody is sent. With it: what he found."""

    model_config = _like(result="confirmed")

    result: Literal["confirmed", "not_found"] | None = None


class AnsweredIn(ActionIn):
    """What who reported is told; else the template of the rules that fits best."""

    answer: str | None = Field(None, max_length=1000, description="shown to whoever has the tracking code; " + _KEPT)


class VoidIn(AnsweredIn):
    """Why it is no case."""

    model_config = _like(cause="not_found", reason=_WHY)

    reason: Reason
    cause: Literal["duplicate", "out_of_scope", "not_found", "false", "other"]


class DecideIn(ActionIn):
    """Whose a case is, and why."""

    model_config = _like(unit="DEPT-ENF", reason="现场核实为占道经营")

    unit: Unit
    reason: Reason
    assisting: list[Unit] = Field(default_factory=list, max_length=20, description="units that assist")
    precedent: PrecedentIn | None = Field(None, description="let the next cases like it be decided in the same way")

    def said(self) -> dict[str, Any]:
        """What was said; a precedent as the house knows it."""
        return super().said() | {"precedent": None if self.precedent is None else self.precedent.wanted()}


class DispatchIn(ActionIn):
    """To whom: the accountable unit, or another one with a reason, which is accountable from then on."""

    unit: Unit | None = None


class ArriveIn(ActionIn):
    """Who arrived: the accountable unit if nobody is named; at a whistle the unit that was called."""

    model_config = _like(settled=True)

    unit: Unit | None = None
    role: str | None = Field(None, min_length=1, max_length=40, description="such as persuader or officer")
    request: N | None = None
    settled: bool = Field(True, description="false: whoever has to enforce must come, for which another clock starts")


class ReturnIn(ActionIn):
    """Why it is not this unit's, by what law, and whose it might be."""

    model_config = _like(reason="不在本单位辖区，属地不符", basis="职责清单第 3 条", unit="DEPT-ENF")

    reason: Reason
    basis: str = Field(min_length=1, max_length=LONGEST_REASON, description="the legal basis; " + _KEPT)
    unit: Unit | None = Field(None, description="code of the unit that is proposed")


class ExtendIn(ActionIn):
    """How much more time is asked for."""

    model_config = _like(reason="需要订购配件，无法按期完成", amount=2, unit="working_day")

    reason: Reason
    amount: Number = Field(gt=0)
    unit: LimitUnit = Field(description="unit of time, of the clock that is to be extended")


class ReasonedIn(ActionIn):
    """Only why."""

    model_config = _like(reason=_WHY)

    reason: Reason


class TransferIn(ActionIn):
    """To which unit it is handed over, if that agrees."""

    model_config = _like(reason="属其他部门职权范围", unit="DEPT-ENF")

    reason: Reason
    unit: Unit


class SettleIn(ActionIn):
    """How an open request is answered.

    `unit`: to whom a returned case goes at once (none: it is dispatched anew), or whose a disputed one is. `scores`: of
    every unit that was called. `precedent`: with an escalation only.
    """

    model_config = _like(request=5, verdict="granted", reason=_WHY)

    request: N
    verdict: Literal["granted", "refused", "answered"]
    reason: Reason
    unit: Unit | None = None
    assisting: list[Unit] = Field(default_factory=list, max_length=20, description="units that assist")
    scores: dict[str, Score] | None = Field(None, min_length=1, max_length=50, description="0 to 100 by unit")
    precedent: PrecedentIn | None = Field(None, description="let the next cases like it be decided in the same way")

    def said(self) -> dict[str, Any]:
        """What was said; a precedent as the house knows it."""
        return super().said() | {"precedent": None if self.precedent is None else self.precedent.wanted()}


class FinishIn(ActionIn):
    """What was done."""

    model_config = _like(result="已清理完毕")

    result: Result


class CheckIn(ActionIn):
    """Without a result: somebody is sent. With it: what he found."""

    model_config = _like(result="passed")

    result: Literal["passed", "failed"] | None = None


class CloseIn(AnsweredIn):
    """How hard it was, and what came of it."""

    model_config = _like(grade="simple", result="已恢复原状")

    grade: Literal["simple", "general", "complex", "hard"]
    result: Result | None = None


class CorrectIn(ActionIn):
    """What it should have been; what is left out stays as it was. A `component` of null is none."""

    model_config = _like(reason="上报类别有误，应更正", category="06010", point=POINT)

    reason: Reason
    point: PointIn | None = None
    category: str | None = Field(None, max_length=20, description="five-digit matter code")
    component: str | None = Field(None, max_length=64)
    accuracy_m: Number | None = Field(None, ge=0, le=100_000, description=ACCURACY)
    attributes: Attributes | None = None

    def said(self) -> dict[str, Any]:
        """What was said; a place and a category cannot be taken away."""
        told = super().said()
        return {k: v for k, v in told.items() if v is not None or k in ("component", "accuracy_m")}


class LinkIn(ActionIn):
    """Another case: as a duplicate, this one is void and joined to that; related or a repetition, both go on."""

    model_config = _like(**{"case": "240612-0001", "as": "duplicate"})

    case: str = Field(min_length=1, max_length=64, description="number or id")
    as_: Literal["duplicate", "related", "repeat"] = Field(alias="as")


class UnlinkIn(ActionIn):
    """Which link is taken away; a case that was joined is again what it was before."""

    model_config = _like(case="240612-0001")

    case: str = Field(min_length=1, max_length=64, description="number or id")


class SuperviseIn(ActionIn):
    """In which way the unit is called to account."""

    model_config = _like(way="phone", reason="处置超期，请说明原因")

    reason: Reason
    way: Literal["phone", "written", "on_site"]


class WhistleIn(ActionIn):
    """Which units are to come, and for what."""

    model_config = _like(**{"for": "joint_enforcement", "asked": ["DEPT-ENF"], "reason": "需要多部门联合执法"})

    reason: Reason
    for_: Literal["joint_enforcement", "key_work", "emergency"] = Field(alias="for")
    asked: list[Unit] = Field(min_length=1, max_length=50)


class EscalateIn(ActionIn):
    """Who is to settle whose it is: each rung once, and only upwards."""

    model_config = _like(rung="joint_meeting", reason="两单位对职责有争议")

    reason: Reason
    rung: RungName


MODELS: Mapping[str, type[ActionIn]] = {
    "accept": AnsweredIn, "verify": VerifyIn, "register": AnsweredIn, "void": VoidIn, "decide": DecideIn,
    "dispatch": DispatchIn, "take": ActionIn, "arrive": ArriveIn, "return": ReturnIn, "extend": ExtendIn,
    "hold": ReasonedIn, "transfer": TransferIn, "settle": SettleIn, "resume": ActionIn, "finish": FinishIn,
    "check": CheckIn, "rework": ReasonedIn, "close": CloseIn, "reopen": ReasonedIn, "archive": ActionIn,
    "correct": CorrectIn, "link": LinkIn, "unlink": UnlinkIn, "supervise": SuperviseIn, "whistle": WhistleIn,
    "escalate": EscalateIn, "pay": ActionIn,
}  # fmt: skip
