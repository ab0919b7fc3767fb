// From all areas at a point to the one of each layer, in the stated order: spatial/edge_policy.py.
import type { Arrays, Layer, Settling } from "./content";
import { type At, FIRST, NEAR, ON } from "./describe";

export type How = "inside" | "edge" | "overlap" | "street" | "near" | "outside" | "none";
const NOWHERE = -1;

// What one layer says of a point: the row of the settled area, -1 for none; rows that hold it; these and those near.
export interface Place {
  row: number;
  how: How;
  covering: number[];
  candidates: number[];
}

export class Policy {
  private readonly parents: (Int32Array | Float64Array)[];

  constructor(
    private readonly layers: Layer[],
    private readonly settling: Settling,
    private readonly arrays: Arrays,
  ) {
    this.parents = layers.map((_, i) => arrays[`${i}.parent`]);
  }

  get finest(): number {
    return this.settling.chains[0]?.[0] ?? NOWHERE;
  }

  // recorded: row in the finest partition of the area recorded for the point's component, -1 for none.
  settle(at: At[][], recorded: number): Place[] {
    const places = at.map((areas, i) => alone(areas, this.layers[i].geometry === "polygon"));
    this.withParents(places, recorded);
    this.withCorridors(places);
    return places;
  }

  private up(layer: number, row: number): number {
    return row >= 0 ? this.parents[layer][row] : NOWHERE;
  }

  // Each chain's finest partition settles its ties and its parents follow, the finest chain first.
  private withParents(places: Place[], recorded: number): void {
    const first = this.settling.chains[0];
    let led = false;
    for (const chain of this.settling.chains) {
      const finest = places[chain[0]];
      if (finest.how === "edge") {
        const wanted = chain === first ? recorded : this.beside(chain[0], places[first[0]]);
        if (finest.covering.includes(wanted)) finest.row = wanted;
      }
      if (finest.how === "near" && this.contradicted(places, chain)) {
        finest.row = NOWHERE;
        finest.how = "outside";
      }
      const leads = finest.row >= 0;
      for (const ancestor of chain.slice(1)) {
        // What the first chain has settled stands; another only fills what it left open.
        if (leads && !(led && chain !== first && first.includes(ancestor))) this.follow(places, chain, ancestor);
      }
      led ||= chain === first && leads;
    }
  }

  // For a point on an edge: the area of another partition that holds the settled finest area.
  private beside(layer: number, finest: Place): number {
    if (finest.row < 0 || (finest.how !== "edge" && finest.how !== "overlap")) return NOWHERE;
    return this.arrays[`${layer}.home`][finest.row];
  }

  private contradicted(places: Place[], chain: number[]): boolean {
    let up = places[chain[0]].row;
    for (let i = 1; i < chain.length; i++) {
      const own = places[chain[i]];
      up = this.up(chain[i - 1], up);
      if ((own.how === "inside" || own.how === "edge" || own.how === "overlap") && own.row !== up) return true;
    }
    return false;
  }

  private follow(places: Place[], chain: number[], ancestor: number): void {
    const below = places[chain[0]], own = places[ancestor];
    let up = below.row;
    let tied = new Set(below.covering);
    for (const layer of chain.slice(0, chain.indexOf(ancestor))) {
      up = this.up(layer, up);
      tied = new Set([...tied].map((row) => this.up(layer, row)));
    }
    if (up < 0) return;
    let how: How = "inside";
    // Beside the finest partition the point may still be inside its parent.
    if (below.how === "near") how = own.row === up ? own.how : "near";
    else if ((below.how === "edge" || below.how === "overlap") && !(tied.size === 1 && tied.has(up))) how = below.how;
    own.row = up;
    own.how = how;
  }

  // The ground of boundary streets goes to their owners, whose parents follow.
  private withCorridors(places: Place[]): void {
    for (const { layer, chain, owners } of this.settling.owners) {
      const votes = new Map<number, number>();
      for (const corridor of places[layer].covering) votes.set(owners[corridor], (votes.get(owners[corridor]) ?? 0) + 1);
      votes.delete(NOWHERE);
      let owner = NOWHERE;
      for (const [row, n] of votes) {
        const most = votes.get(owner) ?? 0;
        if (n > most || (n === most && row < owner)) owner = row;
      }
      for (const code of chain) {
        if (owner >= 0 && (owner !== places[code].row || code === chain[0])) {
          places[code].row = owner;
          places[code].how = "street";
        }
        owner = this.up(code, owner);
      }
    }
  }
}

function alone(areas: At[], polygonal: boolean): Place {
  const candidates = areas.map(([row]) => row);
  const held = areas.filter(([, relation]) => (relation & NEAR) === 0);
  const covering = held.map(([row]) => row);
  const nearest = areas.find(([, relation]) => (relation & FIRST) !== 0)?.[0] ?? NOWHERE;
  if (polygonal && covering.length > 0) {
    const tie = held.every(([, relation]) => relation === ON) ? "edge" : "overlap";
    return { row: covering[0], how: covering.length > 1 ? tie : "inside", covering, candidates };
  }
  return { row: nearest, how: covering.length > 0 ? "inside" : nearest >= 0 ? "near" : "outside", covering, candidates };
}
