// What is picked on the map, as the address has it: a thing (`sel=`) or a point that is asked about (`pt=`).
import { computed, signal } from "@preact/signals";
import type { GeoJSON } from "geojson";
import { go, query, setQuery } from "../app/route";

export interface Hit { kind: "case" | "component" | "ground"; id: string; title: string; lon: number; lat: number; category: string }

/** Several things under one click, to choose from. */
export const several = signal<{ hits: readonly Hit[]; at: number } | null>(null);
/** The place of a step of an answer, while somebody points at the step. */
export const placeShown = signal<GeoJSON | null>(null);
/** How sure a point is that was shown by hand, in metres: a few pixels at the zoom it was shown at. */
export const byHand_m = signal(1);

export const asked = computed<{ lon: number; lat: number } | null>(() => {
  const [x, y, crs] = (query.value["pt"] ?? "").split(",");
  const [lon, lat] = [Number(x), Number(y)];
  return x && y && (crs ?? "wgs84") === "wgs84" && Number.isFinite(lon) && Number.isFinite(lat) ? { lon, lat } : null;
});

/** Ask who answers at a point. */
export function askAt(lon: number, lat: number): void {
  several.value = null;
  setQuery({ pt: `${lon.toFixed(6)},${lat.toFixed(6)},wgs84`, sel: null });
}

/** Select a thing: `case:…`, `area:layer:code` or `component:code`; null for none. */
export function select(sel: string | null): void {
  setQuery({ sel, pt: null });
}

export function showPlace(at: GeoJSON | null): void {
  placeShown.value = at;
}

/** Open what was hit. */
export function open(hit: Hit): void {
  several.value = null;
  if (hit.kind === "case") go("case", [hit.id]);
  else if (hit.kind === "component") setQuery({ sel: `component:${hit.id}`, pt: `${hit.lon.toFixed(6)},${hit.lat.toFixed(6)},wgs84` });
  else askAt(hit.lon, hit.lat);
}

type Taker = (lon: number, lat: number) => void;
const takers: Taker[] = [];

/** Take the clicks and asking keys of the map for something else (measuring, drawing), until the answer is called. */
export function takeClicks(taker: Taker): () => void {
  takers.push(taker);
  return () => {
    const at = takers.indexOf(taker);
    if (at >= 0) takers.splice(at, 1);
  };
}

export const taker = (): Taker | undefined => takers.at(-1);
export const busy = (): boolean => takers.length > 0;
