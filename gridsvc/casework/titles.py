"""What the values that a case and its actions may have are called, in Chinese and English."""

from collections.abc import Mapping

Titles = Mapping[str, tuple[str, str]]
SOURCES: Titles = {
    "patrol": ("巡查上报", "patrol"), "hotline_12345": ("12345 热线", "hotline 12345"),
    "hotline_12319": ("12319 热线", "hotline 12319"), "police_110": ("110 移送", "police 110"),
    "app": ("公众应用", "citizens' app"), "sensor": ("自动感知", "sensor"), "transfer": ("平台转交", "transfer"),
    "supervision": ("上级督办", "supervision"),
}  # fmt: skip
STATUSES: Titles = {
    "reported": ("待受理", "reported"), "accepted": ("已受理", "accepted"), "verifying": ("核实中", "being verified"),
    "registered": ("已立案", "filed"), "undecided": ("待定责", "undecided"),
    "dispatched": ("已派遣", "dispatched"), "in_progress": ("处置中", "in progress"), "on_hold": ("挂账", "on hold"),
    "done": ("已反馈", "done"), "checking": ("核查中", "being checked"), "rework": ("返工", "rework"),
    "closed": ("已结案", "closed"), "void": ("已作废", "void"), "archived": ("已归档", "archived"),
}  # fmt: skip
LIGHTS: Titles = {"green": ("绿灯", "green"), "amber": ("黄灯", "amber"), "red": ("红灯", "red")}
GRADES: Titles = {
    "simple": ("简易", "simple"), "general": ("一般", "general"), "complex": ("复杂", "complex"),
    "hard": ("疑难", "hard"),
}  # fmt: skip
PHASES: Titles = {
    "intake": ("受理立案", "intake"), "undecided": ("待定责", "undecided"), "unit": ("单位处置", "with the unit"),
    "stopped": ("争议或停表", "disputed or stopped"), "checking": ("核查", "being checked"),
    "finished": ("已办结", "finished"),
}  # fmt: skip
# The clocks of a case, by stage.
STAGES: Titles = {
    "accept": ("受理", "acceptance"), "verify": ("核实", "verification"), "register": ("立案", "filing"),
    "dispatch": ("派遣", "dispatch"), "arrival": ("到场", "arrival"), "enforcement": ("执法到场", "enforcement"),
    "disposal": ("处置", "disposal"), "check": ("核查", "check"), "whole": ("全程", "the whole case"),
    "return": ("退单答复", "return"), "extension": ("延期答复", "extension"), "hold": ("挂账答复", "hold"),
    "transfer": ("移送答复", "transfer"), "supervision": ("督办答复", "supervision"), "whistle": ("吹哨", "whistle"),
    "escalation": ("升级协调", "escalation"), "hand_over": ("接单", "taking on"), "publish": ("公开", "publication"),
}  # fmt: skip
LIMIT_UNITS: Titles = {
    "urgent_hour": ("紧急工作时", "urgent hours"), "working_hour": ("工作时", "working hours"),
    "working_day": ("工作日", "working days"), "natural_day": ("自然日", "days"),
}  # fmt: skip
# Entries of a history that are no actions.
ENTRIES: Titles = {
    "reported": ("上报", "reported"), "decided": ("定责", "decided"), "noted": ("时限提醒", "clock noted"),
    "rated": ("评价", "rated"), "receipt": ("平台回执", "answer of another platform"),
}  # fmt: skip
DESK: Titles = {
    "no_rule": ("没有适用的规则", "no rule applies"), "near_edge": ("定位误差跨界", "near an edge"),
    "rules_conflict": ("规则有争议", "rules are disputed"), "no_owner": ("查不到责任单位", "no unit on record"),
    "outside": ("在辖区之外", "outside every area"), "disputed": ("属地暂管", "the locality answers for now"),
}  # fmt: skip
VERIFIED: Titles = {"confirmed": ("属实", "confirmed"), "not_found": ("未发现", "not found")}
CHECKED: Titles = {"passed": ("通过", "passed"), "failed": ("未通过", "failed")}
CAUSES: Titles = {
    "duplicate": ("重复上报", "reported before"), "out_of_scope": ("不属受理范围", "out of scope"),
    "not_found": ("现场未发现", "not found on the spot"), "false": ("情况不实", "not true"), "other": ("其他", "other"),
}  # fmt: skip
VERDICTS: Titles = {
    "granted": ("同意", "granted"), "refused": ("不同意", "refused"), "answered": ("已答复", "answered"),
}  # fmt: skip
LINKS: Titles = {
    "duplicate": ("重复并案", "duplicate: join them"), "related": ("相关", "related"),
    "repeat": ("再次发生", "repetition"),
}  # fmt: skip
WAYS: Titles = {
    "phone": ("电话督办", "by telephone"), "written": ("书面督办", "in writing"),
    "on_site": ("现场督办", "on the spot"),
}  # fmt: skip
PURPOSES: Titles = {
    "joint_enforcement": ("联合执法", "joint enforcement"), "key_work": ("重点工作", "key work"),
    "emergency": ("应急处置", "emergency"),
}  # fmt: skip
RUNGS: Titles = {
    "negotiate": ("单位协商", "negotiation"), "competent": ("主管部门", "competent department"),
    "joint_meeting": ("联席会议", "joint meeting"), "district": ("区政府", "district government"),
}  # fmt: skip
REWARDS: Titles = {"wanted": ("已申请", "asked for"), "due": ("待兑现", "due"), "paid": ("已兑现", "paid")}
