// Heat as the service tells it: what is asked comes from the address, so that a link shows the same.
import { lang } from "../app/looks";
import { startOfDay } from "../words/format";
import type { Query } from "./api";
import type { Cell } from "./heat-classes";
import { get } from "./api";
import { now } from "./clock";
import { DAY_MS, dayOf, daysBefore, later, monthOf } from "./days";

export { later, monthOf } from "./days";

interface Period { from: string; to: string; days: number }
interface Scheme { scheme: string; breaks: number[]; title_zh: string; title_en: string }

export interface Heat extends Scheme {
  by: string;
  period: Period;
  n: number;
  set_aside: number;
  set_aside_why: Readonly<Record<string, number>>;
  edition: string;
  whole: boolean;
  classes: number[];
  zero: number | null;
  unknown: number;
  few: number;
  cells: Cell[];
  outline?: [number, number][];
  size_m?: number;
  vs?: Scheme & { period: Period; n: number; set_aside: number; classes: number[] };
}

export interface Hours { n: number; hours: number[][] }
export interface Series { n: number; items: { from: string; to: string; n: number }[] }

export type Asked = Readonly<Record<string, string>>;
export const DAYS = 30;


/** The days of the address, both included; without them the last thirty. */
export function daysOf(asked: Asked): { from: string; to: string; days: number } {
  const today = dayOf(startOfDay(now.peek()).getTime() + DAY_MS / 2);
  const valid = (text: string | undefined) => (text && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined);
  const to = valid(asked["to"]) ?? today;
  const from = valid(asked["from"]) ?? (asked["vs"] === "month" ? monthOf(to) : dayOf(Date.parse(to) - (DAYS - 1) * DAY_MS));
  const days = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
  return days > 0 ? { from, to, days } : { from: to, to, days: 1 };
}

function instants(from: string, to: string): [string, string] {
  return [startOfDay(from).toISOString(), startOfDay(later(to, 1)).toISOString()];
}

const SAME = ["category", "source", "street", "unit", "status"] as const;
const same = (asked: Asked): Query => Object.fromEntries(SAME.map((name) => [name, asked[name]]));

/** What the service is asked for the cells, and for the picture of them. */
export function heatQuery(asked: Asked): Query {
  const { from, to, days } = daysOf(asked);
  const [start, end] = instants(from, to);
  const before = daysBefore(asked["vs"] ?? "", from, to, days);
  const [vs_from, vs_to] = before ? instants(...before) : [undefined, undefined];
  return {
    ...same(asked), by: asked["area"] || "grid", rate: asked["rate"] || "km2", scheme: asked["scheme"],
    hour: asked["hour"], weekday: asked["weekday"], edition: asked["edition"], from: start, to: end, vs_from, vs_to,
  };
}

export const readHeat = (asked: Asked, stop: AbortSignal): Promise<Heat> => get<Heat>("/v1/heat", heatQuery(asked), stop);

export function readHours(asked: Asked, stop: AbortSignal): Promise<Hours> {
  const { from, to } = daysOf(asked);
  const [start, end] = instants(from, to);
  return get<Hours>("/v1/heat/hours", { ...same(asked), from: start, to: end }, stop);
}

export const WEEKS = 52;

/** The last year week by week, whatever period is shown. */
export function readSeries(asked: Asked, stop: AbortSignal): Promise<Series> {
  const today = daysOf({}).to;
  const [start, end] = instants(later(today, 1 - 7 * WEEKS), today);
  return get<Series>("/v1/heat/series", { ...same(asked), step: "week", from: start, to: end }, stop);
}

export function pictureOf(asked: Asked): string {
  const query = Object.entries<Query[string]>({ ...heatQuery(asked), lang: lang.value }).filter(([, v]) => v !== undefined && v !== "");
  return `/v1/heat.png?${new URLSearchParams(query.map(([k, v]) => [k, String(v)]))}`;
}

/** The name of an area; of a cell of a lattice where its middle is. */
export function cellName(cell: Cell): string {
  if (cell.x !== undefined && cell.y !== undefined) return `${cell.x.toFixed(4)}, ${cell.y.toFixed(4)}`;
  return (lang.value === "zh" ? cell.name_zh : cell.name_en) || cell.code;
}
export const titleOfScheme = (of: Scheme): string => (lang.value === "zh" ? of.title_zh : of.title_en);
