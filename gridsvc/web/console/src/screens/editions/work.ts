// What was drawn and is not sent yet: areas by layer and code, and every state before, so that each step can be undone.
import type { Area } from "../../data/editions";
import type { LonLat } from "../../map/geo";
import { dropVertex, insertVertex, moveVertex } from "../../map/rings";

export interface Work {
  areas: ReadonlyMap<string, Area>;
  edited: ReadonlySet<string>;
}

export const NOTHING: Work = { areas: new Map(), edited: new Set() };
export const keyOf = (layer: string, area: Area): string => `${layer}/${area.id}`;

/** Know further areas as they are stored; what was drawn stays. */
export function known(work: Work, layer: string, areas: readonly Area[]): Work {
  const all = new Map(work.areas);
  for (const area of areas) if (!work.edited.has(keyOf(layer, area))) all.set(keyOf(layer, area), area);
  return { ...work, areas: all };
}

/** One area as it is drawn now. */
export function put(work: Work, key: string, area: Area): Work {
  return { areas: new Map(work.areas).set(key, area), edited: new Set(work.edited).add(key) };
}

function each(work: Work, of: string, together: boolean, change: (area: Area) => Area): Work {
  const areas = new Map(work.areas);
  const edited = new Set(work.edited);
  for (const [key, area] of work.areas) {
    if (!together && key !== of) continue;
    const after = change(area);
    if (after === area) continue;
    areas.set(key, after);
    edited.add(key);
  }
  return edited.size === work.edited.size && [...areas].every(([k, a]) => work.areas.get(k) === a) ? work : { areas, edited };
}

/** Move a vertex of one area, or of all that share it. */
export const moved = (work: Work, of: string, together: boolean, from: LonLat, to: LonLat): Work => each(work, of, together, (a) => moveVertex(a, from, to));
export const inserted = (work: Work, of: string, together: boolean, a: LonLat, b: LonLat, at: LonLat): Work => each(work, of, together, (area) => insertVertex(area, a, b, at));
export const dropped = (work: Work, of: string, together: boolean, at: LonLat): Work => each(work, of, together, (area) => dropVertex(area, at));
