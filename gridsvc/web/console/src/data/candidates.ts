// Who might answer for a case that nobody answers for yet: by where the point may lie, by what was done here, by precedent, by locality.
import { get, send } from "./api";
import { take, type Case, type Decision } from "./cases";
import { OPEN } from "./filters";

export type Basis = "point" | "past" | "precedent" | "locality" | "assisting";
export interface Option {
  unit: string;
  basis: Basis;
  /** The area on whose side the point may lie, and how likely that is. */
  area: { layer: string; code: string; name: string } | null;
  p: number | null;
  precedent: string | null;
  /** Open cases of the unit now. */
  load: number | null;
  /** Of the last five like it here: how many it has or had. */
  last: number;
}
export interface Precedent { id: string; state: string; categories: { code: string; zh: string | null; en: string | null }[]; place: { zh: string; en: string }; unit: { unit: string; name: string } | null; source: string | null; case: string | null; by: string | null; from: string | null; to: string | null }

interface Feature { properties: { code: string; name: string; unit: string | null }; geometry: { type: string; coordinates: number[][][] | number[][][][] } }
const NEAR_DEG = 0.001;
const MOST = 9;

export const readPrecedents = async (): Promise<readonly Precedent[]> => (await get<{ items: Precedent[] }>("/v1/precedents")).items;
export const isLike = (p: Precedent, category: string): boolean => p.state === "in_force" && p.categories.some((c) => (c.code.endsWith("*") ? category.startsWith(c.code.slice(0, -1)) : c.code === category));

async function areasNear(one: Case, layer: string): Promise<readonly Feature[]> {
  const { lon, lat } = one.point;
  const bbox = [lon - NEAR_DEG, lat - NEAR_DEG, lon + NEAR_DEG, lat + NEAR_DEG].map((v) => v.toFixed(6)).join(",");
  return (await get<{ features: Feature[] }>("/v1/areas", { layer, bbox, limit: 100 })).features;
}

/** A point well inside a small area: the mean of its corners. Where that is outside, the answer's own area tells. */
function middle({ geometry }: Feature): [number, number] {
  const ring = (geometry.type === "Polygon" ? geometry.coordinates[0] : geometry.coordinates[0]?.[0]) as number[][];
  const mean = (i: number) => ring.reduce((sum, at) => sum + (at[i] ?? 0), 0) / ring.length;
  return [mean(0), mean(1)];
}

async function byPoint(one: Case): Promise<readonly Option[]> {
  const { candidates } = one.decision.match;
  if (candidates.length < 2) return [];
  const layer = candidates[0]?.layer ?? "";
  const near = await areasNear(one, layer);
  const found = await Promise.all(candidates.filter((c) => c.probability >= 0.05).slice(0, 4).map(async (c) => {
    const area = near.find((f) => f.properties.code === c.code);
    if (!area) return null;
    const [x, y] = middle(area);
    const there = await send<Decision>("POST", "/v1/route", { point: { x, y, crs: "wgs84" }, category: one.category });
    const unit = there.accountable?.unit;
    return unit ? option(unit, "point", { area: { layer, code: c.code, name: there.areas["grid"]?.name ?? area.properties.name }, p: c.probability }) : null;
  }));
  return found.filter((o) => o !== null);
}

const option = (unit: string, basis: Basis, more: Partial<Option> = {}): Option => ({ unit, basis, area: null, p: null, precedent: null, load: null, last: 0, ...more });

/** The last cases of the same matter in the same grid. */
export async function lastHere(one: Case, limit = 5): Promise<readonly Case[]> {
  const grid = one.decision.areas["grid"]?.code;
  const { items } = await get<{ items: Case[] }>("/v1/cases", { category: one.category, ...(grid ? { grid } : {}), limit: limit + 1 });
  return items.filter((c) => c.id !== one.id && c.decision.accountable).slice(0, limit).map((c) => take(c).peek());
}

async function byLocality(one: Case): Promise<readonly Option[]> {
  const found = await Promise.all((["grid", "street"] as const).map(async (layer) => {
    const code = one.decision.areas[layer]?.code;
    return code ? (await areasNear(one, layer)).find((f) => f.properties.code === code)?.properties.unit : null;
  }));
  return [...new Set(found.filter((u): u is string => Boolean(u)))].map((unit) => option(unit, "locality"));
}

export async function readOptions(one: Case): Promise<readonly Option[]> {
  const quiet = <T>(asked: Promise<T>, none: T) => asked.catch(() => none);
  const [points, past, precedents, local, loads] = await Promise.all([
    quiet(byPoint(one), []), quiet(lastHere(one), []), quiet(readPrecedents(), []), quiet(byLocality(one), []),
    quiet(get<{ facets?: { unit?: Record<string, number> } }>("/v1/cases/summary", { status: OPEN.join(",") }), {}),
  ]);
  const all = [
    ...points,
    ...precedents.filter((p) => isLike(p, one.category) && p.unit).map((p) => option(p.unit?.unit ?? "", "precedent", { precedent: p.id })),
    ...past.map((c) => option(c.decision.accountable?.unit ?? "", "past")),
    ...local,
    ...one.decision.assisting.map((u) => option(u.unit, "assisting")),
  ];
  const units = new Map<string, Option>();
  for (const o of all) if (!units.has(o.unit)) units.set(o.unit, o);
  return [...units.values()].slice(0, MOST).map((o) => ({ ...o, load: loads.facets?.unit?.[o.unit] ?? null, last: past.filter((c) => c.decision.accountable?.unit === o.unit).length }));
}
