"""The same party has the same key, however its name is written; without the secret nobody can make one."""

import pytest

from gridsvc.casework.subject import key_of_subject

SECRET = b"s" * 32


@pytest.mark.parametrize("name", ["", "  ", "（）", "!?"])
def test_what_names_nobody_has_no_key(name: str):
    assert key_of_subject(name, SECRET) is None


@pytest.mark.parametrize(
    "name", ["示例小吃店（北门）", " 示例小吃店 (北门) ", "示例小吃店·北门", "示例　小吃店北门", "示例小吃店－北门"]
)
def test_spaces_brackets_and_widths_do_not_count(name: str):
    assert key_of_subject(name, SECRET) == key_of_subject("示例小吃店北门", SECRET)


def test_letters_are_the_same_in_every_case_and_width():
    assert key_of_subject("ＡＢＣ Bar", SECRET) == key_of_subject("abc bar", SECRET)


def test_other_parties_and_other_secrets_have_other_keys():
    keys = {key_of_subject(n, s) for n in ("王大锤", "王小锤") for s in (SECRET, b"t" * 32)}
    assert len(keys) == 4
    assert all(len(key) == 16 for key in keys)
