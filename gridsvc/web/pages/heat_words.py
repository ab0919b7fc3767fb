"""What the heat page says, in Chinese and English; nothing here is computed."""

from typing import Literal

Lang = Literal["zh", "en"]

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "heat_title": "案件密度",
        "rate": "件/平方公里",
        "cases": "案件数",
        "n_cases": "{n} 件",
        "areas": "{n} 个",
        "measure": "统计口径",
        "zero": "没有案件",
        "unknown": "无数据",
        "few": "不足 10 件,比率仅供参考",
        "highest": "最高的区域",
        "sparse": "稀疏",
        "dense": "最密处",
        "density": "颜色只表示相对高低,以全部案件中最密处为准,不成正比。"
        "案件按 {cell} 米方格汇总,再以半径约 {kernel} 米展开;缩放不改变展开的实地范围。",
        "theme": "专题",
        "lines": "参考线",
        "notes": "说明",
        "total": "案件总数",
        "shown": "已上图",
        "aside": "未上图",
        "aside_note": "未上图 {n} 件:没有坐标,或坐标在辖区以外。这些案件不在任何颜色里,但计入总数。",
        "class_note": "分级:下限含、上限不含;空白为没有案件。",
        "source": "数据:{source}",
        "generated": "生成:{at}",
        "panel": "图例与排名",
        "drawn": "绘图:Leaflet",
        "to": "至",
    },
    "en": {
        "heat_title": "Density of cases",
        "rate": "cases per km²",
        "cases": "Cases",
        "n_cases": "{n} cases",
        "areas": "{n} areas",
        "measure": "Measure",
        "zero": "no case",
        "unknown": "no data",
        "few": "fewer than 10 cases: take the rate with care",
        "highest": "Highest areas",
        "sparse": "sparse",
        "dense": "densest",
        "density": "Colour shows order, not proportion, against the densest place of all cases. Cases are summed to "
        "cells of {cell} m and spread over about {kernel} m on the ground, whatever the zoom.",
        "theme": "Theme",
        "lines": "Reference lines",
        "notes": "Notes",
        "total": "cases",
        "shown": "on the map",
        "aside": "set aside",
        "aside_note": "{n} cases are set aside: without a coordinate, or outside the district. No colour "
        "holds them; the total does.",
        "class_note": "Classes hold their lower bound and not their upper; blank means no case.",
        "source": "Data: {source}",
        "generated": "Made {at}",
        "panel": "Legend and ranking",
        "drawn": "Drawn with Leaflet",
        "to": "to",
    },
}
