"""Makes vector tiles: of what an edition draws, once and kept; of components and cases, as they are now."""

import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import islice, takewhile
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from gridsvc.errors import FieldError, NotFound
from gridsvc.services.base_map import base_map
from gridsvc.services.current import CurrentRouter
from gridsvc.spatial.drawn import BANDS, BASE, BASE_TOLD, EDGES, EDGES_FROM, LABEL, TOLD, Drawing
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.mercator import MOST_Z, Box, Tile, tiles_over
from gridsvc.store import case_tiles, component_tiles
from gridsvc.store import tiles as store
from gridsvc.store.case_lists import CaseFilter
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import transaction

# Of an area, beside its own properties; all of them texts.
AREA = ("code", "name", "parent", "unit")
COMPONENTS = "components"
# Tiles of published editions stay in memory, packed, up to so much of them; those not asked for longest go first.
MOST_BYTES = 96 * 1024 * 1024
# A window of a usual size shows a whole city on about so many tiles; zooms with more than so many are not made ahead.
_WHOLE_CITY, _MOST_FIRST = 9, 64
# So long is worked ahead before others have their turn.
_PIECE_S = 0.5
# The layer of most areas, which a whole city is not drawn with.
_FINEST = "unit_grid"
# Takes two thirds of the time of the usual one, for a fiftieth more bytes.
LEVEL = 4


class Packed(NamedTuple):
    """A tile as it is sent, gzipped, b"" where it is empty; and its ETag."""

    body: bytes
    etag: str


class About(NamedTuple):
    """What a map wants to know of a tile: where it is, in degrees; of its layers the attributes, by kind in JSON."""

    box: Box | None
    layers: Mapping[str, Mapping[str, str]]


class Tiles:
    """Tiles of editions. Safe to share between threads."""

    def __init__(
        self, engine: Engine, current: CurrentRouter, folder: Path | None = None, most_bytes: int = MOST_BYTES
    ) -> None:
        """``folder`` is where base maps are kept; without one there are none."""
        self._engine = engine
        self._current = current
        self._folder = folder
        self._mapping = threading.Lock()
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[int, str, Tile], Packed] = OrderedDict()
        self._keeping = threading.Lock()
        # As long as the edition is in memory.
        self._drawings: WeakKeyDictionary[Edition, Drawing] = WeakKeyDictionary()
        self._preparing = threading.Lock()
        self._prepared_for: int | None = None
        self._to_prepare: Iterator[None] = iter(())

    def kept(self, set_id: int, layer: str, tile: Tile) -> Packed | None:
        """Give a tile of a published edition that was made before, None where it was not."""
        with self._keeping:
            found = self._kept.get((set_id, layer, tile))
            if found is not None:
                self._kept.move_to_end((set_id, layer, tile))
            return found

    def tile(self, edition: DatedSet, layer: str, tile: Tile) -> Packed:
        """Give one tile of a layer of an edition, or of its boundaries (``edges``), boundary streets, components.

        Raises ``NotFound`` for an unknown layer.
        """
        found = self.kept(edition.id, layer, tile)
        if found is not None:
            return found
        if layer == COMPONENTS:
            with transaction(self._engine) as connection:
                return packed(component_tiles.component_tile(connection, edition, tile))
        drawing = self._drawing(edition)
        if layer not in (EDGES, BANDS) and layer not in drawing.edition.layers:
            raise _no_layer(layer)
        made = packed(drawing.tile(layer, tile))
        if edition.published_at is not None:
            self._keep((edition.id, layer, tile), made)
        return made

    def about(self, edition: DatedSet, layer: str) -> About:
        """Tell of what :meth:`tile` gives; raises ``NotFound`` for an unknown layer."""
        if layer == COMPONENTS:
            return About(None, {COMPONENTS: component_tiles.TOLD})
        if layer == BASE:
            return About(self._drawing(edition).edition.bounds_deg, BASE_TOLD)
        if layer in TOLD:
            return About(None, {layer: TOLD[layer]})
        with transaction(self._engine) as connection:
            of = store.layer_id(connection, edition.id, layer)
            if of is None:
                raise _no_layer(layer)
            box, properties = store.about_layer(connection, of)
        own = dict(properties) | dict.fromkeys(AREA, "string")
        return About(box, {layer: own, f"{layer}_label": {key: "string" for key in LABEL if key in own}})

    def prepare(self) -> None:
        """Make what a first look at the whole city asks for, before anybody does: a piece at each call.

        For a large city all of it takes many seconds, so whoever calls has time for other things in between. Where
        another thread is at it this does nothing.
        """
        if self._preparing.acquire(blocking=False):
            try:
                self._prepare()
            finally:
                self._preparing.release()

    def _prepare(self) -> None:
        held, room = self._current.set_at_hand(), self._current.at_hand()
        if held is None or room is None:
            return
        if held.id != self._prepared_for:
            self._prepared_for, self._to_prepare = held.id, self._first_asked(held, room.snapshot.edition)
        end_s = time.monotonic() + _PIECE_S
        for _ in self._to_prepare:
            if time.monotonic() > end_s:
                return

    def _first_asked(self, held: DatedSet, edition: Edition) -> Iterator[None]:
        """Make one thing after the other; first the zooms nearest to that of a whole city.

        What unit grids are part of takes seconds to lay out, shows near by only and comes last: who opens the city just
        after a start has the processor for the rest.
        """
        drawing = self._drawings.setdefault(edition, Drawing(edition))
        zooms = takewhile(lambda tiles: len(tiles) <= _MOST_FIRST, (_tiles(edition, z) for z in range(MOST_Z)))
        wanted = [
            (name, tile)
            for tiles in sorted(zooms, key=lambda tiles: abs(len(tiles) - _WHOLE_CITY))
            for name in (*edition.layers, EDGES, BANDS)
            for tile in tiles
        ]
        for name, tile in (one for one in wanted if not _takes_long(*one)):
            self.tile(held, name, tile)
            yield
        with suppress(NotFound):
            self.base_map(held)
        yield
        for name in (*edition.layers, EDGES):
            drawing.parts(name, MOST_Z)
            yield
        for name, tile in (one for one in wanted if _takes_long(*one)):
            self.tile(held, name, tile)
            yield

    def base_map(self, edition: DatedSet) -> Path:
        """Give the file of an edition's base map; raises ``NotFound`` where it has none."""
        if self._folder is None:
            raise NotFound("没有存放底图的目录", "there is no folder for base maps")
        # One at a time: whoever comes second finds the file.
        with self._mapping:
            return base_map(self._drawing(edition), edition.content_hash, self._folder)

    def _drawing(self, found: DatedSet) -> Drawing:
        room = self._current.at_hand()
        if room is None or room.snapshot.edition.code != found.code:
            room = self._current.get(edition=found.code)
        return self._drawings.setdefault(room.snapshot.edition, Drawing(room.snapshot.edition))

    def _keep(self, key: tuple[int, str, Tile], made: Packed) -> None:
        with self._keeping:
            if key not in self._kept:
                self._kept[key] = made
                self._bytes += _cost(made)
            while self._bytes > self._most_bytes:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= _cost(gone)


def _tiles(edition: Edition, z: int) -> list[Tile]:
    """The tiles of a zoom that an edition lies on; one more than are made ahead where there are that many."""
    return list(islice(tiles_over(edition.bounds_deg, z), _MOST_FIRST + 1))


def _takes_long(name: str, tile: Tile) -> bool:
    return name == _FINEST or (name == EDGES and tile.z >= EDGES_FROM[_FINEST])


def packed(tile: bytes) -> Packed:
    """Pack a tile; the same bytes are always packed to the same."""
    etag = f'"{hashlib.blake2b(tile, digest_size=16).hexdigest()}"'
    return Packed(gzip.compress(tile, LEVEL, mtime=0) if tile else b"", etag)


def case_tile(engine: Engine, wanted: CaseFilter, tile: Tile, now: datetime) -> bytes:
    """Give one tile of the cases that meet a filter, b"" where it is empty."""
    with transaction(engine) as connection:
        return case_tiles.case_tile(connection, wanted, tile, now)


def about_cases() -> About:
    """Tell of cases, which may be anywhere."""
    return About(None, {"cases": case_tiles.TOLD})


def _cost(kept: Packed) -> int:
    """About what one kept tile takes, its key among it."""
    return len(kept.body) + 500


def _no_layer(layer: str) -> NotFound:
    mend = ("用 GET /v1/layers 列出的图层", "one of those that GET /v1/layers lists")
    return NotFound("没有这个图层", "there is no such layer", [FieldError("layer", layer, *mend)])
