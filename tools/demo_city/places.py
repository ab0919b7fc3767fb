"""Named places of the demo city and what they do to the ground: hot spots, land use, and where cases gather."""

from dataclasses import dataclass

import numpy as np
import shapely

from demo_city.areas import Areas
from demo_city.frame import Array
from demo_city.planar import Plane

# code, name, English name, kind, wished place in metres, radius in metres
WISHES = [
    ("P01", "云汀东站", "Yunting East Station", "station", 1500, 860, 150),
    ("P02", "钟楼农贸市场", "Zhonglou Market", "market", -560, -430, 80),
    ("P03", "东湾农贸市场", "Dongwan Market", "market", 1560, 60, 80),
    ("P04", "北塘农贸市场", "Beitang Market", "market", -900, 1560, 80),
    ("P05", "石板街夜市", "Shiban Night Market", "night_market", 60, -640, 120),
    ("P06", "云汀区第一人民医院", "Yunting First Hospital", "hospital", -820, 200, 120),
    ("P07", "新桥中医院", "Xinqiao Hospital", "hospital", 800, 1560, 100),
    ("P08", "云汀实验小学", "Yunting Primary School", "school", -100, -330, 100),
    ("P09", "书院中学", "Shuyuan Middle School", "school", -900, -560, 120),
    ("P10", "新桥小学", "Xinqiao Primary School", "school", 60, 1560, 100),
    ("P11", "东湾外国语学校", "Dongwan School", "school", 1620, -480, 120),
    ("P12", "溪口小学", "Xikou Primary School", "school", -1500, 1080, 100),
    ("P13", "云汀天地商场", "Yunting Mall", "mall", 180, -330, 110),
    ("P14", "东湾城购物中心", "Dongwan Mall", "mall", 950, 40, 110),
    ("P15", "汀湖公园", "Tinghu Park", "park", 880, 620, 180),
    ("P16", "书院公园", "Shuyuan Park", "park", -720, -760, 120),
    ("P17", "溪口湿地公园", "Xikou Wetland Park", "park", -1650, 560, 160),
    ("P18", "钟楼地铁站", "Zhonglou Metro", "metro", -330, -90, 80),
    ("P19", "东湾地铁站", "Dongwan Metro", "metro", 1240, -210, 80),
    ("P20", "科源地铁站", "Keyuan Metro", "metro", 420, -1130, 80),
    ("P21", "云汀区政务中心", "Civic Centre", "office", -250, 1180, 100),
    ("P22", "新桥建材市场", "Xinqiao Building-Material Market", "trade_market", 700, 1080, 110),
    ("P23", "禾丰集市", "Hefeng Fair", "market", -1330, -1240, 90),
    ("P24", "科源创业园", "Keyuan Business Park", "works", 1480, -1380, 160),
    ("P25", "溪南码头", "Xinan Quay", "quay", 60, 420, 70),
    ("P26", "垃圾中转站", "Waste Transfer Station", "waste", -520, -1560, 60),
]  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A named point with a radius; position in metres."""

    code: str
    name: str
    name_en: str
    kind: str
    x: float
    y: float
    radius_m: float


def build_places(plane: Plane) -> list[Place]:
    """Set every named place inside the dry block nearest to where it was wished, off the road."""
    dry = [i for i, leaf in enumerate(plane.leaves) if not leaf.water]
    centre = shapely.get_coordinates(shapely.centroid([plane.faces_m[i] for i in dry]))
    out = []
    for code, name, en, kind, x, y, radius in WISHES:
        i = dry[int(np.argmin(np.hypot(centre[:, 0] - x, centre[:, 1] - y)))]
        at = plane.faces_m[i].representative_point()
        out.append(Place(code, name, en, kind, at.x, at.y, float(radius)))
    return out


def face_centres(plane: Plane) -> Array:
    """Give the centre of every unit grid in metres."""
    return np.asarray(shapely.get_coordinates(shapely.centroid(plane.faces_m)))


USE_OF_PLACE = {"station": "transport", "market": "commercial", "night_market": "commercial", "hospital": "public",
                "school": "public", "mall": "commercial", "park": "park", "metro": "commercial", "office": "public",
                "trade_market": "commercial", "works": "industrial", "quay": "park", "waste": "industrial"}  # fmt: skip


def land_use(plane: Plane, areas: Areas, places: list[Place], zone: set[int], rng: np.random.Generator) -> list[str]:
    """Give every unit grid a land use from water, fields, the works zone, the places around it and its roads."""
    centre = face_centres(plane)
    roads = widest_roads(plane)
    out = []
    for i, leaf in enumerate(plane.leaves):
        away = [float(np.hypot(*(centre[i] - (p.x, p.y)))) / p.radius_m for p in places]
        k = int(np.argmin(away))
        if leaf.water:
            use = "water"
        elif away[k] < 1.05:
            use = USE_OF_PLACE[places[k].kind]
        elif areas.rural[i]:
            use = "rural" if rng.random() < 0.82 else "village"
        elif i in zone:
            use = "industrial" if rng.random() < 0.85 else "green"
        else:
            shops = {"arterial": 0.20, "secondary": 0.10}.get(roads[i], 0.03)
            green = 0.25 if roads[i] == "river" else 0.05
            use = str(rng.choice(["commercial", "green", "public", "residential"],
                                 p=[shops, green, 0.045, 0.955 - shops - green]))  # fmt: skip
        out.append(use)
    return out


def widest_roads(plane: Plane) -> list[str]:
    """Give for every unit grid the widest road on its border, the river before secondary roads."""
    order = ["expressway", "arterial", "river", "secondary", "branch", "alley", "water", "border"]
    best = ["border"] * len(plane.faces)
    for e in plane.edges:
        for f in e.faces:
            if order.index(e.tier) < order.index(best[f]):
                best[f] = e.tier
    return best
