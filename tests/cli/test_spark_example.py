"""The Spark example of the page on large tables adds to Arrow batches what one process adds to the table."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.city import City
from benchmarks.points import everyday
from gridsvc import Router
from gridsvc.bundle.file import make_bundle
from gridsvc.errors import BadInput

PAGE = Path(__file__).parents[2] / "docs" / "large-tables.md"
ASKED = {"x": "lon", "y": "lat", "crs": "wgs84"}


@pytest.fixture(scope="module")
def routed() -> Any:
    """The function that the page tells one to put on every executor."""
    block = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert block is not None
    names: dict[str, Any] = {}
    exec(compile(block[1], str(PAGE), "exec"), names)
    return names["routed"]


@pytest.fixture(scope="module")
def city() -> City:
    return City.of(60)


@pytest.fixture(scope="module")
def router(city: City) -> Router:
    return Router.from_frames(city.frames)


@pytest.fixture(scope="module")
def bundle(router: Router, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("bundle") / "city.gridbundle"
    now = datetime.now(UTC)
    path.write_bytes(make_bundle(router, Ed25519PrivateKey.generate(), now, now + timedelta(days=1)))
    return str(path)


def table(city: City) -> pd.DataFrame:
    xy = everyday(city, 500, seed=3)
    xy[7] = np.nan
    return pd.DataFrame({"report": np.arange(500), "lon": xy[:, 0], "lat": xy[:, 1]})


@pytest.mark.parametrize("size", [1, 170, 500])
def test_batches_of_any_size_get_what_one_table_gets(size, routed, city, router, bundle):
    given = table(city)[: 30 if size == 1 else 500]
    batches = pa.Table.from_pandas(given, preserve_index=False).to_batches(max_chunksize=size)
    found = pa.Table.from_batches(routed(iter(batches), bundle, None, **ASKED)).to_pandas()
    wanted = router.route_frame(given, **ASKED)
    assert list(found.columns) == list(wanted.columns)
    assert (found["unit_grid"] != "").sum() > 0.8 * len(given)
    for name in wanted.columns[3:]:
        assert found[name].tolist() == wanted[name].fillna("").tolist()


def test_an_empty_batch_keeps_its_columns(routed, city, bundle):
    empty = pa.RecordBatch.from_pandas(table(city)[:0], preserve_index=False)
    (found,) = routed(iter([empty]), bundle, None, **ASKED)
    assert found.num_rows == 0
    assert found.schema.field("unit_grid").type == pa.string()


def test_a_bundle_of_another_signer_is_refused(routed, city, bundle):
    batch = pa.RecordBatch.from_pandas(table(city)[:5], preserve_index=False)
    with pytest.raises(BadInput):
        list(routed(iter([batch]), bundle, "ab" * 32, **ASKED))
