"""How the invented district scores its work: sub-districts, departments, responsibility grids and dispatchers.

The weights are those of published schemes; names, limits and amounts are made up.
"""

from gridsvc.tables import COLUMNS, OF_SCHEMES

Row = dict[str, str]
SCHEME_COLUMNS = {name: list(COLUMNS[name]) for name in OF_SCHEMES}
SOURCE = "云汀区城市管理考核办法（自拟）"

SCHEMES = [
    ("digital", "layer:street", "", "20", "", "", "数字化城市管理考核", "Digital assessment of sub-districts"),
    ("streets", "layer:street", "month", "20", "", "5000000", "街道城市管理综合考评", "Assessment of sub-districts"),
    ("departments", "unit:department", "month", "10", "1/3", "", "部门城市管理综合考评", "Assessment of departments"),
    ("order", "layer:street", "", "", "", "", "市容环境秩序考核", "Order of streets and stalls"),
    ("grids_week", "layer:grid", "week", "", "", "", "责任网格周评比", "Grids, week by week"),
    ("grids_month", "layer:grid", "month", "", "", "", "责任网格月汇总", "Grids, sum of the month"),
    ("dispatchers", "post:dispatcher", "", "20", "", "", "派遣员岗位考核", "Post of dispatcher"),
]
PARTS = [
    ("digital", "disposal", "30", "indicator:disposal", "", "system", "处置率", "disposal"),
    ("digital", "on_time", "20", "indicator:on_time_disposal", "", "system", "按期处置率", "on-time disposal"),
    ("digital", "rework", "20", "indicator:rework", "", "system", "返工率", "rework"),
    ("digital", "overdue", "20", "indicator:overdue_undisposed", "", "system", "超期待处置率", "overdue and open"),
    ("digital", "extension", "10", "indicator:extension", "", "system", "延期率", "extensions"),
    ("streets", "third", "40", "input:third_party", "", "third_party", "第三方考评", "third party"),
    ("streets", "digital", "40", "scheme:digital", "", "system", "数字化考评", "digital"),
    ("streets", "departments", "15", "input:departments", "", "departments", "业务部门考评", "business departments"),
    ("streets", "office", "5", "input:office", "", "office", "考评办考评", "assessment office"),
    ("departments", "duties", "40", "indicator:on_time_disposal", "", "system", "职能履行", "duties done in time"),
    ("departments", "third", "20", "input:third_party", "", "third_party", "第三方考评", "third party"),
    ("departments", "streets", "40", "input:streets", "", "streets", "街道评价", "judgement of the sub-districts"),
    ("order", "disorder", "40", "deductions", "", "system", "六乱", "six kinds of disorder"),
    ("order", "stalls", "40", "deductions", "", "system", "流动摊贩及马路市场", "stalls and street markets"),
    ("order", "facades", "20", "deductions", "", "system", "城市立面及广告牌匾", "facades and signs"),
    ("grids_week", "closing", "60", "indicator:on_time_closing", "", "system", "按期结案率", "on-time closing"),
    ("grids_week", "disposal", "40", "indicator:disposal", "", "system", "处置率", "disposal"),
    ("grids_month", "weeks", "100", "frozen:grids_week", "", "system", "周评比汇总", "the weeks"),
    ("dispatchers", "accurate", "60", "indicator:first_dispatch", "", "system", "首次派遣准确率",
     "first-dispatch accuracy"),
    ("dispatchers", "on_time", "40", "indicator:on_time_dispatch", "", "system", "按期派遣率", "on-time dispatch"),
]  # fmt: skip
# part, id, counts, points, most, categories, from_n, to_n, within_m, along, titles
DEDUCTIONS = [
    ("disorder", "bills", "cases", "0.5", "15", "07001", "", "", "", "", "非法小广告", "small bills"),
    ("disorder", "heaps", "cases", "0.5", "15", "06036;06007", "", "", "", "", "乱堆放、乱晾挂", "heaps and hangings"),
    ("disorder", "wires", "cases", "1", "10", "06008", "", "", "", "", "乱拉管线", "wires"),
    ("stalls", "market_large", "clusters", "10", "", "09001;09006", "21", "", "25", "lane", "20个摊位以上的马路市场",
     "market of more than 20 stalls"),
    ("stalls", "market", "clusters", "5", "", "09001;09006", "10", "20", "25", "lane", "10至20个摊位的马路市场",
     "market of 10 to 20 stalls"),
    ("stalls", "stall", "cases", "0.5", "20", "09001;09006", "", "", "", "", "占道经营", "stall"),
    ("stalls", "shop", "cases", "0.5", "15", "09005", "", "", "", "", "店外经营", "trade out of a shop"),
    ("facades", "signs", "cases", "1", "", "07003;07006", "", "", "", "", "违规广告、牌匾", "advertising and signs"),
    ("facades", "walls", "cases", "1", "", "06004", "", "", "", "", "外立面污损", "soiled facades"),
]  # fmt: skip
CONSEQUENCES = [
    ("streets", "total", "1-2", "", "flag:red", "红旗", "red flag"),
    ("streets", "total", "last", "", "flag:black", "黑旗", "black flag"),
    ("streets", "total", "1", "", "fund:+100000", "考评奖励", "award"),
    ("streets", "total", "last", "", "fund:-100000", "财政扣款", "deduction"),
    ("order", "stalls", "1", "", "points:+0.5", "单项第一名", "first in this item"),
    ("order", "stalls", "last", "", "points:-1", "单项最后一名", "last in this item"),
    ("grids_month", "total", "last", "1", "notice", "全区通报批评", "notice to the whole district"),
    ("grids_month", "total", "last", "2", "admonition", "诫勉谈话", "admonition"),
    ("grids_month", "total", "last", "3", "suspension", "停职", "suspension"),
]


def scheme_tables() -> dict[str, list[Row]]:
    """Give the rows of the tables of schemes, by table."""
    parts = [(*part[:6], "", *part[6:], SOURCE) for part in PARTS]
    off = [("order", *row[:6], "", *row[6:], SOURCE) for row in DEDUCTIONS]
    tables = ([(*row, SOURCE) for row in SCHEMES], parts, off, [(*row, SOURCE) for row in CONSEQUENCES])
    return {
        name: [dict(zip(COLUMNS[name], row, strict=True)) for row in rows]
        for name, rows in zip(OF_SCHEMES, tables, strict=True)
    }
