// Which tiles of cases are out of date: those that something happened in since they were read.
import type { Look } from "./style/look";
import { marks, type By } from "./style/cases";
import { SLOT, type Group } from "./style/groups";

export interface TileId { z: number; x: number; y: number }
type Box = readonly [west: number, south: number, east: number, north: number];

/** The tile of a zoom that a point lies in. */
export function tileOf(z: number, lon: number, lat: number): TileId {
  const n = 2 ** z;
  const phi = (Math.min(Math.max(lat, -85.05), 85.05) * Math.PI) / 180;
  const x = Math.floor(((lon + 180) / 360) * n);
  const y = Math.floor((0.5 - Math.asinh(Math.tan(phi)) / (2 * Math.PI)) * n);
  return { z, x: Math.min(Math.max(x, 0), n - 1), y: Math.min(Math.max(y, 0), n - 1) };
}

const MOST = 2000;

export class Touched {
  readonly #points = new Map<string, { at: readonly [number, number]; when: number }>();
  readonly #read = new Map<string, number>();

  /** Something happened at a place. The oldest of too many are forgotten. */
  add(id: string, at: readonly [number, number], when: number): void {
    this.#points.delete(id);
    this.#points.set(id, { at, when });
    if (this.#points.size > MOST) this.#points.delete(this.#points.keys().next().value as string);
  }

  /** The tiles of a zoom within a box that are older than what happened in them; they count as read from now on. */
  stale(z: number, [west, south, east, north]: Box, now: number): TileId[] {
    const found = new Map<string, TileId>();
    const low = tileOf(z, west, north);
    const high = tileOf(z, east, south);
    for (const { at, when } of this.#points.values()) {
      const tile = tileOf(z, at[0], at[1]);
      if (tile.x < low.x || tile.x > high.x || tile.y < low.y || tile.y > high.y) continue;
      const name = `${z}/${tile.x}/${tile.y}`;
      if ((this.#read.get(name) ?? -1) < when) found.set(name, tile);
    }
    for (const name of found.keys()) {
      this.#read.delete(name);
      this.#read.set(name, now);
    }
    while (this.#read.size > MOST) this.#read.delete(this.#read.keys().next().value as string);
    return [...found.values()];
  }
}

/** The layer of what just happened, over the tiles' marks. */
export function groupOfHot(look: Look, by: By, features: readonly GeoJSON.Feature[]): Group {
  return {
    slot: SLOT.cases + 1,
    sources: { hot: { type: "geojson", data: { type: "FeatureCollection", features: [...features] } } },
    layers: marks(look, by, "hot", { source: "hot" }, false).map((layer) => ({ ...layer, minzoom: 12 })),
  };
}
