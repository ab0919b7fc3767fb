// The edges of all areas, each once with everybody whose boundary it is, in bands from south to north.
import type { Arrays, Layer } from "./content";
import { metresPerDegree } from "./numbers";

const EDGES_A_BAND = 32;
const MOST_BANDS = 8192;
const SCALE = 1e7;

// Straight edges, the lower end first (of level ones the left); owners[start[i] .. start[i + 1]] are areas.
export interface Edges {
  ax: Float64Array;
  ay: Float64Array;
  bx: Float64Array;
  by: Float64Array;
  start: Int32Array;
  owners: Int32Array;
  bands: Bands;
}

export interface Bands {
  south: number;
  perDegree: number;
  count: number;
  start: Int32Array;
  edges: Int32Array;
}

export interface Ground {
  // Number of each layer's first area, and one more; the layer of each area; how far lines and points reach.
  first: Int32Array;
  layerOf: Int32Array;
  reachM: Float64Array;
  isLinear: boolean[];
  boundaries: Edges;
  reaches: Edges;
}

export function coordinates(values: Int32Array | Float64Array): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values, (v) => v / SCALE);
}

export function groundOf(layers: Layer[], arrays: Arrays): Ground {
  const first = new Int32Array(layers.length + 1);
  layers.forEach((layer, i) => (first[i + 1] = first[i] + layer.codes.length));
  const layerOf = new Int32Array(first[layers.length]);
  const reachM = new Float64Array(first[layers.length]);
  const lon = coordinates(arrays["lon"]), lat = coordinates(arrays["lat"]);
  const most = (closed: boolean) =>
    layers.reduce((sum, layer, i) => sum + ((layer.geometry === "polygon") === closed ? arrays[`${i}.vertex`].length : 0), 0);
  const sides = new Collector(lon, lat, most(true)), lines = new Collector(lon, lat, most(false));
  layers.forEach((layer, i) => {
    layerOf.fill(i, first[i], first[i + 1]);
    if (layer.geometry !== "polygon") reachM.set(arrays[`${i}.reach_m`], first[i]);
    collect(layer.geometry === "polygon" ? sides : lines, layer.geometry === "polygon", first[i], (name) => arrays[`${i}.${name}`]);
  });
  const isLinear = layers.map((layer) => layer.geometry !== "polygon");
  return { first, layerOf, reachM, isLinear, boundaries: sides.done(), reaches: lines.done(reachM) };
}

function collect(into: Collector, closed: boolean, first: number, of: (name: string) => Int32Array | Float64Array): void {
  const [parts, rings, sizes, vertex] = ["parts", "rings", "sizes", "vertex"].map(of);
  let part = 0, ring = 0, at = 0;
  for (let area = 0; area < parts.length; area++) {
    for (const end = part + parts[area]; part < end; part++) {
      for (const last = ring + rings[part]; ring < last; ring++) {
        string(into, closed, first + area, vertex, at, sizes[ring]);
        at += sizes[ring];
      }
    }
  }
}

function string(into: Collector, closed: boolean, area: number, vertex: Int32Array | Float64Array, at: number, size: number): void {
  let moved = false;
  for (let i = 0; i + 1 < size + (closed ? 1 : 0); i++) {
    const from = vertex[at + i], to = vertex[at + ((i + 1) % size)];
    if (from !== to) into.add(from, to, area);
    moved ||= from !== to;
  }
  // A point, and a line without length, is one edge of no length.
  if (!closed && !moved && size > 0) into.add(vertex[at], vertex[at], area);
}

// Edges by their two ends. A table of whole numbers, since a city has a million sides and a Map takes seconds for them.
class Collector {
  private readonly table: Int32Array;
  private readonly from: Int32Array;
  private readonly to: Int32Array;
  private edges = 0;
  // Of each side that was added: its edge, and whose it is.
  private readonly edgeOf: Int32Array;
  private readonly areaOf: Int32Array;
  private sides = 0;

  constructor(
    private readonly lon: Float64Array,
    private readonly lat: Float64Array,
    most: number,
  ) {
    this.table = new Int32Array(2 ** Math.ceil(Math.log2(2 * most + 2))).fill(-1);
    [this.from, this.to, this.edgeOf, this.areaOf] = [1, 2, 3, 4].map(() => new Int32Array(most));
  }

  add(a: number, b: number, area: number): void {
    const { lon, lat } = this;
    const upward = lat[a] < lat[b] || (lat[a] === lat[b] && lon[a] <= lon[b]);
    // One that an area has twice stays twice: it bounds nothing, but is still its boundary.
    this.edgeOf[this.sides] = upward ? this.edge(a, b) : this.edge(b, a);
    this.areaOf[this.sides++] = area;
  }

  private edge(low: number, high: number): number {
    const { table, from, to } = this;
    const mask = table.length - 1;
    const mixed = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
    let at = (mixed ^ (mixed >>> 15)) & mask;
    for (let e = table[at]; e >= 0; e = table[at]) {
      if (from[e] === low && to[e] === high) return e;
      at = (at + 1) & mask;
    }
    from[this.edges] = low;
    to[this.edges] = high;
    return (table[at] = this.edges++);
  }

  done(reachM?: Float64Array): Edges {
    const n = this.edges;
    const ax = new Float64Array(n), ay = new Float64Array(n), bx = new Float64Array(n), by = new Float64Array(n);
    for (let e = 0; e < n; e++) {
      const low = this.from[e], high = this.to[e];
      [ax[e], ay[e], bx[e], by[e]] = [this.lon[low], this.lat[low], this.lon[high], this.lat[high]];
    }
    const start = new Int32Array(n + 1), pad = new Float64Array(n);
    for (let i = 0; i < this.sides; i++) start[this.edgeOf[i] + 1]++;
    for (let e = 0; e < n; e++) start[e + 1] += start[e];
    const owners = new Int32Array(this.sides), next = start.slice();
    for (let i = 0; i < this.sides; i++) {
      const e = this.edgeOf[i];
      owners[next[e]++] = this.areaOf[i];
      if (reachM) pad[e] = Math.max(pad[e], reachM[this.areaOf[i]]);
    }
    return { ax, ay, bx, by, start, owners, bands: bandsOf(ay, by, pad) };
  }
}

// padM: metres to the south and north of an edge in which it matters too.
function bandsOf(ay: Float64Array, by: Float64Array, padM: Float64Array): Bands {
  const n = ay.length;
  let south = Infinity, north = -Infinity;
  const low = new Float64Array(n), high = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const pad = padM[i] > 0 ? (1.01 * padM[i]) / metresPerDegree(ay[i])[1] : 0;
    south = Math.min(south, (low[i] = ay[i] - pad));
    north = Math.max(north, (high[i] = by[i] + pad));
  }
  const count = n === 0 ? 0 : Math.max(1, Math.min(MOST_BANDS, Math.ceil(n / EDGES_A_BAND)));
  const bands = { south, perDegree: north > south ? count / (north - south) : 0, count };
  const start = new Int32Array(count + 1);
  for (let i = 0; i < n; i++) for (let b = band(bands, low[i]); b <= band(bands, high[i]); b++) start[b + 1]++;
  for (let b = 0; b < count; b++) start[b + 1] += start[b];
  const edges = new Int32Array(start[count]);
  const next = start.slice();
  for (let i = 0; i < n; i++) for (let b = band(bands, low[i]); b <= band(bands, high[i]); b++) edges[next[b]++] = i;
  return { ...bands, start, edges };
}

// The band of a latitude; those beyond are the outermost. It never falls as the latitude rises.
export function band(of: { south: number; perDegree: number; count: number }, lat: number): number {
  return Math.max(0, Math.min(of.count - 1, Math.floor((lat - of.south) * of.perDegree)));
}
