"""A client that others wrote reads what is served: ``georeport`` from PyPI, in both forms."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.conftest import without
from tests.served import served


@pytest.fixture(scope="module")
def client_of() -> Any:
    try:
        from georeport import GeoReport
    except ImportError:
        without("georeport")
    return GeoReport


@pytest.fixture(scope="module")
def root(reader_url: str) -> Iterator[str]:
    # The client sends its key with nothing that it reads, so that it needs a city that is open to its own machine.
    with served(reader_url, open_access=True) as port:
        yield f"http://127.0.0.1:{port}/open311/v2"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_reads_services_and_requests(client_of: Any, root: str, form: str):
    client = client_of(root, output_format=form)
    services = client.get_service_list()
    assert len(services) == 250
    asked = next(s for s in services if s["metadata"] in (True, "true"))
    assert client.get_service_definition(asked["service_code"])["service_code"] == asked["service_code"]
    newest = httpx2.get(root.replace("open311/v2", "v1/cases?limit=1")).json()["items"][0]
    end = datetime.fromisoformat(newest["reported_at"])
    found = client.get_service_requests(start_date=(end - timedelta(days=90)).isoformat(), end_date=end.isoformat())
    assert found[0]["service_request_id"] == newest["number"]
    assert len(found) > 1
    again = client.get_service_request(found[0]["service_request_id"])
    assert again == found[0]
