// Rings of areas as they are drawn in: a vertex is moved, added or taken away in every area that has it.
import type { Area } from "../data/editions";
import type { LonLat } from "./geo";

export const same = (a: LonLat, b: LonLat): boolean => a[0] === b[0] && a[1] === b[1];

type Ring = readonly LonLat[];

/** The area with other rings; itself where none of them changed. */
function withRings(area: Area, change: (ring: Ring) => Ring): Area {
  let touched = false;
  const changed = (ring: Ring): number[][] => {
    const after = change(ring);
    touched ||= after !== ring;
    return after as unknown as number[][];
  };
  const { geometry } = area;
  const made = geometry.type === "Polygon"
    ? { ...geometry, coordinates: geometry.coordinates.map((r) => changed(r as unknown as Ring)) }
    : { ...geometry, coordinates: geometry.coordinates.map((p) => p.map((r) => changed(r as unknown as Ring))) };
  return touched ? { ...area, geometry: made as Area["geometry"] } : area;
}

export function rings(area: Area): readonly Ring[] {
  const { geometry } = area;
  return (geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat()) as unknown as readonly Ring[];
}

/** Every vertex once, with the one that follows it. */
export function corners(area: Area): readonly { at: LonLat; next: LonLat }[] {
  return rings(area).flatMap((ring) => ring.slice(0, -1).map((at, i) => ({ at, next: ring[i + 1] as LonLat })));
}

export function moveVertex(area: Area, from: LonLat, to: LonLat): Area {
  return withRings(area, (ring) => (ring.some((p) => same(p, from)) ? ring.map((p) => (same(p, from) ? to : p)) : ring));
}

/** A new vertex on the edge between two; in either direction, as neighbours have it. */
export function insertVertex(area: Area, a: LonLat, b: LonLat, at: LonLat): Area {
  return withRings(area, (ring) => {
    const i = ring.findIndex((p, k) => {
      const next = ring[k + 1];
      return next && ((same(p, a) && same(next, b)) || (same(p, b) && same(next, a)));
    });
    return i < 0 ? ring : [...ring.slice(0, i + 1), at, ...ring.slice(i + 1)];
  });
}

/** Without a vertex; a triangle keeps all of its own. */
export function dropVertex(area: Area, at: LonLat): Area {
  return withRings(area, (ring) => {
    const open = ring.slice(0, -1).filter((p) => !same(p, at));
    return open.length < 3 || open.length === ring.length - 1 ? ring : [...open, open[0] as LonLat];
  });
}

export interface Snap { at: LonLat; edge: readonly [LonLat, LonLat] | null }

/** The vertex of a neighbour within reach of a place, else the place on an edge of one, else the place itself. */
export function snap(place: LonLat, areas: Iterable<Area>, own: LonLat | null, metresOf: (lat: number) => { lon_m: number; lat_m: number }, reach_m: number): Snap {
  const { lon_m, lat_m } = metresOf(place[1]);
  const flat = (p: LonLat): LonLat => [(p[0] - place[0]) * lon_m, (p[1] - place[1]) * lat_m];
  let corner: { at: LonLat; far: number } | null = null;
  let edge: { snap: Snap; far: number } | null = null;
  for (const area of areas) {
    for (const { at, next } of corners(area)) {
      if (own && (same(at, own) || same(next, own))) continue;
      const [x, y] = flat(at);
      const far = Math.hypot(x, y);
      if (far <= reach_m && (!corner || far < corner.far)) corner = { at, far };
      const [u, v] = flat(next);
      const length2 = (u - x) ** 2 + (v - y) ** 2;
      const t = length2 ? -(x * (u - x) + y * (v - y)) / length2 : 0;
      if (t <= 0 || t >= 1) continue;
      const away = Math.hypot(x + t * (u - x), y + t * (v - y));
      if (away <= reach_m && (!edge || away < edge.far)) edge = { far: away, snap: { at: [at[0] + t * (next[0] - at[0]), at[1] + t * (next[1] - at[1])], edge: [at, next] } };
    }
  }
  return corner ? { at: corner.at, edge: null } : (edge?.snap ?? { at: place, edge: null });
}
