"""All units of the demo city: departments, sub-district offices, communities, companies and contractors."""

from demo_city.areas import Areas
from demo_city.names import DISTRICT, DISTRICT_CODE, STREETS
from demo_city.write import Row

UNIT_COLUMNS = ["code", "name", "name_en", "parent", "kind"]

# code, name, English name, parent, kind
FIXED = [
    ("GOV", "云汀区人民政府", "Yunting District Government", "", "district"),
    ("CENTRE", "云汀区城市运行管理中心", "Yunting Urban Operation Centre", "GOV", "department"),
    ("DEPT-ENF", "云汀区综合行政执法局", "Comprehensive Enforcement Bureau", "GOV", "department"),
    ("DEPT-HOUS", "云汀区住房和城乡建设局", "Housing and Construction Bureau", "GOV", "department"),
    ("DEPT-MUNI", "云汀区市政设施养护中心", "Municipal Facilities Centre", "DEPT-HOUS", "department"),
    ("DEPT-TRAF", "云汀公安交警大队", "Traffic Police Brigade", "DEPT-POL", "department"),
    ("DEPT-POL", "云汀公安分局", "Police Branch", "GOV", "department"),
    ("DEPT-TRAN", "云汀区交通运输局", "Transport Bureau", "GOV", "department"),
    ("DEPT-WATR", "云汀区水务局", "Water Bureau", "GOV", "department"),
    ("DEPT-GREN", "云汀区园林绿化中心", "Greening Centre", "DEPT-ENF", "department"),
    ("DEPT-SANI", "云汀区环境卫生中心", "Sanitation Centre", "DEPT-ENF", "department"),
    ("DEPT-MARK", "云汀区市场监督管理局", "Market Supervision Bureau", "GOV", "department"),
    ("DEPT-ECO", "云汀生态环境分局", "Ecology and Environment Branch", "GOV", "department"),
    ("DEPT-PLAN", "云汀规划和自然资源分局", "Planning and Natural Resources Branch", "GOV", "department"),
    ("DEPT-CIVL", "云汀区民政局", "Civil Affairs Bureau", "GOV", "department"),
    ("DEPT-CULT", "云汀区文化和旅游局", "Culture and Tourism Bureau", "GOV", "department"),
    ("DEPT-HLTH", "云汀区卫生健康局", "Health Bureau", "GOV", "department"),
    ("DEPT-AGRI", "云汀区农业农村局", "Agriculture Bureau", "GOV", "department"),
    ("DEPT-FIRE", "云汀消防救援大队", "Fire Brigade", "GOV", "department"),
    ("DEPT-SUPV", "云汀区监察机关", "Supervision Office", "GOV", "department"),
    ("CITY-ROADS", "市高架快速路管理中心", "City Elevated Road Centre", "", "department"),
    ("ZONE-DEV", "云汀经济开发区管委会", "Development Zone Committee", "GOV", "department"),
    ("ZONE-STATION", "云汀东站站区管理办公室", "Station Area Office", "GOV", "department"),
    ("CO-WATER", "云汀示例供水有限公司", "Sample Water Supply Co.", "", "company"),
    ("CO-DRAIN", "云汀示例排水有限公司", "Sample Drainage Co.", "", "company"),
    ("CO-POWER", "示例供电公司云汀分公司", "Sample Power Co.", "", "company"),
    ("CO-GAS", "云汀示例燃气有限公司", "Sample Gas Co.", "", "company"),
    ("CO-TEL1", "示例通信甲公司云汀分公司", "Sample Telecom A", "", "company"),
    ("CO-TEL2", "示例通信乙公司云汀分公司", "Sample Telecom B", "", "company"),
    ("CO-TV", "示例广电网络云汀分公司", "Sample Cable TV Co.", "", "company"),
    ("CO-LAMP", "云汀路灯管理所", "Street Lamp Office", "DEPT-HOUS", "company"),
    ("CO-BUS", "云汀示例公交公司", "Sample Bus Co.", "", "company"),
    ("CO-METRO", "示例地铁运营公司", "Sample Metro Co.", "", "company"),
    ("CO-BIKE", "示例共享单车公司", "Sample Bike Sharing Co.", "", "company"),
    ("CO-POST", "示例邮政云汀支局", "Sample Post", "", "company"),
    ("CO-EXPR", "示例快递柜公司", "Sample Parcel Locker Co.", "", "company"),
    ("CO-CHRG", "示例充电服务公司", "Sample Charging Co.", "", "company"),
    ("CO-ADS", "示例户外广告公司", "Sample Outdoor Advertising Co.", "", "company"),
    ("CO-FUEL", "示例能源销售公司", "Sample Fuel Co.", "", "company"),
    ("CO-PROP-1", "示例物业甲公司", "Sample Property Firm A", "", "company"),
    ("CO-PROP-2", "示例物业乙公司", "Sample Property Firm B", "", "company"),
    ("CO-DEV-1", "示例房地产开发公司", "Sample Developer", "", "company"),
    ("GROUP-1", "应急第一行动组", "Action Group 1", "DEPT-ENF", "group"),
    ("GROUP-2", "应急第二行动组", "Action Group 2", "DEPT-SANI", "group"),
    ("GROUP-3", "应急第三行动组", "Action Group 3", "DEPT-ENF", "group"),
    ("CT-CLEAN-1", "示例环卫一公司", "Sample Sanitation Contractor 1", "DEPT-SANI", "contractor"),
    ("CT-CLEAN-2", "示例环卫二公司", "Sample Sanitation Contractor 2", "DEPT-SANI", "contractor"),
    ("CT-CLEAN-3", "示例环卫三公司", "Sample Sanitation Contractor 3", "DEPT-SANI", "contractor"),
    ("CT-CLEAN-4", "示例环卫四公司", "Sample Sanitation Contractor 4", "DEPT-SANI", "contractor"),
    ("CT-GREEN-1", "示例园林养护一公司", "Sample Greening Contractor 1", "DEPT-GREN", "contractor"),
    ("CT-GREEN-2", "示例园林养护二公司", "Sample Greening Contractor 2", "DEPT-GREN", "contractor"),
    ("CT-ROAD-1", "示例市政养护公司", "Sample Road Contractor", "DEPT-MUNI", "contractor"),
    ("CT-SIGN-1", "示例交通设施养护公司", "Sample Traffic Facility Contractor", "DEPT-TRAF", "contractor"),
    ("CT-RIVER-1", "示例河道保洁公司", "Sample River Cleaning Contractor", "DEPT-WATR", "contractor"),
]  # fmt: skip


def office(street: str) -> str:
    """Give the unit code of the office of a sub-district."""
    return f"OFFICE-{street}"


def committee(community: str) -> str:
    """Give the unit code of a community's committee."""
    return f"COM-{community}"


def unit_rows(areas: Areas) -> list[Row]:
    """List all units; offices and committees follow from the areas."""
    rows = [dict(zip(UNIT_COLUMNS, u, strict=True)) for u in FIXED]
    for s, (zh, en) in enumerate(STREETS, start=1):
        street = f"{DISTRICT_CODE}{s:03d}"
        rows.append({"code": office(street), "name": f"{DISTRICT[0]}{zh}办事处", "name_en": f"{en} Sub-district Office",
                     "parent": "GOV", "kind": "street_office"})  # fmt: skip
    return rows + [committee_row(code, *areas.names[code]) for code in sorted(set(areas.community))]


def committee_row(code: str, zh: str, en: str) -> Row:
    """Give the unit of a community or village."""
    return {"code": committee(code), "name": f"{zh}{'村民' if zh.endswith('村') else '居民'}委员会",
            "name_en": f"{en} Committee", "parent": office(code[:9]), "kind": "community"}  # fmt: skip
