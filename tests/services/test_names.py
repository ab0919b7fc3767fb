"""Names found while they are typed: by parts, codes and the letters of pinyin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.bootstrap import Folder, Router
from gridsvc.responsibility.people import Person, Staff
from gridsvc.router import Snapshot
from gridsvc.services.names import Names, initials
from gridsvc.spatial.layer import Edition


@pytest.fixture(scope="module")
def names(demo_router: Router) -> Names:
    return Names(demo_router.snapshot)


def found(names: Names, words: str, most: int = 3) -> list[tuple[str, str, str]]:
    return [(one.kind, one.layer, one.name) for one in names.find(words, most)]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("", ""), ("新民街道", "xmjd"), ("人民路12号", "rml12h"), ("重庆路", "cql"), ("长安街", "caj"),
        ("A2 网格", "a2 wg"), ("Renmin Road", "renmin road"), ("——", "——"),
    ],
)  # fmt: skip
def test_the_first_letters_of_a_name(name: str, letters: str):
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("东湾街道", ("area", "street", "东湾街道")), ("东湾", ("area", "street", "东湾街道")),
        ("dwjd", ("area", "street", "东湾街道")), ("DWJD", ("area", "street", "东湾街道")),
        ("dongwan", ("area", "street", "东湾街道")), ("湾街", ("area", "street", "东湾街道")),
        (" 东湾 街道 ", ("area", "street", "东湾街道")), ("990101001", ("area", "street", "云汀街道")),
        ("990101001g01", ("area", "grid", "云汀街道第一网格")), ("jsl", ("lane", "lane", "建设路")),
    ],
)  # fmt: skip
def test_what_answers_the_words_best_comes_first(names: Names, words: str, first: tuple[str, str, str]):
    assert found(names, words)[0] == first


@pytest.mark.parametrize("words", ["", " ", "没有这个名字", "zzzzzz", "%", "_", "wjd"])
def test_what_is_nobodys_name_finds_nothing(names: Names, words: str):
    # First letters count from the first on: wjd is a part of dwjd and begins no name.
    assert found(names, words) == []


def test_of_each_kind_come_so_many_at_most(names: Names):
    many = names.find("东", 2)
    kinds = [one.kind for one in many]
    assert len(many) == len(set(many))
    assert {kinds.count(kind) for kind in kinds} <= {1, 2}


def test_people_are_found_by_name_and_letters():
    staff = Staff(people={"R1": Person("R1", "单雄信", "13800000001")})
    names = Names(Snapshot(Edition("E", {}), staff=staff))
    assert [[one.code for one in names.find(words, 5)] for words in ("雄信", "r1", "1380")] == [["R1"], ["R1"], []]


@given(st.text(max_size=12))
def test_any_words_can_be_asked_for(words: str):
    names = Names(Snapshot(Edition("E", {}), staff=Staff(people={"R1": Person("R1", "张三")})))
    assert len(names.find(words, 1)) <= 1


def test_every_name_of_the_city_is_found_by_itself_and_its_letters(names: Names, demo: Folder):
    for layer in demo.snapshot.edition:
        for name in {str(n) for n in layer.names if n}:
            for words in (name, initials(name)):
                assert name in [one.name for one in names.find(words, 5000)], words
