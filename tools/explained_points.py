"""Writes the explained points of the demo city into the guides: ``python tools/explained_points.py``.

What is said of each point is the router's own explanation; only its heading is written by hand. The chapter is the last
of a guide and begins with the first point.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gridsvc import Router
from gridsvc.answer import Routing
from gridsvc.codes import category_of
from gridsvc.responsibility.explain import Step
from gridsvc.values import Lang

ROOT = Path(__file__).resolve().parent.parent
CITY = ROOT / "data" / "boundaries" / "2024-2"
GUIDES: dict[Lang, Path] = {
    "zh": ROOT / "docs" / "responsibility.zh-CN.md",
    "en": ROOT / "docs" / "responsibility.md",
}
# Areas that every reader knows his way by; of the others only those that the point came to in an unusual way are told.
TOLD_LAYERS = ("street", "grid")
# Rows for this matter that came close. All others speak of other matters, other places or other times.
CLOSE = ("attributes", "window", "no_unit", "no_power", "disputed")


@dataclass(frozen=True)
class Question:
    """One report: its matter, its circumstances and its instant by the clock of the city."""

    category: str
    at: str = "2024-05-15 10:00"
    component: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Explained:
    """A place with a heading in both languages, and what is asked there."""

    lon: float
    lat: float
    zh: str
    en: str
    questions: tuple[Question, ...]


POINTS = (
    Explained(
        120.2121353,
        30.3076114,
        "恰在两个网格共用边界上的井盖",
        "A manhole exactly on the line between two grids",
        (Question("01002", component="99010101002001667"),),
    ),
    Explained(
        120.2271886,
        30.3196437,
        "界路永福路：人在第三网格一侧，路面归“含”路的第二网格",
        "A boundary street: on the third grid's side of the line, and in the second grid, which includes the street",
        (Question("06036"),),
    ),
    Explained(
        120.2300781,
        30.3176934,
        "同一点：高架桥面和桥下地面",
        "One point: the viaduct's deck, and the ground below it",
        (Question("06012", attributes={"vertical": "above"}), Question("06010", attributes={"vertical": "below"})),
    ),
    Explained(
        120.2239804,
        30.31723,
        "背街小巷的路面",
        "The surface of an alley",
        (Question("06013"),),
    ),
    Explained(
        120.2424118,
        30.3172344,
        "交界带：这一周和下一周",
        "The border strip: this week and the next",
        (Question("06010"), Question("06010", "2024-05-22 10:00")),
    ),
    Explained(
        120.2452226,
        30.3089842,
        "开发区内的占道经营",
        "A stall inside the development zone",
        (Question("09006"),),
    ),
    Explained(
        120.2097369,
        30.3086899,
        "规划区以外的违规户外广告",
        "An unlawful billboard outside the planning area",
        (Question("07003"),),
    ),
    Explained(
        120.2411555,
        30.3364964,
        "乱停的汽车：在人行道上，在建筑退界里",
        "A badly parked car: on the pavement, and in the space beside it",
        (
            Question("09009", attributes={"vehicle": "motor", "surface": "pavement"}),
            Question("09009", attributes={"vehicle": "motor", "surface": "side_space"}),
        ),
    ),
    Explained(
        120.2049703,
        30.3196865,
        "同一工地的施工噪声：深夜和下午",
        "Noise of one site: at night and in the afternoon",
        (Question("08001", "2024-05-15 23:30"), Question("08001", "2024-05-15 15:00")),
    ),
    Explained(
        120.2174825,
        30.3215548,
        "职责有争议：有判例的噪声，没有判例的断线",
        "Disputed duties: noise with a precedent, a fallen cable without",
        (Question("06028"), Question("10002")),
    ),
)
HEADS = {
    "zh": ("事项", "情形", "时刻", "负责", "转定责台"),
    "en": ("matter", "circumstances", "at", "accountable", "for the desk"),
}


def ask(router: Router, point: Explained, question: Question) -> Routing:
    """Route one report."""
    at = datetime.fromisoformat(question.at).replace(tzinfo=router.zone)
    return router.route(
        point.lon, point.lat, crs="wgs84", at=at, category=question.category, component=question.component,
        attributes=question.attributes,
    )  # fmt: skip


def told(routing: Routing) -> list[Step]:
    """Choose of the full explanation what bears on this report."""
    unusual = {f"{area.layer}:{area.code}" for area in routing.areas.values() if area.how != "inside"}
    known = {f"{layer}:{area.code}" for layer, area in routing.areas.items() if layer in TOLD_LAYERS}
    close = {rule.id for rule, why in routing.decision.trail if why in CLOSE}
    if not routing.context.situation.attributes and routing.decision.desk is None:
        # A report that tells no circumstances misses every row that asks for some.
        close -= {rule.id for rule, why in routing.decision.trail if why == "attributes"}
    return [
        step
        for step in routing.because("full")
        if (step.step == "area" and step.id in unusual | known)
        or (step.step == "passed" and step.id in close)
        or step.step not in ("area", "passed")
    ]


def as_text(router: Router, lang: Lang) -> str:
    """Write all points as a chapter of the guide."""
    parts = []
    for n, point in enumerate(POINTS, start=1):
        parts.append(f"### {n}. {point.zh if lang == 'zh' else point.en}\n\n`{point.lon}, {point.lat}`\n")
        parts += [_question(ask(router, point, question), question, lang) for question in point.questions]
    return "\n".join(parts)


def _question(routing: Routing, question: Question, lang: Lang) -> str:
    matter, circumstances, at, accountable, desk = HEADS[lang]
    decision = routing.decision
    category = category_of(question.category)
    facts = [f"{matter} `{category.code}` {category.zh if lang == 'zh' else category.en}"]
    if question.attributes:
        facts.append(f"{circumstances} `{';'.join(f'{k}={v}' for k, v in question.attributes.items())}`")
    facts.append(f"{at} {question.at}")
    if decision.unit is not None and decision.rule is not None:
        name = decision.unit.name if lang == "zh" else decision.unit.name_en
        answer = f"{accountable}: **{name}** (`{decision.rule.via}`)"
    else:
        answer = f"**{desk}** (`{decision.desk}`)"
    head = ("，" if lang == "zh" else ", ").join(facts) + f" → {answer}"
    if lang == "zh":
        head = head.replace(": **", "：**").replace("** (", "**（").replace("`)", "`）")
    lines = [f"- {step.zh if lang == 'zh' else step.en}" for step in told(routing)]
    return "\n".join([head, "", *lines, ""])


def main() -> None:
    """Write the chapter in both languages."""
    router = Router.from_folder(CITY)
    for lang, guide in GUIDES.items():
        before, _, _ = guide.read_text(encoding="utf-8").partition("### 1. ")
        guide.write_text(before + as_text(router, lang), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
