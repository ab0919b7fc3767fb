"""Pages and their files: policies that keep them at home, no citizen's text as markup, no way out of the folder."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from small_city import GRIDS, load_city, write_city

from gridsvc.casework.case import NewCase
from gridsvc.router import Router
from gridsvc.services import editions
from gridsvc.services.intake import PastCase, import_cases
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from gridsvc.values import Point
from gridsvc.web.assets import version
from tests.conftest import NOON

from .conftest import BODY, open_client

HOSTILE = "</script><script>document.documentElement.dataset.hacked=1</script><img src=x onerror=alert(1)>\"'"


@pytest.mark.parametrize("path", ["/maps/heat", "/docs"])
def test_a_page_comes_with_a_policy_that_starts_from_nothing(reader: TestClient, path: str):
    policy = reader.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe-eval" not in policy
    assert "*" not in policy


def test_scripts_of_the_documentation_are_files_of_ours_only(reader: TestClient):
    policy = reader.get("/docs").headers["content-security-policy"]
    script = next(p for p in policy.split(";") if "script-src" in p)
    assert script.split() == ["script-src", "'self'"]


@pytest.mark.parametrize("address", ["/", "/live", "/case/240401-0001", "/editions/2024-1/check"])
def test_every_address_of_the_console_gives_its_page(reader: TestClient, address: str):
    page = reader.get(address)
    policy = page.headers["content-security-policy"]
    assert (page.status_code, "unsafe" in policy) == (200, False)
    for link in re.findall(r'(?:src|href|data-map-worker|data-stream-worker)="(/static/[^"]+)"', page.text):
        assert reader.get(link).status_code == 200, link
    assert not re.search(r"<script(?![^>]*src=)| style=| on\w+=", page.text)


def test_all_that_the_console_needs_first_is_asked_for_at_once_and_parts_named_by_content_are_kept(reader: TestClient):
    links = re.findall(r'rel="modulepreload" href="(/static/[^"]+)"', reader.get("/").text)
    main = reader.get("/static/console/main.js").text
    imported = {f"/static/console/{name}" for name in re.findall(r"""["']\./(chunk-\w+\.js)["']""", main)}
    assert imported
    assert imported <= set(links)
    kept = {link: "immutable" in reader.get(link).headers["cache-control"] for link in links}
    assert kept == {link: "/chunk-" in link for link in links}


def test_a_script_that_may_run_as_a_worker_may_ask_this_service_only(reader: TestClient):
    policy = reader.get("/static/maplibre-gl/maplibre-gl-worker.mjs").headers["content-security-policy"]
    assert policy == "default-src 'none'; script-src 'self'; connect-src 'self'"


def test_a_file_is_sent_packed_to_whoever_unpacks_and_kept_for_ever_by_its_version(reader: TestClient):
    plain = reader.get("/static/console/main.js", headers={"Accept-Encoding": "gzip;q=0"})
    packed = reader.get(f"/static/console/main.js?v={version('console/main.js')}")
    assert plain.content == packed.content
    assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
    assert plain.headers["etag"] != packed.headers["etag"]
    assert ["immutable" in a.headers["cache-control"] for a in (plain, packed)] == [False, True]


@pytest.mark.parametrize(("lang", "words"), [(None, "案件热力图"), ("zh", "案件热力图"), ("en", "case heat map")])
def test_the_map_speaks_both_languages(reader: TestClient, lang: str | None, words: str):
    page = reader.get("/maps/heat", params={"lang": lang} if lang else None)
    assert page.headers["content-type"].startswith("text/html")
    assert words in page.text


def test_every_file_the_map_links_is_served(reader: TestClient):
    links = re.findall(r'(?:src|href)="(/static/[^"]+)"', reader.get("/maps/heat").text)
    assert len(links) > 3
    found = {link: reader.get(link.replace("&amp;", "&")).status_code for link in links}
    assert found == dict.fromkeys(links, 200)


def test_a_map_of_a_period_without_cases_is_a_page(reader: TestClient):
    period = {"from": "2001-01-01T00:00:00Z", "to": "2001-01-02T00:00:00Z"}
    assert reader.get("/maps/heat", params=period).status_code == 200


def test_cases_piled_up_by_a_geocoder_are_set_aside_on_the_map(engine, empty_url, make_client, tmp_path):
    router = Router(load_city(engine, write_city(tmp_path)).snapshot)
    editions.publish(engine, "S1", NOON, NOON - timedelta(days=1))
    places = [Point(120.001 + i * 2e-4, 30.004) for i in range(60)] + [Point(120.01, 30.005)] * 40
    kinds = [f"060{10 + i % 20}" for i in range(len(places))]
    past = [PastCase(NewCase(p, {}, kind, "hotline_12345"), NOON) for p, kind in zip(places, kinds, strict=True)]
    import_cases(engine, router, past, "past")
    page = make_client(empty_url).get("/maps/heat", params={"lang": "en"}).text
    figures = dict(re.findall(r"<dt>([^<]+)</dt><dd>([\d,]+)</dd>", page))
    assert figures == {"cases": "100", "on the map": "60", "set aside": "40"}


@pytest.mark.parametrize("query", ["lang=fr", "from=2024-01-01", "to=x"])
def test_a_map_that_cannot_be_meant_is_refused(reader: TestClient, query: str):
    assert reader.get(f"/maps/heat?{query}").status_code == 422


@pytest.fixture
def hostile(cluster: Cluster, migrated_template: str, tmp_path) -> Iterator[TestClient]:
    """A city whose title and areas have the worst of names, with one case whose text is no better."""
    url = cluster.make_database("pages_hostile", migrated_template)
    named = [{**g, "properties": {**g["properties"], "name": HOSTILE}} for g in GRIDS]
    engine = make_engine(url, 1)
    load_city(engine, write_city(tmp_path, grids=named, title=HOSTILE))
    editions.publish(engine, "S1", NOON, NOON - timedelta(days=1))
    engine.dispose()
    with open_client(url) as client:
        body = BODY | {"description": HOSTILE, "address": HOSTILE}
        assert client.post("/v1/cases", json=body, headers={"Idempotency-Key": "k"}).status_code == 201
        yield client
    cluster.drop_database("pages_hostile")


def test_hostile_text_never_reaches_the_map_as_markup(hostile: TestClient):
    page = hostile.get("/maps/heat").text
    assert "<script>document.documentElement" not in page
    assert "<img src=x" not in page


def test_hostile_text_comes_back_from_the_api_as_json_and_nothing_else(hostile: TestClient):
    answer = hostile.get("/v1/cases")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["items"][0]["description"] == HOSTILE


TRAVERSAL = [
    "../settings.py", "../../settings.py", "..%2fsettings.py", "%2e%2e/settings.py", "own/../../settings.py",
    "own/..%2f..%2fsettings.py", "own/%2e%2e/%2e%2e/settings.py", "own/..\\..\\settings.py", "own//etc/passwd",
    "/etc/passwd", "%2fetc%2fpasswd", "own/%2fetc/passwd", "own/....//settings.py", "..;/settings.py",
    "folium/../map.py",
    "folium/..%2f..%2fsite.py", "own", "own/", "", "own/.", "own/heat.js/", "own/heat.js%00.css",
    "own/HEAT.JS", "assets.py", "web/assets.py", "leaflet/..%2f..%2fassets.py", "~/x",
]  # fmt: skip


@pytest.mark.parametrize("name", TRAVERSAL)
def test_no_address_leads_out_of_the_folder_of_files(reader: TestClient, name: str):
    refused = reader.get("/static/" + name, follow_redirects=False)
    assert refused.status_code in (400, 404), refused.text[:200]
    assert "import" not in refused.text


def test_a_file_is_served_with_its_kind_and_not_twice(reader: TestClient):
    first = reader.get("/static/own/heat.js")
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["x-content-type-options"] == "nosniff"
    again = reader.get("/static/own/heat.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_field_page_is_made_of_files_of_ours_only(reader: TestClient):
    page = reader.get("/field")
    assert (page.status_code, "unsafe" in page.headers["content-security-policy"]) == (200, False)
    links = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    assert len(links) >= 5
    for link in links:
        assert reader.get(link).status_code == 200, link
    assert not re.search(r"<script(?![^>]*src=)| style=| on\w+=", page.text)


def test_the_worker_of_the_field_page_keeps_what_the_page_loads_and_answers_for_no_other_address(reader: TestClient):
    worker = reader.get("/field/worker.js")
    assert worker.headers["service-worker-allowed"] == "/field"
    assert worker.headers["content-security-policy"] == "default-src 'none'; script-src 'self'; connect-src 'self'"
    shell = json.loads(re.match(r"const SHELL=(\{.*?\});", worker.text)[1])
    loaded = set(re.findall(r'(?:src|rel="stylesheet" href)="(/static/field/[^"]+)"', reader.get("/field").text))
    assert (shell["page"], loaded <= set(shell["files"])) == ("/field", True)
    assert all(reader.get(file).status_code == 200 for file in shell["files"])
