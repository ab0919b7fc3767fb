"""Invented names: streets, communities, lanes and places of the demo city; nothing here exists."""

DISTRICT_CODE = "990101"
DISTRICT = ("云汀区", "Yunting District")

# Sub-districts in the order of their codes; the centre of each decides which region of the map gets the name.
STREETS = [
    ("云汀街道", "Yunting"), ("溪口街道", "Xikou"), ("新桥街道", "Xinqiao"),
    ("东湾街道", "Dongwan"), ("科源街道", "Keyuan"), ("禾丰街道", "Hefeng"),
]  # fmt: skip

COMMUNITY_WORDS = [
    ("钟楼", "Zhonglou"), ("米市", "Mishi"), ("书院", "Shuyuan"), ("文澜", "Wenlan"), ("石板", "Shiban"),
    ("临溪", "Linxi"), ("柳浦", "Liupu"), ("渡口", "Dukou"), ("芦花", "Luhua"), ("长堤", "Changdi"),
    ("车站", "Chezhan"), ("锦苑", "Jinyuan"), ("新华里", "Xinhuali"), ("桂语", "Guiyu"), ("南星", "Nanxing"),
    ("东港", "Donggang"), ("望潮", "Wangchao"), ("映月", "Yingyue"), ("海棠", "Haitang"), ("杉林", "Shanlin"),
    ("创业", "Chuangye"), ("智汇", "Zhihui"), ("青松", "Qingsong"), ("和平里", "Hepingli"), ("银杏", "Yinxing"),
    ("稻香", "Daoxiang"), ("禾田", "Hetian"), ("塘下", "Tangxia"), ("桑园", "Sangyuan"), ("石桥", "Shiqiao"),
]  # fmt: skip

NUMERALS = ["第一", "第二", "第三", "第四", "第五"]

MAIN_NAMES = {
    "E1": ("云汀高架路", "Yunting Expressway"), "A1": ("溪西大道", "Xixi Avenue"),
    "A2": ("钟楼大道", "Zhonglou Avenue"),
    "A3": ("东湾大道", "Dongwan Avenue"), "B1": ("北塘大道", "Beitang Avenue"), "B2": ("人和大道", "Renhe Avenue"),
    "B3": ("禾丰大道", "Hefeng Avenue"), "R1": ("溪北路", "Xibei Road"), "R2": ("溪南路", "Xinan Road"),
}  # fmt: skip

LANE_WORDS = {
    "secondary": [
        ("文昌", "Wenchang"), ("建设", "Jianshe"), ("体育场", "Tiyuchang"), ("学府", "Xuefu"), ("青年", "Qingnian"),
        ("解放", "Jiefang"), ("望江", "Wangjiang"), ("科技", "Keji"), ("银湖", "Yinhu"), ("朝晖", "Zhaohui"),
        ("兴业", "Xingye"), ("滨河", "Binhe"), ("石桥", "Shiqiao"), ("东新", "Dongxin"), ("友谊", "Youyi"),
        ("绿汀", "Lvting"),
    ],
    "branch": [
        ("竹苑", "Zhuyuan"), ("莲塘", "Liantang"), ("梅影", "Meiying"), ("百草", "Baicao"), ("惠民", "Huimin"),
        ("永康", "Yongkang"), ("菜市", "Caishi"), ("丝绸", "Sichou"), ("白鹭", "Bailu"), ("同乐", "Tongle"),
        ("长安", "Changan"), ("杏林", "Xinglin"), ("枫桥", "Fengqiao"), ("春晓", "Chunxiao"), ("晨光", "Chenguang"),
        ("水厂", "Shuichang"), ("柏树", "Baishu"),
    ],
    "alley": [
        ("打铁", "Datie"), ("油坊", "Youfang"), ("七星井", "Qixingjing"), ("茶馆", "Chaguan"), ("木匠", "Mujiang"),
        ("灯芯", "Dengxin"), ("染坊", "Ranfang"), ("双眼井", "Shuangyanjing"), ("伞家", "Sanjia"), ("豆腐", "Doufu"),
        ("甜水", "Tianshui"), ("青石", "Qingshi"), ("糖坊", "Tangfang"), ("书铺", "Shupu"), ("碾子", "Nianzi"),
        ("酱园", "Jiangyuan"), ("竹竿", "Zhugan"), ("银匠", "Yinjiang"), ("河埠", "Hebu"), ("花市", "Huashi"),
    ],
}  # fmt: skip
