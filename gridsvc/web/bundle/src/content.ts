// What a bundle's body holds, as gridsvc/bundle writes it.

export interface Layer {
  code: string;
  geometry: "polygon" | "line" | "point";
  coverage: "partition" | "cover" | "free";
  codes: string[];
  names: string[];
  units: (string | null)[];
}

export type Term =
  | { layer: string; number: number; areas: number[] | null; not: boolean }
  | { at: [number, number]; radius_m: number; not: boolean };
export type Places = Term[][];
export type Lead = [kind: "unit" | "component" | "area" | "rotate", name: string, turns: string[], since: number | null, days: number];
export type Span =
  | { outside: Span[] }
  | { days: number[] | "work" | "off"; start: number; end: number; since: number | null; every: number };
export interface Window {
  text: string;
  spans: Span[];
}
export type Via = "zone" | "vertical" | "lane_tier" | "strip" | "component" | "rule" | "precedent" | "locality";

export interface Rule {
  id: string;
  via: Via;
  lead: Lead;
  assisting: Lead[];
  evaluator: Lead | null;
  categories: string[];
  places: Places;
  attributes: Record<string, string[]> | null;
  window: Window;
  disputed: boolean;
  from: number | null;
  to: number | null;
}
export type Power = [unit: string, categories: string[], places: Places, source: string];
export interface Limit {
  category: string;
  stage: string;
  amount: number;
  unit: string;
  asked: Record<string, string[]>;
  where: Places;
  order: number;
}
export interface Table {
  code: string;
  rules: Rule[];
  powers: Power[];
  limits: Limit[];
  words: Record<string, [string, string, Record<string, [string, string]>]>;
  closed: boolean;
}
export interface Post {
  code: string;
  person: string;
  role: string;
  layer: string | null;
  area: string | null;
  deputy_of: string | null;
  acting: boolean;
  duty: Window;
  from: number | null;
  to: number | null;
}
export interface Staff {
  units: [code: string, name: string, nameEn: string, parent: string | null, kind: string][];
  people: [code: string, name: string, kind: string][];
  posts: Post[];
}
export interface Time {
  from: number;
  to: number;
  clocks: [number, number][];
  odd_days: Record<string, boolean>;
}
export interface Settling {
  chains: number[][];
  owners: { layer: number; chain: number[]; owners: number[] }[];
  chiefs: Record<string, number[]>;
}
export interface Components {
  codes: string[];
  words: Record<string, (string | null)[]>;
  since: Record<string, number>;
}
export interface Content {
  edition: { code: string; title: string; district: string; time_zone: string };
  bounds: [number, number, number, number] | null;
  layers: Layer[];
  settling: Settling;
  table: Table;
  staff: Staff;
  components: Components;
  categories: [code: string, componentClass: string | null][];
  time: Time;
}
export type Arrays = Record<string, Int32Array | Float64Array>;
