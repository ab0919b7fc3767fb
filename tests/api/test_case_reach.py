"""What is out of a caller's reach does not exist for him, at any address that shows a case."""

import pytest

from .conftest import PAST, PartsOfCity


def listed(city: PartsOfCity, who: str, query: str = "") -> list[str]:
    answer = city.client.get(f"/v1/cases?limit=1000{query}", headers=city.headers[who])
    return [case["id"] for case in answer.json()["items"]]


@pytest.mark.parametrize("address", ["/v1/cases/{}", "/v1/cases/{}/history", "/v1/cases/{}/decision"])
@pytest.mark.parametrize("who", ["street", "unit"])
def test_each_case_is_read_by_who_has_it_in_his_list_and_by_nobody_else(
    parts_of_city: PartsOfCity, address: str, who: str
):
    client, headers = parts_of_city
    own = set(listed(parts_of_city, who))
    every = listed(parts_of_city, "whole")
    assert 0 < len(own) < len(every) == PAST
    nothing = "00000000-0000-4000-8000-000000000000"
    refusal = client.get(address.format(nothing), headers=headers[who])
    for case in every[::10]:
        answer = client.get(address.format(case), headers=headers[who])
        assert answer.status_code == (200 if case in own else 404)
        if case not in own:
            assert answer.text.replace(case, nothing) == refusal.text


def test_a_number_out_of_reach_is_as_unknown_as_an_id(parts_of_city: PartsOfCity):
    client, headers = parts_of_city
    cases = client.get("/v1/cases?limit=1000", headers=headers["whole"]).json()["items"]
    own = set(listed(parts_of_city, "street"))
    for case in cases[::20]:
        answer = client.get(f"/v1/cases/{case['number']}", headers=headers["street"])
        assert answer.status_code == (200 if case["id"] in own else 404)


@pytest.mark.parametrize(
    "query", ["&status=reported", "&bbox=120,30,121,31", "&unit=DEPT-ENF", "&from=2020-01-01T00:00:00Z"]
)
def test_no_filter_widens_a_list(parts_of_city: PartsOfCity, query: str):
    own, every = (set(listed(parts_of_city, who, query)) for who in ("street", "whole"))
    assert own == every & set(listed(parts_of_city, "street"))
    assert own < every


def test_pages_within_a_reach_are_complete(parts_of_city: PartsOfCity):
    client, headers = parts_of_city
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/v1/cases?limit=7{cursor and '&cursor=' + cursor}", headers=headers["unit"]).json()
        seen += [case["id"] for case in page["items"]]
        cursor = page["next"]
    assert seen == listed(parts_of_city, "unit")
