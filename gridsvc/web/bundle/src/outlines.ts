// What a small map draws: boundaries and lines within a box, each edge once, by the layer that is drawn for it.
import { band, type Edges, type Ground } from "./ground";

export type Box = [west: number, south: number, east: number, north: number];
// Of one layer: ends of edges, four numbers each.
export interface Outline {
  layer: number;
  edges: number[];
}

// `ranks` says of each layer how coarse it is: an edge that several layers share is drawn for the coarsest.
export function outlines(ground: Ground, ranks: number[], box: Box): Outline[] {
  const found = new Map<number, number[]>();
  for (const of of [ground.boundaries, ground.reaches]) collect(of, ground, ranks, box, found);
  return [...found].map(([layer, edges]) => ({ layer, edges })).sort((a, b) => ranks[a.layer] - ranks[b.layer]);
}

function collect(of: Edges, ground: Ground, ranks: number[], [west, south, east, north]: Box, found: Map<number, number[]>): void {
  const { bands, ax, ay, bx, by, start, owners } = of;
  if (bands.count === 0) return;
  const seen = new Set<number>();
  const last = band(bands, north);
  for (let b = band(bands, south); b <= last; b++) {
    for (let k = bands.start[b]; k < bands.start[b + 1]; k++) {
      const e = bands.edges[k];
      if (seen.has(e) || ay[e] > north || by[e] < south || Math.max(ax[e], bx[e]) < west || Math.min(ax[e], bx[e]) > east) continue;
      seen.add(e);
      let layer = ground.layerOf[owners[start[e]]];
      for (let i = start[e] + 1; i < start[e + 1]; i++) {
        const other = ground.layerOf[owners[i]];
        if (ranks[other] > ranks[layer]) layer = other;
      }
      const edges = found.get(layer);
      if (edges) edges.push(ax[e], ay[e], bx[e], by[e]);
      else found.set(layer, [ax[e], ay[e], bx[e], by[e]]);
    }
  }
}
