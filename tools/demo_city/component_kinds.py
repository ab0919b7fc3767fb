# ruff: noqa: E501  (Chinese characters count double; one row a line is easier to read)
"""Which street objects stand how densely along which roads or in which blocks, and who owns and keeps them.

Classes and names are those of the 2026 catalogue; spacings are thinned, since a full census would have six times as many.
"""

from dataclasses import dataclass

# Unit marks that depend on the place: "clean" and "green" are the contractors there, "tel" one of two companies.


@dataclass(frozen=True)
class Roadside:
    """Objects along roads: metres between two of them by tier (E, A, S, B, L = alley), where across the road, whose."""

    code: str
    name: str
    spacing: dict[str, float]
    side: str
    competent: str
    owner: str
    maintainer: str
    accuracy: str = "A"
    both: str = ""


@dataclass(frozen=True)
class Inside:
    """Objects inside blocks: chance of a block having some by land use, how many then, and whose."""

    code: str
    name: str
    chance: dict[str, float]
    most: int
    competent: str
    owner: str
    maintainer: str
    accuracy: str = "B"


ROADSIDE = [
    Roadside("01001", "供水井盖", {"A": 150, "S": 200, "B": 250, "L": 420}, "road", "DEPT-WATR", "CO-WATER", "CO-WATER"),
    Roadside("01002", "污水井盖", {"A": 95, "S": 95, "B": 115, "L": 210}, "road", "DEPT-WATR", "CO-DRAIN", "CO-DRAIN"),
    Roadside("01003", "雨水井盖", {"A": 100, "S": 100, "B": 130, "L": 260}, "road", "DEPT-WATR", "CO-DRAIN", "CO-DRAIN"),
    Roadside("01004", "雨水箅子", {"A": 75, "S": 105, "B": 160}, "gutter", "DEPT-HOUS", "DEPT-MUNI", "CT-ROAD-1", both="A"),
    Roadside("01005", "电力井盖", {"A": 200, "S": 260, "B": 420}, "walk", "DEPT-HOUS", "CO-POWER", "CO-POWER"),
    Roadside("01006", "路灯井盖", {"A": 250, "S": 420}, "walk", "DEPT-HOUS", "CO-LAMP", "CO-LAMP"),
    Roadside("01007", "通信井盖", {"A": 150, "S": 250, "B": 360}, "walk", "DEPT-HOUS", "tel", "tel"),
    Roadside("01008", "电视井盖", {"A": 500, "S": 500, "B": 700}, "walk", "DEPT-CULT", "CO-TV", "CO-TV"),
    Roadside("01011", "燃气井盖", {"A": 220, "S": 300, "B": 460}, "road", "DEPT-HOUS", "CO-GAS", "CO-GAS"),
    Roadside("01012", "公安井盖", {"A": 320}, "walk", "DEPT-POL", "DEPT-POL", ""),
    Roadside("01013", "消防设施", {"A": 300, "S": 420, "B": 800}, "walk", "DEPT-FIRE", "CO-WATER", "CO-WATER"),
    Roadside("01015", "信号灯电源井盖", {"A": 450}, "walk", "DEPT-TRAF", "DEPT-TRAF", "CT-SIGN-1"),
    Roadside("01023", "不明井盖", {"S": 1500, "B": 1500, "L": 1500}, "road", "unknown", "", ""),
    Roadside("01027", "通信交接箱", {"S": 700, "B": 700}, "walk", "DEPT-HOUS", "tel", "tel"),
    Roadside("01030", "电力立杆", {"B": 600, "L": 350}, "walk", "DEPT-HOUS", "CO-POWER", "CO-POWER"),
    Roadside("01031", "通信立杆", {"L": 600}, "walk", "DEPT-HOUS", "tel", "tel"),
    Roadside("01034", "不明立杆", {"B": 4000, "L": 3000}, "walk", "unknown", "", ""),
    Roadside("01037", "路灯", {"E": 45, "A": 42, "S": 46, "B": 58, "L": 190, "R": 60}, "walk", "DEPT-HOUS", "CO-LAMP",
             "CO-LAMP", both="A"),
    Roadside("01042", "邮筒", {"S": 1600}, "walk", "DEPT-HOUS", "CO-POST", "CO-POST"),
    Roadside("01050", "监控电子眼设施", {"A": 210, "S": 380, "B": 650}, "walk", "DEPT-POL", "DEPT-POL", "DEPT-POL"),
    Roadside("01060", "路灯配电箱", {"A": 750, "S": 1000}, "walk", "DEPT-HOUS", "CO-LAMP", "CO-LAMP"),
    Roadside("01070", "水域护栏", {"R": 80}, "walk", "DEPT-WATR", "DEPT-WATR", "CT-RIVER-1", "B"),
    Roadside("01073", "雨污水排放口", {"R": 700}, "walk", "DEPT-WATR", "CO-DRAIN", "CO-DRAIN"),
    Roadside("01077", "综合杆", {"A": 300}, "walk", "DEPT-HOUS", "CO-LAMP", "CO-LAMP"),
    Roadside("02004", "公交站设施", {"A": 480, "S": 800}, "walk", "DEPT-TRAN", "CO-BUS", "CO-BUS", both="AS"),
    Roadside("02010", "交通标志牌及标线", {"E": 250, "A": 95, "S": 210, "B": 420}, "walk", "DEPT-TRAF", "DEPT-TRAF",
             "CT-SIGN-1"),
    Roadside("02012", "路名牌", {"A": 350, "S": 320, "B": 520}, "walk", "DEPT-CIVL", "DEPT-CIVL", "CT-SIGN-1"),
    Roadside("02014", "交通信号灯", {"A": 380, "S": 900}, "walk", "DEPT-TRAF", "DEPT-TRAF", "CT-SIGN-1"),
    Roadside("02017", "交通护栏", {"E": 300, "A": 150}, "gutter", "DEPT-TRAF", "DEPT-TRAF", "CT-SIGN-1", "B"),
    Roadside("02018", "防撞桶", {"E": 500}, "gutter", "DEPT-TRAF", "CITY-ROADS", "CITY-ROADS"),
    Roadside("02021", "便道桩", {"S": 520}, "walk", "DEPT-HOUS", "DEPT-MUNI", "CT-ROAD-1"),
    Roadside("02025", "非机动车停放点", {"A": 400, "S": 380, "B": 550}, "walk", "DEPT-ENF", "DEPT-ENF", "", "B"),
    Roadside("02026", "自行车租赁点", {"A": 1300, "S": 1500}, "walk", "DEPT-TRAN", "CO-BUS", "CO-BUS", "B"),
    Roadside("02034", "无障碍设施", {"A": 600, "S": 1200}, "walk", "DEPT-HOUS", "DEPT-MUNI", "CT-ROAD-1", "B"),
    Roadside("02038", "门（楼号）牌", {"B": 900, "L": 330}, "wall", "DEPT-POL", "DEPT-POL", ""),
    Roadside("02043", "减速带", {"B": 950, "L": 520}, "road", "DEPT-TRAF", "DEPT-TRAF", "CT-SIGN-1", "B"),
    Roadside("03005", "垃圾箱", {"A": 110, "S": 145, "B": 210, "R": 150}, "walk", "DEPT-SANI", "DEPT-SANI", "clean", "B"),
    Roadside("03006", "户外广告", {"A": 320, "S": 1500}, "wall", "DEPT-ENF", "CO-ADS", "CO-ADS", "B"),
    Roadside("03007", "牌匾标识", {"S": 520, "B": 720}, "wall", "DEPT-ENF", "", "", "B"),
    Roadside("04002", "行道树", {"A": 46, "S": 52, "B": 76}, "walk", "DEPT-GREN", "DEPT-GREN", "green", "B", both="A"),
    Roadside("04004", "护树设施", {"A": 420, "S": 900}, "walk", "DEPT-GREN", "DEPT-GREN", "green", "B"),
    Roadside("04011", "树池树穴", {"A": 210, "S": 420}, "walk", "DEPT-GREN", "DEPT-GREN", "green", "B"),
]  # fmt: skip

_HOMES = {"residential": 0.10, "village": 0.05}

INSIDE = [
    Inside("01046", "户外健身设施", {"residential": 0.07, "park": 0.3, "village": 0.1}, 2, "DEPT-CULT", "", "", "B"),
    Inside("01048", "变压器（箱）", {"residential": 0.10, "commercial": 0.15, "industrial": 0.2}, 1, "DEPT-HOUS",
           "CO-POWER", "CO-POWER"),
    Inside("01049", "燃气调压站（箱）", {"residential": 0.05, "commercial": 0.08}, 1, "DEPT-HOUS", "CO-GAS", "CO-GAS"),
    Inside("01054", "充电桩", {"residential": 0.06, "commercial": 0.2, "industrial": 0.1}, 5, "DEPT-HOUS", "CO-CHRG",
           "CO-CHRG"),
    Inside("01059", "旧衣物回收箱", _HOMES, 1, "DEPT-CIVL", "", ""),
    Inside("01062", "通信基站", {"residential": 0.03, "industrial": 0.06, "commercial": 0.05}, 1, "DEPT-HOUS", "tel", "tel"),
    Inside("01065", "管理责任公示牌", {"park": 0.4, "village": 0.1, "residential": 0.02}, 1, "DEPT-ENF", "", ""),
    Inside("01075", "快递柜", {"residential": 0.16, "commercial": 0.1}, 2, "DEPT-HOUS", "CO-EXPR", "CO-EXPR"),
    Inside("02001", "停车场", {"commercial": 0.14, "public": 0.12, "transport": 0.5}, 1, "DEPT-TRAF", "", "", "C"),
    Inside("03004", "垃圾间（楼）", {"residential": 0.09, "village": 0.1}, 1, "DEPT-SANI", "DEPT-SANI", "clean"),
    Inside("03008", "宣传栏", {"residential": 0.09, "public": 0.15, "village": 0.15}, 1, "DEPT-ENF", "", ""),
    Inside("03014", "环卫工具间（箱）", {"residential": 0.03, "green": 0.1}, 1, "DEPT-SANI", "DEPT-SANI", "clean"),
    Inside("04003", "独立树", {"park": 1.0, "green": 0.9, "village": 0.4, "public": 0.3}, 9, "DEPT-GREN", "DEPT-GREN",
           "green"),
    Inside("04006", "雕塑", {"park": 0.15, "public": 0.03}, 1, "DEPT-GREN", "DEPT-GREN", "green"),
    Inside("04007", "街头座椅", {"park": 0.9, "green": 0.4, "commercial": 0.1}, 4, "DEPT-GREN", "DEPT-GREN", "green"),
    Inside("04009", "绿地附属设施", {"park": 0.5, "green": 0.2}, 2, "DEPT-GREN", "DEPT-GREN", "green"),
    Inside("04013", "绿地", {"park": 1.0, "green": 1.0, "residential": 0.06}, 1, "DEPT-GREN", "DEPT-GREN", "green", "C"),
    Inside("04001", "古树名木", {"park": 0.12, "public": 0.05, "village": 0.12}, 1, "DEPT-GREN", "DEPT-GREN", "green"),
    Inside("05009", "文物古迹", {"public": 0.05, "village": 0.08, "commercial": 0.01}, 1, "DEPT-CULT", "DEPT-CULT", "", "C"),
    Inside("05003", "车辆加油（气、电）站", {"commercial": 0.03, "industrial": 0.02}, 1, "DEPT-HOUS", "CO-FUEL", "CO-FUEL"),
]  # fmt: skip
