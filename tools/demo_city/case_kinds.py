# ruff: noqa: E501  (Chinese characters count double; one row a line is easier to read)
"""What happens in the demo city, how often, when, where and in which words; one row for each category.

Columns: category, weight, hours, where, pull of places, share of weekends, texts. Hours and where are explained in cases.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class CaseKind:
    """One category of case: weight in the mix, profile of hours, kind of place, and its texts with ``{loc}``."""

    category: str
    weight: float
    hours: str
    where: str
    pull: str
    weekend: float
    texts: tuple[str, ...]


# Relative weight of each hour of the day.
HOURS = {
    "patrol": [0, 0, 0, 0, 0, 1, 4, 9, 12, 12, 11, 8, 4, 6, 10, 11, 9, 7, 3, 2, 1, 1, 0, 0],
    "parking": [1, 0, 0, 0, 0, 1, 4, 11, 10, 7, 6, 6, 5, 5, 6, 7, 9, 12, 12, 10, 7, 4, 2, 1],
    "stalls": [0, 0, 0, 0, 1, 5, 11, 10, 6, 4, 4, 5, 3, 3, 4, 6, 9, 12, 11, 8, 6, 4, 1, 0],
    "night": [3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 1, 4, 9, 12, 12, 10, 8, 5],
    "noise": [7, 4, 2, 1, 1, 2, 3, 2, 2, 2, 2, 3, 5, 4, 2, 2, 2, 3, 5, 8, 11, 12, 12, 10],
    "lamps": [2, 1, 1, 1, 1, 2, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 2, 5, 11, 12, 11, 8, 5, 3],
    "day": [0, 0, 0, 0, 0, 1, 3, 7, 10, 11, 10, 8, 6, 7, 10, 10, 9, 7, 4, 3, 2, 1, 1, 0],
}  # fmt: skip

# How strongly each kind of place draws a group of cases.
PULLS: dict[str, dict[str, float]] = {
    "parking": {"station": 9, "hospital": 10, "school": 8, "mall": 8, "market": 7, "metro": 5, "night_market": 6},
    "bikes": {"metro": 14, "station": 9, "mall": 7, "hospital": 4, "office": 2},
    "stalls": {"market": 14, "night_market": 12, "school": 7, "metro": 9, "hospital": 5, "station": 4, "park": 2},
    "night": {"night_market": 30, "mall": 5, "metro": 2},
    "waste": {"market": 8, "night_market": 6, "waste": 6, "trade_market": 5, "park": 1.5},
    "ads": {"metro": 7, "hospital": 7, "station": 8, "mall": 5, "market": 4},
    "trade": {"trade_market": 14, "market": 4},
    "none": {},
}

KINDS = [
    CaseKind("09009", 640, "parking", "road", "parking", 0.9, (
        "{loc}多辆小型汽车违法停放，行人只能绕行。", "{loc}机动车乱停放，占用车道，影响通行。", "市民反映{loc}长期有车辆乱停。")),
    CaseKind("09010", 400, "parking", "road", "bikes", 0.9, (
        "{loc}非机动车乱停放，堵住人行道。", "{loc}电动自行车停放杂乱，约二十辆。")),
    CaseKind("09011", 320, "parking", "road", "bikes", 0.8, (
        "{loc}共享单车堆积，占用盲道。", "{loc}共享单车倒伏一片，需清运。")),
    CaseKind("09005", 380, "stalls", "road", "stalls", 1.0, (
        "{loc}水果店把货架摆出店外。", "{loc}多家商铺店外经营，占人行道约一米。", "{loc}早餐店桌椅摆到门外。")),
    CaseKind("09001", 340, "stalls", "road", "stalls", 1.2, (
        "{loc}有流动摊贩卖蔬菜水果，影响通行。", "{loc}无照游商设摊三处。", "{loc}流动餐车占道经营，油污满地。")),
    CaseKind("09006", 200, "stalls", "road", "stalls", 1.1, ("{loc}摆摊占道，盲道被占。", "{loc}商户占道堆货经营。")),
    CaseKind("09002", 80, "night", "road", "night", 1.4, ("{loc}夜市摊位超出划定范围。", "{loc}夜市收摊后地面油污未清。")),
    CaseKind("09012", 45, "night", "block", "none", 1.0, ("{loc}消防通道被车辆堵占。",)),
    CaseKind("09017", 30, "patrol", "viaduct", "none", 0.8, ("{loc}桥下堆放杂物，有人搭棚。",)),
    CaseKind("09020", 30, "stalls", "road", "trade", 1.1, ("{loc}农贸市场周边秩序混乱。",)),
    CaseKind("09022", 25, "day", "road", "ads", 1.7, ("{loc}商家搭台占道促销，音响扰民。",)),
    CaseKind("06010", 400, "patrol", "road", "waste", 0.8, (
        "{loc}有暴露垃圾一处，约半立方米。", "{loc}垃圾袋散落路边，有异味。", "{loc}墙角堆有生活垃圾。")),
    CaseKind("06011", 120, "patrol", "block", "trade", 0.8, ("{loc}装修渣土堆放多日未清。", "{loc}积存渣土约两立方米。")),
    CaseKind("06012", 230, "patrol", "road", "waste", 0.7, ("{loc}路面不洁，落叶尘土较多。", "{loc}路面有油污，需冲洗。")),
    CaseKind("06013", 180, "patrol", "road", "none", 0.6, ("{loc}路面破损，坑洞约四十厘米。", "{loc}人行道砖松动，雨天溅水。")),
    CaseKind("06014", 50, "day", "main", "trade", 0.6, ("{loc}渣土遗撒约二十米。",)),
    CaseKind("06016", 35, "patrol", "main", "none", 0.5, ("{loc}交通标线磨损看不清。",)),
    CaseKind("06017", 70, "patrol", "block", "none", 0.7, ("{loc}绿地内有垃圾和枯枝。",)),
    CaseKind("06025", 80, "patrol", "river", "none", 0.8, ("{loc}河面有漂浮物，约两平方米。", "{loc}河道边漂着塑料袋和水草。")),
    CaseKind("06026", 12, "day", "river", "none", 0.8, ("{loc}河水发黑，有排污。",)),
    CaseKind("06027", 80, "night", "road", "night", 1.2, ("{loc}餐馆油烟直排，居民投诉。",)),
    CaseKind("06028", 110, "noise", "road", "trade", 1.2, ("{loc}商户高音喇叭扰民。", "{loc}深夜切割材料噪声大。")),
    CaseKind("06029", 65, "night", "road", "night", 1.3, ("{loc}露天烧烤，烟雾大。",)),
    CaseKind("06036", 180, "patrol", "block", "waste", 0.8, ("{loc}乱堆杂物，占用楼道口外空地。", "{loc}沿街堆放旧家具。")),
    CaseKind("06042", 105, "day", "component:03005", "waste", 1.0, ("{loc}垃圾箱满溢。", "感应报警：{loc}垃圾箱满溢超过八成。")),
    CaseKind("06007", 60, "day", "alley", "none", 1.1, ("{loc}沿街拉绳晾晒被褥。",)),
    CaseKind("06001", 60, "day", "block", "none", 0.7, ("{loc}有人在搭建彩钢棚。", "{loc}楼顶加盖阳光房，疑似违建。")),
    CaseKind("06034", 20, "patrol", "road", "trade", 0.7, ("{loc}停有废弃面包车，积灰无牌。",)),
    CaseKind("06045", 22, "patrol", "block", "none", 0.8, ("{loc}有人毁绿种菜。",)),
    CaseKind("06050", 35, "patrol", "road", "none", 0.5, ("{loc}路缘石缺损两块。",)),
    CaseKind("06051", 25, "patrol", "main", "none", 0.5, ("{loc}盲道砖缺损。",)),
    CaseKind("06020", 15, "day", "rural", "none", 1.0, ("{loc}有人焚烧秸秆落叶。",)),
    CaseKind("06030", 20, "night", "road", "night", 1.1, ("{loc}饭店向雨水口倒泔水。",)),
    CaseKind("06037", 9, "patrol", "road", "none", 0.9, ("{loc}路上有死猫一只。",)),
    CaseKind("06038", 9, "day", "rural", "none", 1.0, ("{loc}散养鸡鸭，气味大。",)),
    CaseKind("06033", 3, "day", "road", "ads", 0.7, ("{loc}发现丢弃的针头和药瓶。",)),
    CaseKind("07001", 250, "patrol", "road", "ads", 0.7, ("{loc}墙面有非法小广告约十处。", "{loc}灯杆上贴满小广告。")),
    CaseKind("07003", 55, "patrol", "main", "ads", 0.6, ("{loc}店铺违规设置户外广告一块。",)),
    CaseKind("07006", 20, "patrol", "main", "ads", 0.6, ("{loc}一店多招，牌匾未审批。",)),
    CaseKind("07008", 10, "patrol", "road", "none", 0.6, ("{loc}公益宣传画破损。",)),
    CaseKind("08001", 70, "noise", "site", "none", 1.0, ("{loc}工地夜间施工，居民无法入睡。", "{loc}工地混凝土浇筑噪声大。")),
    CaseKind("08004", 45, "day", "site", "none", 0.7, ("{loc}工地裸土未覆盖，扬尘大。", "扬尘监测报警：{loc}工地超标。")),
    CaseKind("08003", 10, "day", "main", "none", 0.6, ("{loc}未见许可牌开挖路面。",)),
    CaseKind("08007", 20, "patrol", "site", "none", 0.6, ("{loc}工地围挡不足一米八，局部缺失。",)),
    CaseKind("08011", 15, "night", "site", "none", 0.8, ("{loc}渣土车未密闭驶出工地。",)),
    CaseKind("08012", 28, "day", "site", "none", 0.7, ("{loc}工地出口车轮带泥污染路面。",)),
    CaseKind("08016", 8, "day", "block", "none", 0.6, ("{loc}未批先建，正在打地基。",)),
    CaseKind("10001", 26, "day", "main", "none", 1.0, ("{loc}路面结冰，行人滑倒。", "{loc}积雪未清，桥面打滑。")),
    CaseKind("10002", 26, "day", "alley", "none", 1.0, ("{loc}架空线脱落垂到路面。", "{loc}线缆断落，不知归属，请尽快处置。")),
    CaseKind("01001", 20, "patrol", "component:01001", "none", 0.6, ("{loc}供水井盖松动响声大。",)),
    CaseKind("01002", 65, "patrol", "component:01002", "none", 0.7, ("{loc}污水井冒溢。", "{loc}污水井盖破损，有安全隐患。")),
    CaseKind("01003", 50, "patrol", "component:01003", "none", 0.7, ("{loc}雨水井盖缺失，已放锥筒。",)),
    CaseKind("01004", 70, "patrol", "component:01004", "none", 0.7, ("{loc}雨水箅子堵塞，路面积水。",)),
    CaseKind("01005", 9, "patrol", "component:01005", "none", 0.6, ("{loc}电力井盖下沉。",)),
    CaseKind("01007", 24, "patrol", "component:01007", "none", 0.6, ("{loc}通信井盖破损。",)),
    CaseKind("01011", 6, "day", "component:01011", "none", 0.8, ("{loc}燃气井盖松动，有轻微气味。",)),
    CaseKind("01023", 10, "patrol", "component:01023", "none", 0.6, ("{loc}一处井盖缺失，盖上无标识，权属不明。",)),
    CaseKind("01030", 8, "day", "component:01030", "none", 0.8, ("{loc}电杆倾斜。",)),
    CaseKind("01037", 135, "lamps", "component:01037", "none", 1.0, ("{loc}路灯不亮。", "{loc}连续三盏路灯不亮。", "{loc}路灯白天常亮。")),
    CaseKind("02010", 45, "patrol", "component:02010", "none", 0.7, ("{loc}交通标志牌歪斜。",)),
    CaseKind("02012", 14, "patrol", "component:02012", "none", 0.6, ("{loc}路名牌破损。",)),
    CaseKind("02014", 12, "day", "component:02014", "none", 1.0, ("{loc}信号灯不亮。",)),
    CaseKind("02017", 14, "day", "component:02017", "none", 0.8, ("{loc}护栏被撞倒一段。",)),
    CaseKind("03005", 50, "patrol", "component:03005", "none", 0.7, ("{loc}垃圾箱破损，箱门脱落。",)),
    CaseKind("04002", 60, "day", "component:04002", "none", 0.9, ("{loc}行道树枝干断落。", "{loc}行道树倾斜。")),
    CaseKind("04013", 22, "patrol", "component:04013", "none", 0.7, ("{loc}绿地黄土裸露。",)),
]  # fmt: skip
