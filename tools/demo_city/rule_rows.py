# ruff: noqa: E501  (Chinese characters count double; one row a line is easier to read)
"""The ruleset of the demo city before it has test points: one example of each kind the source texts ask for.

Columns: rank, id, via, categories, places, attributes, window, lead, assisting, evaluator, disputed, source.
"""

from demo_city.overlays import STRIP_STREETS

COLUMNS = ["rank", "id", "via", "categories", "places", "attributes", "window", "lead", "assisting", "evaluator",
           "disputed", "source", "valid_from", "valid_to", "test_lon", "test_lat", "title_zh", "title_en"]  # fmt: skip
OFFICES = [f"OFFICE-990101{s}" for s in STRIP_STREETS]
OBJECTS = "01*;02*;03*;04*;05*"
NETWORKS = "unit:CO-WATER;unit:CO-DRAIN;unit:CO-POWER;unit:CO-GAS;unit:CO-TEL1;unit:CO-TEL2"
S_ZONE = "封闭管理区委托办法"
S_DECK = "高架上下分工规定"
S_TIER = "道路分级管养规定"
S_STRIP = "交界带轮值约定"
S_PLAN = "执法范围限于规划区"
S_KEEP = "部件先属主后属地"
S_PARK = "停车按车型与路面分工"
S_BUILD = "建设按许可状态分工"
S_SPOIL = "渣土运输分环节职责"
S_LIST = "部门职责清单"
S_LOCAL = "事件先属地后属主"
S_CASE = "判例登记簿"
S_LINK = "应急联动方案"
S_ESTATE = "住宅小区分类管理规定"
S_HANDED = "街路下放清单"

Rule = tuple[int, str, str, str, str, str, str, str, str, str, bool, str]

RULES: list[Rule] = [
    # Outside working time three action groups go out for what cannot wait, each in its own part of the district.
    (90, "Z-EMERGENCY", "zone", "01*;02*;04*;06013;07003;10001", "action_area:*", "urgency=emergency", "!working",
     "area:action_area", "area:street", "unit:CENTRE", False, S_LINK),
    # Zones answer for everything inside them that is not an object with a keeper.
    (100, "Z-DEV", "zone", "06*;07*;08*;09*", "zone:Z01", "", "", "unit:ZONE-DEV", "area:street", "", False, S_ZONE),
    (110, "Z-STATION-ORDER", "zone", "09*", "zone:Z02", "", "", "unit:ZONE-STATION", "unit:DEPT-TRAF", "", False, S_ZONE),
    (111, "Z-STATION-CLEAN", "zone", "06*;07*", "zone:Z02", "", "", "unit:ZONE-STATION", "area:contractor_area",
     "unit:DEPT-SANI", False, S_ZONE),
    # Deck to the city, ground below it to the district.
    (200, "V-DECK-ROAD", "vertical", "06012;06013;06014;06016", "viaduct:*", "vertical=above", "", "unit:CITY-ROADS", "",
     "", False, S_DECK),
    (201, "V-DECK-OBJECT", "vertical", "01037;02010;02017;02018;02024", "viaduct:*", "vertical=above", "",
     "unit:CITY-ROADS", "", "", False, S_DECK),
    (210, "V-GROUND-SPACE", "vertical", "09017;06010;06011;06036", "viaduct:*", "vertical=below", "", "unit:DEPT-MUNI",
     "area:street", "", False, S_DECK),
    (211, "V-GROUND-PARK", "vertical", "09016", "viaduct:*", "vertical=below", "", "unit:DEPT-TRAF", "unit:DEPT-MUNI", "",
     False, S_DECK),
    # Tiers of road: city, district up to the facades, street office for back lanes.
    (300, "T-CITY", "lane_tier", "06012;06013;06014;06016;06050", "lane?tier=expressway", "", "", "unit:CITY-ROADS", "",
     "", False, S_TIER),
    (310, "T-DISTRICT-ROAD", "lane_tier", "06013;06050;06051;06052", "lane?tier=arterial;lane?tier=secondary", "", "",
     "unit:DEPT-MUNI", "unit:CT-ROAD-1", "", False, S_TIER),
    (311, "T-DISTRICT-CLEAN", "lane_tier", "06010;06012", "lane?tier=arterial;lane?tier=secondary", "", "",
     "area:contractor_area", "", "unit:DEPT-SANI", False, S_TIER),
    (320, "T-STREET-ROAD", "lane_tier", "06013;06048;06049;06050;06051;06052", "lane?tier=branch;lane?tier=alley", "", "",
     "area:street", "", "unit:DEPT-MUNI", False, S_TIER),
    (321, "T-STREET-CLEAN", "lane_tier", "06010;06012;06036", "lane?tier=alley", "", "", "area:street", "area:community",
     "", False, S_TIER),
    (330, "T-STRICT", "lane_tier", "09001;09005;09006", "lane:{strict1};lane:{strict2};lane:{strict3}", "", "",
     "unit:DEPT-ENF", "area:street", "unit:CENTRE", False, "严管街名录"),
    (331, "T-FORBIDDEN", "lane_tier", "09005;09006", "lane?tier=arterial", "", "", "unit:DEPT-ENF", "area:street", "",
     False, "主要道路严禁"),
    (332, "T-REGULATED", "lane_tier", "09006;09010", "lane?tier=alley", "", "", "area:community", "area:street", "",
     False, "支路街巷规范"),
    # Streets that the zone's committee kept outside the zone, handed over to the district on a day of 2024.
    (333, "T-HANDED-BEFORE", "lane_tier", "06004;06017;09010", "lane:{handed1};lane:{handed2}", "", "", "unit:ZONE-DEV",
     "area:street", "", False, S_HANDED),
    (334, "T-HANDED", "lane_tier", "06004;06017;09010", "lane:{handed1};lane:{handed2}", "", "", "area:street",
     "unit:DEPT-ENF", "", False, S_HANDED),
    (340, "T-KEEPER", "lane_tier", "06016", "lane?tier=arterial;lane?tier=secondary", "", "", "area:lane",
     "unit:DEPT-TRAF", "", False, S_TIER),
    # The belt between two sub-districts: weekly turns for cleaning, one lead and one helper for order.
    (400, "S-TURNS", "strip", "06010;06011;06012;06036", "strip:S01", "", "",
     f"rotate:{OFFICES[0]}|{OFFICES[1]}@2024-01-01/7", "", "unit:CENTRE", False, S_STRIP),
    (401, "S-JOINT", "strip", "09001;09005;09006", "strip:S01", "", "", f"unit:{OFFICES[0]}", f"unit:{OFFICES[1]}", "",
     False, S_STRIP),
    # Outside the planning area the bureau has no say (see powers); the fields have a department of their own.
    (451, "P-OUTSIDE-FARM", "zone", "06032;06038;06020", "!planning_area:*", "", "", "unit:DEPT-AGRI", "area:street", "",
     False, S_PLAN),
    # Objects: who maintains, else who owns, else who is competent.
    (500, "C-MAINTAINER", "component", OBJECTS, "", "", "", "component:maintainer", "", "component:competent", False, S_KEEP),
    (510, "C-OWNER", "component", OBJECTS, "", "", "", "component:owner", "", "component:competent", False, S_KEEP),
    (520, "C-COMPETENT", "component", OBJECTS, "", "", "", "component:competent", "", "", False, S_KEEP),
    # Duty lists.
    (600, "R-COVER-UNKNOWN", "rule", "01023;01034", "", "", "", "unit:DEPT-HOUS", NETWORKS, "", False, "不明井盖兜底规定"),
    (605, "R-ESTATE-KEPT", "rule", "06010;06011;06012;06036", "estate?state=managed;estate?state=building", "", "",
     "area:estate", "area:community", "unit:DEPT-HOUS", False, S_ESTATE),
    (606, "R-ESTATE-LEFT", "rule", "06010;06011;06012;06036", "estate?state=unmanaged", "", "", "unit:DEPT-HOUS",
     "area:street;area:community", "", False, S_ESTATE),
    (610, "R-PARK-MOTOR", "rule", "09009", "", "vehicle=motor;surface=carriageway|cycle_lane|pavement", "",
     "unit:DEPT-TRAF", "", "", False, S_PARK),
    (611, "R-PARK-BUS", "rule", "09009", "", "vehicle=bus", "", "unit:DEPT-TRAN", "unit:DEPT-TRAF", "", False, S_PARK),
    (612, "R-PARK-SIDE", "rule", "09009", "", "vehicle=motor;surface=side_space", "", "unit:DEPT-ENF", "area:street", "",
     False, S_PARK),
    (613, "R-PARK-ANY", "rule", "09009", "", "", "", "unit:DEPT-TRAF", "unit:DEPT-ENF", "", False, S_PARK),
    (614, "R-CYCLE-ROAD", "rule", "09010", "", "vehicle=non_motor;surface=carriageway", "", "unit:DEPT-TRAF", "", "",
     False, S_PARK),
    (615, "R-CYCLE-SIDE", "rule", "09010", "", "vehicle=non_motor;surface=side_space|pavement", "", "unit:DEPT-ENF",
     "area:street", "", False, S_PARK),
    (616, "R-SHARED-BIKE", "rule", "09011", "", "", "", "unit:CO-BIKE", "area:street", "unit:DEPT-TRAN", False, S_LIST),
    (620, "R-BUILD-PERMIT", "rule", "06001;08016", "", "permit=granted", "", "unit:DEPT-PLAN", "unit:DEPT-ENF", "", False,
     S_BUILD),
    (621, "R-BUILD-NONE", "rule", "06001;08016", "", "permit=none|accepted", "", "unit:DEPT-ENF", "area:street", "", False,
     S_BUILD),
    (630, "R-SPOIL-SITE", "rule", "08011;08012", "", "stage=site", "", "unit:DEPT-HOUS", "", "", False, S_SPOIL),
    (631, "R-SPOIL-ROAD", "rule", "08011;08012", "", "stage=road", "", "unit:DEPT-ENF", "unit:DEPT-TRAF", "", False,
     S_SPOIL),
    (632, "R-SPOIL-PERMIT", "rule", "08011;08012", "", "stage=permit", "", "unit:DEPT-SANI", "", "", False, S_SPOIL),
    (633, "R-SPOIL-PLATE", "rule", "08011;08012", "", "stage=plate", "", "unit:DEPT-TRAF", "", "", False, S_SPOIL),
    (634, "R-SPOIL-OBSTRUCT", "rule", "08011;08012", "", "stage=obstruction", "", "unit:DEPT-POL", "unit:DEPT-ENF", "",
     False, S_SPOIL),
    (636, "R-SPOIL-TRADE", "rule", "08011;08012", "", "stage=qualification", "", "unit:DEPT-TRAN", "", "", False, S_SPOIL),
    (637, "R-SPOIL-BLAME", "rule", "08011;08012", "", "stage=accountability", "", "unit:DEPT-SUPV", "", "", False, S_SPOIL),
    (638, "R-SPILL", "rule", "06014", "", "", "", "unit:DEPT-ENF", "area:contractor_area;unit:DEPT-TRAF", "", False,
     S_SPOIL),
    (640, "R-NIGHT-WORKS", "rule", "08001", "", "", "night", "unit:DEPT-ENF", "unit:DEPT-POL", "", False,
     "夜间施工噪声规定"),
    (641, "R-SITES", "rule", "08004;08001;08005;08006;08007;08008;08009;08010;08013;08015", "", "", "", "unit:DEPT-HOUS",
     "area:street", "", False, S_LIST),
    (642, "R-DIGGING", "rule", "08002;08003;08014", "", "", "", "unit:DEPT-MUNI", "unit:DEPT-TRAF", "", False, S_LIST),
    (650, "R-ADS-CAMPAIGN", "rule", "07001", "", "", "", "unit:CENTRE", "area:contractor_area;unit:DEPT-ENF;area:street",
     "", False, "百日清理专项方案"),
    (651, "R-SMALL-ADS", "rule", "07001", "", "", "", "area:contractor_area", "unit:DEPT-ENF;area:street",
     "unit:DEPT-SANI", False, "小广告分工：清理、执法、协助"),
    (652, "R-PERMITTED", "rule", "07006;09006", "", "permitted_by=market", "", "unit:DEPT-MARK", "area:street", "", False,
     "谁许可谁负责"),
    (653, "R-BIG-ADS", "rule", "07003;07006;07007", "", "", "", "unit:DEPT-ENF", "area:street", "", False, S_LIST),
    (660, "R-RIVER-CLEAN", "rule", "06015;06025", "", "", "", "unit:CT-RIVER-1", "", "unit:DEPT-WATR", False, S_LIST),
    (661, "R-RIVER", "rule", "06023;06024;06046", "", "", "", "unit:DEPT-WATR", "area:street", "", False, S_LIST),
    (662, "R-RIVER-DIRT", "rule", "06026;06030", "", "", "", "unit:DEPT-ECO", "unit:DEPT-WATR", "", False, S_LIST),
    (665, "R-GREEN", "rule", "06017;06018;06021;06022;06045;06047", "", "", "", "unit:DEPT-GREN", "area:street", "", False,
     S_LIST),
    (670, "R-FUMES", "rule", "06027", "", "", "", "unit:DEPT-ECO", "unit:DEPT-ENF", "", True, "油烟职责有争议"),
    (671, "R-NOISE", "rule", "06028", "", "", "", "unit:DEPT-POL", "unit:DEPT-ECO", "", True, "噪声职责有争议"),
    (675, "R-FIRE-LANE", "rule", "09012", "", "", "", "unit:DEPT-FIRE", "area:street;area:community", "", False, S_LIST),
    (676, "R-FOOD", "rule", "09013;09015;09020", "", "", "", "unit:DEPT-MARK", "area:street", "", False, S_LIST),
    (677, "R-BEGGARS", "rule", "09003", "", "", "", "unit:DEPT-CIVL", "unit:DEPT-POL", "", False, S_LIST),
    (678, "R-MEDICAL-WASTE", "rule", "06033", "", "", "", "unit:DEPT-HLTH", "unit:DEPT-ECO", "", False, S_LIST),
    (679, "R-TRADE-AREA", "rule", "09001;09006", "place?kind=trade_market", "trade=building_material", "",
     "unit:DEPT-MARK", "area:street", "", False, "功能分区与经营业态目录"),
    (680, "E-NIGHT-MARKET", "rule", "09001;09002;06029", "place:P05", "", "market_night", "area:street",
     "unit:DEPT-ENF;unit:DEPT-MARK", "", False, "夜市联合值守"),
    (681, "E-WEAK", "rule", "09001;09005;09006", "lane?tier=secondary;lane?tier=branch", "", "weak", "unit:DEPT-ENF",
     "area:street", "unit:CENTRE", False, "两薄时段执法补位"),
    (682, "E-LOCAL-FIRST", "rule", "09001;09002;09005;09006;06029;06010;06011;06036", "planning_area:*", "", "",
     "area:street", "unit:DEPT-ENF", "unit:CENTRE", False, S_LOCAL),
    (690, "R-CABLE-POWER", "rule", "10002", "", "cable=power", "", "unit:CO-POWER", "", "", False, "线缆归属明确时由权属单位处置"),
    (691, "R-CABLE-TELECOM", "rule", "10002", "", "cable=telecom", "", "unit:CO-TEL1", "unit:CO-TEL2", "", False,
     "线缆归属明确时由权属单位处置"),
    (692, "R-CABLE-UNKNOWN", "rule", "10002", "", "", "", "unit:DEPT-HOUS", "unit:CO-POWER;unit:CO-TEL1;unit:CO-TEL2", "",
     True, "权属不明线缆的先行处置有争议"),
    # Settled before: the centre's decisions, kept as precedents.
    (700, "J-2023-017", "precedent", "06028", "place:P22", "", "", "unit:DEPT-MARK", "area:street", "", False, S_CASE),
    (701, "J-2023-042", "precedent", "06027", "place:P05", "", "", "unit:DEPT-ENF", "unit:DEPT-MARK", "", False, S_CASE),
    (702, "J-2024-003", "precedent", "06034", "place:P26&!zone:*", "", "", "unit:DEPT-TRAF", "area:street", "", False,
     S_CASE),
    (703, "J-2024-011", "precedent", "06028", "at:{hospital}/150", "", "", "unit:DEPT-ECO", "unit:DEPT-POL", "", False,
     S_CASE),
    # The locality takes what is left, but for 10002 when nobody knows whose cable it is.
    (900, "L-STREET", "locality", f"{OBJECTS};06*;07*;08*;09*;10001", "", "", "", "area:street", "area:community", "",
     False, "属地兜底"),
]  # fmt: skip

# Rows with a validity of their own; without it a row holds as long as the ruleset.
DATED = {
    "R-ADS-CAMPAIGN": ("2024-04-26", "2024-06-16"),
    "T-HANDED-BEFORE": ("", "2024-03-01"),
    "T-HANDED": ("2024-03-01", ""),
}
