"""The category tables and the layouts of identifiers, against the counts and examples of the standards."""

from collections import Counter

import pytest

from gridsvc import codes
from gridsvc.errors import BadInput, UnknownCategory

SCHEME = "GB/T 47678.5-2026"
MISSING = ["01016", "05001", "05004", "05005", "05006", "05007", "05008", "06031", "07005", "09007"]


def of_kind(kind):
    return [c for c in codes.load_categories() if c.kind == kind]


def mends(error):
    return [(e.mend_zh, e.mend_en) for e in error.errors]


@pytest.mark.parametrize(
    ("kind", "counts"),
    [("component", [76, 44, 16, 14, 3]), ("matter", [76, 44, 16, 14, 3, 51, 7, 16, 21, 2])],
)
def test_each_major_has_the_number_of_categories_of_the_standard(kind, counts):
    expected = {f"{number:02}": count for number, count in enumerate(counts, start=1)}
    assert Counter(c.major for c in of_kind(kind)) == expected


def test_kind_and_code_together_are_unique():
    keys = [(c.kind, c.code) for c in codes.load_categories()]
    assert len(set(keys)) == len(keys) == 403


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_category_has_a_trimmed_name(lang):
    names = [getattr(c, lang) for c in codes.load_categories()]
    assert [name for name in names if not name or name != name.strip()] == []


def test_english_names_are_ascii_and_chinese_ones_are_not():
    assert [c for c in codes.load_categories() if not c.en.isascii() or c.zh.isascii()] == []


@pytest.mark.parametrize("kind", ["component", "matter"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_two_categories_of_a_kind_share_a_name(kind, lang):
    names = Counter(getattr(c, lang) for c in of_kind(kind))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("code", MISSING)
def test_numbers_the_standard_leaves_out_are_unknown(code):
    assert code not in {c.code for c in codes.load_categories()}


def test_numbers_within_a_major_have_no_other_holes():
    known = {c.code for c in of_kind("matter")} | set(MISSING)
    highest = {major: max(code for code in known if code[:2] == major) for major in codes.MAJORS}
    expected = {f"{major}{number:03}" for major, top in highest.items() for number in range(1, int(top[2:]) + 1)}
    assert known == expected


def test_a_component_matter_is_named_after_its_component():
    components = {c.code: c for c in of_kind("component")}
    named = {c.code: (c.zh, c.en) for c in of_kind("matter") if c.component_class}
    regular = {code: (c.zh + "异常", c.en + ": abnormal") for code, c in components.items()}
    assert named == regular | {"01066": ("紧急报警点异常SOS", "SOS emergency call point: abnormal")}


@pytest.mark.parametrize(
    ("code", "kind", "zh"),
    [
        ("01001", "component", "供水井盖"),
        ("01066", "component", "紧急报警点SOS"),
        ("01066", "matter", "紧急报警点异常SOS"),
        ("06010", "matter", "暴露垃圾"),
        ("10002", "matter", "架空线缆脱落"),
    ],
)
def test_category_of_finds_by_kind_and_code(code, kind, zh):
    found = codes.category_of(code, kind)
    assert (found.code_scheme, found.code, found.kind, found.zh) == (SCHEME, code, kind, zh)


def test_every_category_has_a_major_with_titles():
    assert all(codes.MAJORS[c.major].zh and codes.MAJORS[c.major].en for c in codes.load_categories())


@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [("01001", "matter", "01001"), ("06010", "matter", None), ("01001", "component", None)],
)
def test_component_class_of_a_category(code, kind, expected):
    assert codes.category_of(code, kind).component_class == expected


def test_component_class_is_none_in_a_scheme_whose_events_have_their_own_numbers():
    assert codes.Category("GB/T 30428.2-2013", "matter", "0101", "私搭乱建", "structure").component_class is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("code_scheme", " "), ("kind", "event"), ("code", ""), ("code", "06x10"), ("zh", ""), ("en", " ")],
)
def test_an_incomplete_category_is_refused_by_field(field, value):
    whole = {"code_scheme": SCHEME, "kind": "matter", "code": "06010", "zh": "暴露垃圾", "en": "exposed rubbish"}
    with pytest.raises(BadInput) as refused:
        codes.Category(**whole | {field: value})
    assert [(e.field, e.value) for e in refused.value.errors] == [(field, value)]


@pytest.mark.parametrize(
    ("written", "neighbour_zh", "neighbour_en"),
    [
        ("06031", "06030 乱倒乱排污水", "06032 informal rubbish landfill"),
        ("01016", "01017 电缆井盖异常", "01015 traffic-signal power manhole cover: abnormal"),
        ("6010", "是否指 06010 暴露垃圾", "did you mean 06010 exposed rubbish"),
        (" 06010", "是否指 06010 暴露垃圾", "did you mean 06010 exposed rubbish"),
        ("占道经营", "是否指 09006 占道经营", "did you mean 09006"),
        ("Exposed Rubish", "是否指 06010 暴露垃圾", "did you mean 06010 exposed rubbish"),
        ("", "01001", "01001"),
        ("垃圾" * 5000, "01001", "01001"),
        ("0" * 5000, "01001", "01001"),
    ],
)
def test_an_unknown_category_is_refused_with_a_neighbour(written, neighbour_zh, neighbour_en):
    with pytest.raises(UnknownCategory) as refused:
        codes.category_of(written)
    [(mend_zh, mend_en)] = mends(refused.value)
    assert (neighbour_zh in mend_zh, neighbour_en in mend_en) == (True, True)


@pytest.mark.parametrize(("kind", "field"), [("matter", "category"), ("component", "class")])
def test_an_unknown_category_names_field_and_value(kind, field):
    with pytest.raises(UnknownCategory) as refused:
        codes.category_of("99999", kind)
    assert [(e.field, e.value) for e in refused.value.errors] == [(field, "99999")]


def test_a_matter_asked_for_as_a_component_is_told_so():
    with pytest.raises(UnknownCategory) as refused:
        codes.category_of("06010", "component")
    assert mends(refused.value) == [
        ("06010 暴露垃圾是事项，不是部件类别", "06010 exposed rubbish is a matter, not a component class")
    ]


def test_an_unknown_scheme_is_told_which_there_are():
    with pytest.raises(UnknownCategory) as refused:
        codes.category_of("06010", scheme="CJ/T 214")
    assert f"{SCHEME} matter" in mends(refused.value)[0][1]


@pytest.mark.parametrize(
    ("pattern", "code", "expected"),
    [
        ("06010", "06010", True),
        ("06010", "06011", False),
        ("0601", "06010", False),
        ("06*", "06010", True),
        ("06*", "10006", False),
        ("06010*", "06010", True),
        ("06*", "", False),
    ],
)
def test_matches(pattern, code, expected):
    assert codes.matches(pattern, code) is expected


@pytest.mark.parametrize(
    "pattern", ["", "*", "06**", "*06", "0*6", "06;09", "06010;", " 06010", "06*\n", "0a*", "０６*"]
)
@pytest.mark.parametrize("read", [lambda p: codes.matches(p, "06010"), codes.categories_matching])
def test_a_malformed_pattern_is_refused(read, pattern):
    with pytest.raises(BadInput) as refused:
        read(pattern)
    assert refused.value.errors[0].value == pattern


@pytest.mark.parametrize(
    ("pattern", "kind", "count"),
    [("99*", "matter", 0), ("06*", "component", 0), ("10*", "matter", 2), ("0*", "component", 153)],
)
def test_categories_matching_lists_them_all(pattern, kind, count):
    found = codes.categories_matching(pattern, kind)
    assert len(found) == count == sum(codes.matches(pattern, c.code) for c in of_kind(kind))


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("22020600100706", ("legacy-14", "220206", "220206001", "220206001007", "06")),
        ("110101001001001", ("GB/T 47678.3-2026", "110101", "110101001", "110101001001", "001")),
        ("11010100100100A", ("GB/T 47678.3-2026", "110101", "110101001", "110101001001", "00A")),
    ],
)
def test_a_unit_grid_code_begins_with_the_codes_of_its_parents(code, parts):
    assert codes.parse_unit_grid_code(code) == codes.UnitGridCode(*parts)


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("3205080101000001", ("GB/T 30428.2-2013", "320508", "0101", "000001")),
        ("32050801001000001", ("GB/T 47678.5-2026", "320508", "01001", "000001")),
    ],
)
def test_a_component_code_tells_scheme_region_class_and_sequence(code, parts):
    assert codes.parse_component_code(code) == codes.ClassedCode(*parts)


def test_a_matter_code_classifies_and_has_no_sequence():
    assert codes.parse_matter_code("11010106010") == codes.ClassedCode(SCHEME, "110101", "06010", "")


UNIT_GRID_NONSENSE = """110101001001 1101010010010 1101010010010011 110101001001000 11010100100100a 1101010010010A
    11010100A001001 A10101001001001 010101001001001 110101001001001.0 １１０１０１００１００１００１"""
COMPONENT_NONSENSE = "320508010100001 320508010010000011 3205080101O00001 3205080100100000A 02050801001000001"
MATTER_NONSENSE = "06010 1101010601 110101060100 1101010601A 01010106010"


@pytest.mark.parametrize(
    ("parse", "code"),
    [
        *((codes.parse_unit_grid_code, code) for code in UNIT_GRID_NONSENSE.split()),
        *((codes.parse_component_code, code) for code in COMPONENT_NONSENSE.split()),
        *((codes.parse_matter_code, code) for code in MATTER_NONSENSE.split()),
        *((codes.parse_unit_grid_code, code) for code in ("", " 110101001001001", "110101001001001\n")),
        (codes.parse_component_code, ""),
        (codes.parse_matter_code, ""),
    ],
)
def test_a_malformed_code_is_refused_by_field_and_value(parse, code):
    with pytest.raises(BadInput) as refused:
        parse(code, "BGID")
    assert [(e.field, e.value) for e in refused.value.errors] == [("BGID", code)]
