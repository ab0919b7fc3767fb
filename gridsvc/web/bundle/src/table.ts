// Whose is it, and why: the decision table by rank, first match wins, as responsibility/resolve.py.
import type { Content, Layer, Lead, Limit, Places, Power, Rule, Term } from "./content";
import { metresPerDegree } from "./numbers";
import type { Component } from "./objects";
import type { Clock, Local } from "./time";

export type Desk = "no_rule" | "rules_conflict" | "no_owner" | "outside";
type Passed = "validity" | "attributes" | "place" | "window" | "no_unit" | "no_power" | "disputed" | "settled";

// All that a decision may depend on. settled: by layer the row of its area, -1 without one; around: all rows at the point.
export interface Situation {
  at: number;
  local: Local;
  lon: number;
  lat: number;
  category: string | null;
  settled: number[];
  around: number[][];
  component: Component | null;
  attributes: Record<string, string>;
  inside: boolean;
}

export interface Decision {
  unit: string | null;
  rule: Rule | null;
  desk: Desk | null;
  assisting: string[];
  evaluator: string | null;
}

interface Rows {
  rules: Rule[];
  powers: Map<string, Power[]>;
  limits: Limit[];
}

export class DecisionTable {
  private readonly rows = new Map<string | null, Rows>();
  private readonly units: Set<string>;
  private readonly layerNumber: Map<string, number>;
  private readonly metres = new Map<Term, [number, number]>();

  constructor(
    private readonly content: Content,
    private readonly clock: Clock,
  ) {
    this.units = new Set(content.staff.units.map(([code]) => code));
    this.layerNumber = new Map(content.layers.map((layer, i) => [layer.code, i]));
  }

  decide(of: Situation): Decision {
    const met = new Set<Passed>();
    const rows = this.rowsFor(of.category);
    for (const rule of rows.rules) {
      const found = shut(rule, of, met.has("disputed")) ?? this.weigh(rule, rows, of);
      if (typeof found !== "string") {
        const assisting = new Set(rule.assisting.map((lead) => this.known(this.unitCode(rule, lead, of))));
        const evaluator = rule.evaluator === null ? null : this.known(this.unitCode(rule, rule.evaluator, of));
        const others = [...assisting].filter((unit): unit is string => unit !== null && unit !== found.unit);
        return { unit: found.unit, rule, desk: null, assisting: others, evaluator };
      }
      met.add(found);
    }
    return { unit: null, rule: null, desk: this.desk(of, met), assisting: [], evaluator: null };
  }

  // The limit of each stage that has one: for this place first, then the one that says most.
  limits(of: Situation): Limit[] {
    const best = new Map<string, [rank: number[], limit: Limit]>();
    for (const limit of this.rowsFor(of.category).limits) {
      const rank = [
        Number(limit.where.length > 0), Object.keys(limit.asked).length, Number(!limit.category.endsWith("*")),
        limit.category.length, -limit.order,
      ];
      const held = best.get(limit.stage);
      if (held && compare(rank, held[0]) <= 0) continue;
      if ((limit.where.length === 0 || this.atOne(limit.where, of)) && meets(of.attributes, limit.asked)) best.set(limit.stage, [rank, limit]);
    }
    return [...best.values()].map(([, limit]) => limit);
  }

  private rowsFor(category: string | null): Rows {
    let rows = this.rows.get(category);
    if (rows === undefined) {
      const { table } = this.content;
      const powers = new Map<string, Power[]>();
      for (const power of table.powers) if (isFor(power[1], category)) powers.set(power[0], [...(powers.get(power[0]) ?? []), power]);
      const limits = table.limits.filter((limit) => category !== null && matches(limit.category, category));
      rows = { rules: table.rules.filter((rule) => isFor(rule.categories, category)), powers, limits };
      this.rows.set(category, rows);
    }
    return rows;
  }

  private desk(of: Situation, met: Set<Passed>): Desk | null {
    if (this.content.table.rules.length === 0) return null;
    if (met.has("disputed")) return "rules_conflict";
    if (!of.inside) return "outside";
    return met.has("no_unit") || met.has("no_power") ? "no_owner" : "no_rule";
  }

  // The unit that an open row names, or the first thing that speaks against the row.
  private weigh(rule: Rule, rows: Rows, of: Situation): { unit: string } | Passed {
    if (rule.attributes && !meets(of.attributes, rule.attributes)) return "attributes";
    if (rule.places.length > 0 && !this.atOne(rule.places, of)) return "place";
    if (!this.clock.holds(rule.window, of.local)) return "window";
    const unit = this.known(this.unitCode(rule, rule.lead, of));
    if (unit === null) return "no_unit";
    const powers = rows.powers.get(unit);
    if (powers && !powers.some(([, , places]) => this.atOne(places, of))) return "no_power";
    return rule.disputed ? "disputed" : { unit };
  }

  private known(code: string | null): string | null {
    return code !== null && this.units.has(code) ? code : null;
  }

  private unitCode(rule: Rule, lead: Lead, of: Situation): string | null {
    const [kind, name, turns, since, days] = lead;
    if (kind === "unit") return name;
    if (kind === "component") return of.component && of.component[name as "maintainer" | "owner" | "competent"];
    if (kind === "rotate" && since !== null) {
      const turn = Math.floor((of.local.day - since) / days) % turns.length;
      return turns[turn < 0 ? turn + turns.length : turn];
    }
    const number = this.layerNumber.get(name);
    return number === undefined ? null : this.unitOfArea(rule, number, of);
  }

  // Of several areas at the point those count by which the row holds; of these the settled one, else the first with a unit.
  private unitOfArea(rule: Rule, number: number, of: Situation): string | null {
    const layer: Layer = this.content.layers[number];
    const settled = of.settled[number];
    let rows = of.around[number];
    if (rows.length > 1 && rule.places.length > 0) {
      const asked = rule.places
        .filter((terms) => terms.every((term) => this.holds(term, of)))
        .flat()
        .filter((term) => !("at" in term) && term.number === number && !term.not);
      const held = rows.filter((row) => asked.some((term) => "areas" in term && (term.areas === null || term.areas.includes(row))));
      rows = held.length > 0 ? held : rows;
    }
    const isThere = rows.length === 0 || rows.some((row) => layer.codes[row] === layer.codes[settled]);
    if (settled >= 0 && layer.units[settled] && isThere) return layer.units[settled];
    const first = rows.find((row) => layer.units[row]);
    return first === undefined ? null : layer.units[first];
  }

  private atOne(places: Places, of: Situation): boolean {
    return places.some((terms) => terms.every((term) => this.holds(term, of)));
  }

  private holds(term: Term, of: Situation): boolean {
    if ("at" in term) return this.covers(term, of.lon, of.lat) !== term.not;
    const rows = term.number < 0 ? [] : of.around[term.number];
    const held = term.areas === null ? rows.length > 0 : rows.some((row) => term.areas?.includes(row));
    return held !== term.not;
  }

  private covers(disc: Extract<Term, { at: unknown }>, lon: number, lat: number): boolean {
    let metres = this.metres.get(disc);
    if (!metres) this.metres.set(disc, (metres = metresPerDegree(disc.at[1])));
    const east = (lon - disc.at[0]) * metres[0], north = (lat - disc.at[1]) * metres[1];
    return east * east + north * north <= disc.radius_m * disc.radius_m;
  }
}

function shut(rule: Rule, of: Situation, disputed: boolean): "settled" | "validity" | null {
  if (disputed && rule.via !== "precedent" && rule.via !== "locality") return "settled";
  return (rule.from !== null && of.at < rule.from) || (rule.to !== null && of.at >= rule.to) ? "validity" : null;
}

function isFor(patterns: string[], category: string | null): boolean {
  return patterns.length === 0 || (category !== null && patterns.some((pattern) => matches(pattern, category)));
}

function matches(pattern: string, code: string): boolean {
  return pattern.endsWith("*") ? code.startsWith(pattern.slice(0, -1)) : code === pattern;
}

function meets(attributes: Record<string, string>, asked: Record<string, string[]>): boolean {
  return Object.entries(asked).every(([key, values]) => Object.hasOwn(attributes, key) && values.includes(attributes[key]));
}

function compare(a: number[], b: number[]): number {
  const i = a.findIndex((value, k) => value !== b[k]);
  return i < 0 ? 0 : a[i] - b[i];
}
