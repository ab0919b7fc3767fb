# ruff: noqa: E501  (Chinese characters count double; one row a line is easier to read)
"""What each row of the demo city's ruleset says, in the words of whoever has to answer for it."""

TITLES = {
    "Z-EMERGENCY": (
        "非工作时间的紧急情况由片区应急行动组先行处置",
        "outside working time the action group of the part of the district takes what cannot wait",
    ),
    "Z-DEV": (
        "经济开发区内的市容、广告、施工和街面秩序由管委会负责",
        "inside the development zone its committee answers for appearance, advertising, works and street order",
    ),
    "Z-STATION-ORDER": ("站前广场的街面秩序由站区办负责", "order on the station square is the station area office's"),
    "Z-STATION-CLEAN": (
        "站前广场的市容环境和广告由站区办负责，标段作业单位协办",
        "cleanliness and advertising on the station square are the station area office's; the lot's contractor helps",
    ),
    "V-DECK-ROAD": (
        "高架桥面的清扫、破损、遗撒和标线由市高架管理中心负责",
        "sweeping, damage, spills and markings on the viaduct's deck are the city's",
    ),
    "V-DECK-OBJECT": (
        "高架桥面的路灯、标志、护栏等设施由市高架管理中心负责",
        "lamps, signs and railings on the viaduct's deck are the city's",
    ),
    "V-GROUND-SPACE": (
        "桥下空间的占用、垃圾和堆物由区市政中心负责，属地协办",
        "the space below the viaduct, its rubbish and clutter are the district's municipal centre's; the locality helps",
    ),
    "V-GROUND-PARK": ("桥下停车场由交警大队负责", "car parks below the viaduct are the traffic police's"),
    "T-CITY": ("城市快速路的保洁和养护由市高架管理中心负责", "cleaning and upkeep of expressways are the city's"),
    "T-DISTRICT-ROAD": (
        "主次干道的路面、路缘石和盲道由区市政中心养护",
        "carriageway, kerbs and tactile paving of arterial and secondary roads are the district's municipal centre's",
    ),
    "T-DISTRICT-CLEAN": (
        "主次干道的保洁由环卫标段作业单位负责，环卫中心考评",
        "arterial and secondary roads are cleaned by the lot's contractor; the sanitation centre evaluates",
    ),
    "T-STREET-ROAD": (
        "支路街巷的路面、边坡和台阶由街道负责",
        "the surface, slopes and steps of branch roads and alleys are the sub-district office's",
    ),
    "T-STREET-CLEAN": (
        "背街小巷的保洁和堆物由街道负责，社区协办",
        "alleys are kept clean and clear by the sub-district office; the community helps",
    ),
    "T-STRICT": (
        "严管街上的流动摊贩、店外经营和占道经营由执法局直管",
        "hawkers, goods before the shop and stalls on a strict street are the enforcement bureau's own",
    ),
    "T-FORBIDDEN": (
        "主干道严禁店外经营和占道经营，由执法局负责",
        "on arterial roads goods before the shop and stalls are forbidden; the enforcement bureau answers",
    ),
    "T-REGULATED": (
        "街巷的占道经营和非机动车停放由社区引导规范",
        "in alleys the community guides stalls and the parking of bicycles",
    ),
    "T-HANDED-BEFORE": (
        "下放之前，开发区代管街路的立面、绿地和非机动车停放由管委会负责",
        "before the hand-over the zone's committee keeps facades, greens and bicycles on the streets it looked after",
    ),
    "T-HANDED": (
        "下放之后，原开发区代管街路的立面、绿地和非机动车停放由街道负责",
        "after the hand-over facades, greens and bicycles on those streets are the sub-district office's",
    ),
    "T-KEEPER": (
        "主次干道的交通标线由道路管理单位负责，交警协办",
        "markings of arterial and secondary roads are the road keeper's; the traffic police help",
    ),
    "S-TURNS": (
        "交界带的保洁由两个街道按周轮值",
        "the border strip is cleaned by the two sub-district offices in weekly turns",
    ),
    "S-JOINT": (
        "交界带的街面秩序由东湾街道牵头、科源街道协办",
        "order in the border strip is led by Dongwan and helped by Keyuan",
    ),
    "P-OUTSIDE-FARM": (
        "规划区以外的焚烧、养殖和填埋由农业农村局负责",
        "outside the planning area burning, livestock and dumping are the agriculture bureau's",
    ),
    "C-MAINTAINER": ("部件由登记的养护单位负责", "an object is its recorded maintainer's"),
    "C-OWNER": ("没有养护单位的部件由权属单位负责", "an object without a maintainer is its owner's"),
    "C-COMPETENT": ("养护和权属都没有登记的部件由主管部门负责", "an object with neither is the competent department's"),
    "R-COVER-UNKNOWN": (
        "权属不明的井盖和立杆由住建局兜底，管线单位协查",
        "manholes and poles of unknown owner fall to the housing bureau; the networks help to find out",
    ),
    "R-ESTATE-KEPT": (
        "有物业或在建小区的垃圾和堆物由物业企业或开发单位负责",
        "rubbish and clutter in a managed estate are the property firm's, in one being built the developer's",
    ),
    "R-ESTATE-LEFT": (
        "弃管小区的垃圾和堆物由区住建局负责，街道和社区协办",
        "rubbish and clutter in an estate that nobody manages are the district's; sub-district and community help",
    ),
    "R-PARK-MOTOR": (
        "路面和人行道上乱停的机动车由交警负责",
        "motor vehicles on carriageway, cycle lane and pavement are the traffic police's",
    ),
    "R-PARK-BUS": (
        "公交车不按站点停靠由交通运输局负责，交警协办",
        "buses that stop away from their stops are the transport bureau's; the traffic police help",
    ),
    "R-PARK-SIDE": (
        "建筑退界空间内的机动车乱停由执法局负责",
        "motor vehicles in the space beside buildings are the enforcement bureau's",
    ),
    "R-PARK-ANY": (
        "未说明车型和路面的机动车乱停由交警先办",
        "parking without vehicle or surface told goes to the traffic police first",
    ),
    "R-CYCLE-ROAD": ("车行道上的非机动车由交警负责", "bicycles on the carriageway are the traffic police's"),
    "R-CYCLE-SIDE": (
        "人行道和两侧公共空间的非机动车由执法局负责",
        "bicycles on pavements and in side space are the enforcement bureau's",
    ),
    "R-SHARED-BIKE": (
        "共享单车由运营企业负责，街道协办",
        "shared bicycles are the operator's; the sub-district office helps",
    ),
    "R-BUILD-PERMIT": (
        "已取得规划许可、尚未核实的建设由规划部门负责",
        "building with a permit and not yet accepted is the planning branch's",
    ),
    "R-BUILD-NONE": (
        "未取得许可或核实之后的搭建由执法局负责",
        "building without a permit, or after acceptance, is the enforcement bureau's",
    ),
    "R-SPOIL-SITE": ("渣土车出工地环节由住建局负责", "spoil trucks leaving a site are the housing bureau's"),
    "R-SPOIL-ROAD": (
        "渣土车路面检查由执法局负责，交警协办",
        "spoil trucks on the road are the enforcement bureau's; the traffic police help",
    ),
    "R-SPOIL-PERMIT": ("渣土处置和准运证由环卫中心核发和监管", "permits to move spoil are the sanitation centre's"),
    "R-SPOIL-PLATE": ("渣土车号牌和交通违法由交警负责", "plates and driving of spoil trucks are the traffic police's"),
    "R-SPOIL-OBSTRUCT": ("阻挠渣土执法由公安负责", "obstruction of enforcement against spoil trucks is the police's"),
    "R-SPOIL-TRADE": ("渣土运输资质由交通运输局负责", "the licence of spoil hauliers is the transport bureau's"),
    "R-SPOIL-BLAME": (
        "渣土管理中的失职由监察机关倒查",
        "neglect in the control of spoil is followed up by the supervision office",
    ),
    "R-SPILL": (
        "道路遗撒由执法局负责，标段作业单位清理，交警协办",
        "spills on roads are the enforcement bureau's; the contractor cleans, the traffic police help",
    ),
    "R-NIGHT-WORKS": (
        "夜间施工扰民由执法局负责，公安协办",
        "noise of works at night is the enforcement bureau's; the police help",
    ),
    "R-SITES": (
        "工地扬尘、围挡和日间施工由住建局负责",
        "dust, hoardings and daytime works of sites are the housing bureau's",
    ),
    "R-DIGGING": ("占道、掘路和裸露管线由市政中心负责", "occupying and digging up roads is the municipal centre's"),
    "R-ADS-CAMPAIGN": (
        "百日清理期间小广告由运行中心牵头",
        "during the clean-up campaign the operation centre leads on small advertisements",
    ),
    "R-SMALL-ADS": (
        "小广告由标段作业单位清理，执法局处罚，街道协助",
        "small advertisements are removed by the contractor; the enforcement bureau fines, the sub-district office helps",
    ),
    "R-BIG-ADS": ("户外广告和牌匾由执法局负责", "outdoor advertising and shop signs are the enforcement bureau's"),
    "R-PERMITTED": (
        "市场监管部门许可的摊点和招牌由其负责（谁许可谁负责）",
        "stalls and signs that the market bureau permitted are its own: who permits is responsible",
    ),
    "R-RIVER-CLEAN": (
        "河面和河滩保洁由河道保洁公司负责，水务局考评",
        "river surface and banks are cleaned by the river contractor; the water bureau evaluates",
    ),
    "R-RIVER": (
        "堤岸、河道占用和水域秩序由水务局负责",
        "embankments, occupation and order of rivers are the water bureau's",
    ),
    "R-RIVER-DIRT": ("河道污染和污水乱排由生态环境部门负责", "pollution and foul water are the environment branch's"),
    "R-GREEN": ("绿地、病虫害和占绿毁绿由园林中心负责", "greens, pests and damage to greens are the greening centre's"),
    "R-FUMES": (
        "餐饮油烟职责在生态环境和执法部门之间有争议",
        "cooking fumes are disputed between the environment branch and the enforcement bureau",
    ),
    "R-NOISE": (
        "社会生活噪声职责在公安和生态环境部门之间有争议",
        "noise of daily life is disputed between the police and the environment branch",
    ),
    "R-FIRE-LANE": ("占用消防通道由消防大队负责", "blocked fire lanes are the fire brigade's"),
    "R-FOOD": (
        "屠宰、无证餐饮和农贸市场秩序由市场监管局负责",
        "slaughter, unlicensed food and order of markets are the market bureau's",
    ),
    "R-BEGGARS": ("流浪乞讨由民政局救助", "people begging or without shelter are helped by the civil affairs bureau"),
    "R-MEDICAL-WASTE": ("医疗废物由卫生健康局负责", "medical waste is the health bureau's"),
    "R-TRADE-AREA": (
        "专业市场内的本行业经营由市场监管局规范",
        "the market's own trade inside a trade market is regulated by the market bureau",
    ),
    "E-NIGHT-MARKET": (
        "夜市时段由街道值守，执法局和市场监管局协办",
        "in the hours of the night market the sub-district office is on the spot; enforcement and market bureaus help",
    ),
    "E-WEAK": (
        "两薄时段次干道和支路的街面秩序由执法队伍补位",
        "in the two weak periods enforcement covers order on secondary and branch roads",
    ),
    "E-LOCAL-FIRST": (
        "规划区内的街面和市容事件先由属地街道处置，执法局协办",
        "inside the planning area events on the street go to the sub-district office first; the enforcement bureau helps",
    ),
    "R-CABLE-POWER": ("电力线缆由供电公司负责", "power cables are the power company's"),
    "R-CABLE-TELECOM": ("通信线缆由通信公司负责", "telecom cables are the telecom company's"),
    "R-CABLE-UNKNOWN": (
        "权属不明的线缆由谁先行处置，各方有争议",
        "who goes first to a cable of unknown owner is disputed",
    ),
    "J-2023-017": (
        "建材市场周边商业噪声由市场监管局负责",
        "noise of trade around the building-material market is the market bureau's",
    ),
    "J-2023-042": (
        "夜市油烟由执法局负责，市场监管局协办",
        "fumes of the night market are the enforcement bureau's; the market bureau helps",
    ),
    "J-2024-003": (
        "中转站周边的废弃车辆由交警负责",
        "abandoned vehicles around the transfer station are the traffic police's",
    ),
    "J-2024-011": (
        "医院周边 150 米内的噪声由生态环境部门负责",
        "noise within 150 m of the hospital is the environment branch's",
    ),
    "L-STREET": (
        "其余事项由属地街道兜底，社区协办",
        "whatever is left falls to the sub-district office; the community helps",
    ),
}
