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
  const sides = new Collector(lon, lat), lines = new Collector(lon, lat);
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

class Collector {
  private readonly number = new Map<number, number>();
  private readonly from: number[] = [];
  private readonly to: number[] = [];
  private readonly owners: number[][] = [];

  constructor(
    private readonly lon: Float64Array,
    private readonly lat: Float64Array,
  ) {}

  add(a: number, b: number, area: number): void {
    const { lon, lat } = this;
    const upward = lat[a] < lat[b] || (lat[a] === lat[b] && lon[a] <= lon[b]);
    const [low, high] = upward ? [a, b] : [b, a];
    const key = low * lon.length + high;
    const known = this.number.get(key);
    if (known !== undefined) {
      // One that an area has twice stays twice: it bounds nothing, but is still its boundary.
      this.owners[known].push(area);
      return;
    }
    this.number.set(key, this.from.length);
    this.from.push(low);
    this.to.push(high);
    this.owners.push([area]);
  }

  done(reachM?: Float64Array): Edges {
    const pick = (of: Float64Array, at: number[]) => Float64Array.from(at, (i) => of[i]);
    const ay = pick(this.lat, this.from), by = pick(this.lat, this.to);
    const start = new Int32Array(this.owners.length + 1);
    this.owners.forEach((of, i) => (start[i + 1] = start[i] + of.length));
    const pad = this.owners.map((of) => (reachM ? Math.max(...of.map((area) => reachM[area])) : 0));
    return {
      ax: pick(this.lon, this.from), ay, bx: pick(this.lon, this.to), by, start,
      owners: Int32Array.from(this.owners.flat()), bands: bandsOf(ay, by, pad),
    };
  }
}

// padM: metres to the south and north of an edge in which it matters too.
function bandsOf(ay: Float64Array, by: Float64Array, padM: number[]): Bands {
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
