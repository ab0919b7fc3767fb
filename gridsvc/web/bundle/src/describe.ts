// Everything at a point: what holds it, on whose boundary it lies, what is near. Exact, as spatial/kernel_numpy.py.
import { band, type Edges, type Ground } from "./ground";
import { metresPerDegree, side } from "./numbers";

export const INSIDE = 0, ON = 1, NEAR = 2, FIRST = 4;
const AWAY = 3;
// What is looked at is a little wider than it must be.
const SPARE = 1.001;

// An area's row in its layer, and its relation to the point; by row.
export type At = [row: number, relation: number];

export class Describer {
  private readonly relation: Uint8Array;
  private readonly beyondM: Float64Array;
  private readonly odd: Uint8Array;
  private touched: number[] = [];

  constructor(private readonly ground: Ground) {
    const n = ground.layerOf.length;
    this.relation = new Uint8Array(n).fill(AWAY);
    this.beyondM = new Float64Array(n);
    this.odd = new Uint8Array(n);
  }

  // For each layer the areas at a point, ascending; null for what is no position.
  at(lon: number, lat: number, nearM: number): At[][] | null {
    if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90)) return null;
    this.touched = [];
    this.hold(lon, lat);
    const [lonM, latM] = metresPerDegree(lat);
    if (nearM > 0) this.around(this.ground.boundaries, lon, lat, nearM, lonM, latM, false);
    this.around(this.ground.reaches, lon, lat, nearM, lonM, latM, true);
    const found = this.byLayer();
    for (const area of this.touched) {
      this.relation[area] = AWAY;
      this.odd[area] = 0;
    }
    return found;
  }

  // A ray to the east crosses a boundary an odd number of times from within it.
  private hold(lon: number, lat: number): void {
    const { ax, ay, bx, by, start, owners, bands } = this.ground.boundaries;
    if (bands.count === 0) return;
    const b = band(bands, lat);
    for (let k = bands.start[b]; k < bands.start[b + 1]; k++) {
      const e = bands.edges[k];
      if (ay[e] > lat || by[e] < lat) continue;
      const west = Math.min(ax[e], bx[e]), east = Math.max(ax[e], bx[e]);
      if (east < lon) continue;
      const along = ay[e] > lat !== by[e] > lat;
      if (west > lon) {
        if (along) this.cross(start[e], start[e + 1], owners);
        continue;
      }
      const turn = side(ax[e], ay[e], bx[e], by[e], lon, lat);
      if (turn === 0) for (let i = start[e]; i < start[e + 1]; i++) this.put(owners[i], ON, 0);
      else if (along && turn > 0) this.cross(start[e], start[e + 1], owners);
    }
    const met = this.touched.length;
    for (let i = 0; i < met; i++) {
      const area = this.touched[i];
      if (this.odd[area] === 1) this.put(area, INSIDE, 0);
    }
  }

  private cross(from: number, to: number, owners: Int32Array): void {
    for (let i = from; i < to; i++) {
      this.odd[owners[i]] ^= 1;
      this.touched.push(owners[i]);
    }
  }

  private put(area: number, relation: number, beyondM: number): void {
    const held = this.relation[area];
    if (held === AWAY) this.touched.push(area);
    // Who lies on a boundary is on it, however often it is crossed elsewhere.
    if (held === ON && relation === INSIDE && !this.ground.isLinear[this.ground.layerOf[area]]) return;
    if (relation < held || (relation === held && beyondM < this.beyondM[area])) {
      this.relation[area] = relation;
      this.beyondM[area] = beyondM;
    }
  }

  private around(of: Edges, lon: number, lat: number, nearM: number, lonM: number, latM: number, isReach: boolean): void {
    const { bands, start, owners } = of;
    if (bands.count === 0) return;
    const tall = (SPARE * nearM) / latM;
    const last = band(bands, lat + tall);
    for (let b = band(bands, lat - tall); b <= last; b++) {
      for (let k = bands.start[b]; k < bands.start[b + 1]; k++) {
        const e = bands.edges[k];
        let widestM = nearM;
        if (isReach) for (let i = start[e]; i < start[e + 1]; i++) widestM = Math.max(widestM, nearM + this.ground.reachM[owners[i]]);
        const wide = (SPARE * widestM) / lonM;
        if (Math.max(of.ax[e], of.bx[e]) < lon - wide || Math.min(of.ax[e], of.bx[e]) > lon + wide) continue;
        const metres = apartM(of, e, lon, lat, lonM, latM);
        for (let i = start[e]; i < start[e + 1]; i++) {
          const beyondM = isReach ? metres - this.ground.reachM[owners[i]] : metres;
          if (beyondM <= nearM) this.put(owners[i], isReach && beyondM <= 0 ? INSIDE : NEAR, beyondM);
        }
      }
    }
  }

  // Marks the nearest line or point of each layer, and the nearest area of a layer none of whose areas holds the point.
  private byLayer(): At[][] {
    const { first, layerOf, isLinear } = this.ground;
    const areas = [...new Set(this.touched)].filter((area) => this.relation[area] !== AWAY).sort((a, b) => a - b);
    const found: At[][] = isLinear.map(() => []);
    const nearest: number[] = isLinear.map(() => -1);
    for (const area of areas) {
      const layer = layerOf[area], held = nearest[layer];
      if (held < 0 || this.isCloser(area, held)) nearest[layer] = area;
    }
    for (const area of areas) {
      const layer = layerOf[area], relation = this.relation[area];
      const marked = nearest[layer] === area && (isLinear[layer] || relation === NEAR);
      found[layer].push([area - first[layer], relation | (marked ? FIRST : 0)]);
    }
    return found;
  }

  private isCloser(a: number, b: number): boolean {
    const nearA = this.relation[a] === NEAR, nearB = this.relation[b] === NEAR;
    return nearA === nearB ? this.beyondM[a] < this.beyondM[b] : nearB;
  }
}

// Metres between a point and an edge, on the plane that touches the ellipsoid at the point: spatial/nearness.py.
function apartM(of: Edges, e: number, lon: number, lat: number, lonM: number, latM: number): number {
  const ax = (of.ax[e] - lon) * lonM, ay = (of.ay[e] - lat) * latM;
  const dx = (of.bx[e] - of.ax[e]) * lonM, dy = (of.by[e] - of.ay[e]) * latM;
  const square = dx * dx + dy * dy;
  const share = square > 0 ? Math.min(Math.max(-(ax * dx + ay * dy) / square, 0), 1) : 0;
  const x = ax + share * dx, y = ay + share * dy;
  return Math.sqrt(x * x + y * y);
}
