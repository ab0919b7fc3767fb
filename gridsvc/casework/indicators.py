"""The indicators of the field as rows, and what a share is: exact, and none where nothing was due."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

from gridsvc.casework.facts import (
    ACCURATE,
    DISPATCHED,
    EXTENDED,
    FILED,
    FIRST,
    IN_TIME,
    RETURNED,
    REWORKED,
    SATISFIED,
    TIMED,
)

# 95 %.
_Z = 1.959963984540054


class Indicator(NamedTuple):
    """One row: of the facts ``of`` in the period, those with all flags ``among`` count; ``counts`` says which are good.

    ``counts``: flags that must be set, ``done`` (by the end of the period), ``late`` (done, but not in time), ``open``
    (not done), or ``value`` (a score of 100). A rate whose low value is good has ``better`` ``low``. ``note`` says
    which denominator was taken where sites differ.
    """

    id: str
    zh: str
    en: str
    of: str
    counts: str | int
    formula_zh: str
    formula_en: str
    source: str
    among: int = 0
    better: str = "high"
    note_zh: str = ""
    note_en: str = ""


def _rows(*rows: Indicator) -> Mapping[str, Indicator]:
    return {row.id: row for row in rows}


_LIMITED = ("只计有时限的案件", "cases with a limit for this step")
INDICATORS: Mapping[str, Indicator] = _rows(
    Indicator("disposal", "处置率", "disposal rate", "due:disposal", "done",
              "已处置 / 应处置", "disposed / due for disposal", "1.8"),
    Indicator("on_time_disposal", "按期处置率", "on-time disposal", "due:disposal", IN_TIME,
              "按期处置 / 应处置", "disposed in time / due for disposal", "1.8"),
    Indicator("overdue_undisposed", "超期待处置率", "overdue and undisposed", "due:disposal", "open",
              "超期未处置 / 应处置", "overdue and open / due for disposal", "1.8 Jinniu", better="low"),
    Indicator("extension", "延期率", "extension rate", "due:disposal", EXTENDED,
              "延期 / 应处置", "extended / due for disposal", "1.8 Jinniu", better="low"),
    Indicator("closing", "结案率", "closing rate", "due:whole", "done",
              "已结案 / 应结案", "closed / due for closing", "1.8"),
    Indicator("on_time_closing", "按期结案率", "on-time closing", "due:whole", IN_TIME,
              "按期结案 / 应结案", "closed in time / due for closing", "1.8"),
    Indicator("overdue_closing", "超期结案率", "overdue closing", "due:whole", "late",
              "超期结案 / 应结案", "closed late / due for closing", "1.8", better="low"),
    Indicator("rework", "返工率", "rework rate", "due:whole", REWORKED,
              "返工案件 / 应结案", "cases reworked / due for closing", "1.8 Jinniu", better="low",
              note_zh="另有地方以核查数为分母；一案返工多次只计一次",
              note_en="elsewhere out of the checks; a case reworked more than once counts once"),
    Indicator("accurate_dispatch", "准确派遣率", "accurate dispatch", "due:dispatch", ACCURATE,
              "准确派遣 / 应派遣", "accurate dispatches / due dispatches", "1.8"),
    Indicator("on_time_dispatch", "按期派遣率", "on-time dispatch", "due:dispatch", IN_TIME,
              "按期派遣 / 应派遣", "on-time dispatches / due dispatches", "1.8"),
    Indicator("on_time_filing", "按时立案率", "on-time filing", "filed", IN_TIME,
              "按时立案 / 立案", "filed in time / filed", "1.8", TIMED, note_zh=_LIMITED[0], note_en=_LIMITED[1]),
    Indicator("accurate_filing", "准确立案率", "accurate filing", "filed", ACCURATE,
              "准确立案 / 立案", "accurately filed / filed", "1.8",
              note_zh="立案后作废的不准确", note_en="what was voided after filing was not accurate"),
    Indicator("accurate_acceptance", "准确受理率", "accurate acceptance", "accepted", ACCURATE,
              "准确受理 / 受理", "accurately accepted / accepted", "1.8",
              note_zh="因不属范围、查无此事、不实而作废的，或更正过类别的，不准确",
              note_en="not accurate: voided as out of scope, not found or false, or of a category corrected later"),
    Indicator("on_time_acceptance", "按时受理率", "on-time acceptance", "accepted", IN_TIME,
              "按时受理 / 受理", "accepted in time / accepted", "1.8", TIMED, note_zh=_LIMITED[0],
              note_en=_LIMITED[1]),
    Indicator("valid_reports", "有效上报率", "valid reports", "reported", ACCURATE,
              "有效上报 / 上报", "valid / reported", "1.8",
              note_zh="因不属范围、查无此事、不实而作废的无效；重复上报有效",
              note_en="not valid: voided as out of scope, not found or false; a duplicate is valid"),
    Indicator("on_time_verify", "按期核实率", "on-time verification", "due:verify", IN_TIME,
              "按期核实 / 应核实", "verified in time / due", "1.8"),
    Indicator("on_time_check", "按期核查率", "on-time check", "due:check", IN_TIME,
              "按期核查 / 应核查", "checked in time / due", "1.8"),
    Indicator("filing", "立案率", "filing rate", "accepted", FILED,
              "立案 / 受理", "filed / accepted", "1.8",
              note_zh="另有地方以上报数为分母", note_en="elsewhere out of what was reported"),
    Indicator("dispatch", "派遣率", "dispatch rate", "filed", DISPATCHED,
              "派遣 / 立案", "dispatched / filed", "1.8",
              note_zh="另有地方以应派遣数为分母", note_en="elsewhere out of what was due for dispatch"),
    Indicator("return", "退单率", "return rate", "dispatched", RETURNED,
              "准予退单的派遣 / 派遣", "dispatches returned with consent / dispatches", "1.8", better="low",
              note_zh="没有公认的公式", note_en="no formula is agreed on"),
    Indicator("satisfaction", "满意率", "satisfaction", "rated", SATISFIED,
              "满意 / 已评价", "satisfied / answers of reporters", "1.8",
              note_zh="另有地方以回访数为分母", note_en="elsewhere out of those called back"),
    Indicator("first_dispatch", "首次派遣准确率", "first-dispatch accuracy", "dispatched", ACCURATE,
              "首次派遣准确 / 首次派遣", "accurate / first dispatches", "1.8", FIRST,
              note_zh="准予退单或更正后改派的不准确；附 Wilson 95% 区间",
              note_en="not accurate: a return was granted, or a correction moved it; with the Wilson 95 % interval"),
    Indicator("on_time_arrival", "按时到场率", "on-time arrival", "due:arrival", IN_TIME,
              "按时到场 / 应到场", "arrived in time / due", "001-3"),
    Indicator("response", "吹哨按时报到率", "response to whistles", "responded", IN_TIME,
              "按时报到 / 应报到部门", "arrived in time / departments called", "001-1", TIMED),
    Indicator("whistle_score", "街道评分", "score by the streets", "scored", "value",
              "各次评分之和 / (100 × 次数)", "sum of scores / (100 × scores given)", "001-1"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, exactly. Of nothing there is no rate: neither 0 nor 100 %."""

    good: Fraction
    of: int

    @property
    def value(self) -> Fraction | None:
        """The share, None where nothing was due."""
        return self.good / self.of if self.of else None

    @property
    def percent(self) -> Decimal | None:
        """The share in percent with two decimals, halves up."""
        return None if self.value is None else half_up(self.value * 100)

    def interval(self) -> tuple[Decimal, Decimal] | None:
        """The Wilson 95 % interval in percent (E. B. Wilson 1927), None where nothing was due."""
        if not self.of:
            return None
        p, n = float(self.good) / self.of, float(self.of)
        middle, spread = p + _Z**2 / (2 * n), _Z * sqrt(p * (1 - p) / n + (_Z / (2 * n)) ** 2)
        low, high = ((middle + sign * spread) / (1 + _Z**2 / n) for sign in (-1, 1))
        return half_up(Fraction(max(0.0, low)) * 100), half_up(Fraction(min(1.0, high)) * 100)


def half_up(value: Fraction, places: int = 2) -> Decimal:
    """Round an exact number to so many decimals, halves away from zero, as people do on paper."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    signed = -whole if value < 0 else whole
    return Decimal(signed).scaleb(-places).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
