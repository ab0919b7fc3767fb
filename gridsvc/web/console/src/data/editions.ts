// Editions of the boundaries: what there are, what was found on them, what changed, and replays under them.
import { signal } from "@preact/signals";
import type { Feature, Geometry, Polygon, MultiPolygon } from "geojson";
import { get, send } from "./api";

export interface EditionRow {
  code: string;
  title: string;
  state: "draft" | "checked" | "published" | "retired";
  holds_from: string | null;
  holds_to: string | null;
  recorded_at: string;
  content_hash: string;
  counts: { error: number; warning: number } | null;
}
export interface EditionAbout extends EditionRow { before: string | null; planned: boolean }

export interface Finding {
  id: string;
  severity: "error" | "warning";
  layer?: string;
  table?: string | null;
  line?: number | null;
  codes: string[];
  lon?: number | null;
  lat?: number | null;
  zh: string;
  en: string;
  geometry?: Geometry | null;
  name: string | null;
  waived: string | null;
}
export interface Report { edition: string; hash: string; ok: boolean; counts: { error: number; warning: number }; findings: Finding[]; rules: Finding[] }

export interface Change {
  layer: string;
  kind: string;
  before: string[];
  after: string[];
  real: boolean;
  lon: number | null;
  lat: number | null;
  zh: string;
  en: string;
  old: Geometry | null;
  new: Geometry | null;
}
export interface Changes { before: string; after: string; counts: Record<string, number>; changes: Change[]; tables: Record<string, { added: string[]; removed: string[]; changed: Record<string, string[]> }> }

export interface CaseChange { number: string; kind: string; lon: number | null; lat: number | null; fields: Record<string, [string, string]>; why: { zh: string; en: string } | null }
export interface ReplayResult {
  same: number;
  changed: number;
  failed: number;
  kinds: Record<string, number>;
  open: { open: number; changed: number };
  shifts?: { by: string; code: string; lost: number; gained: number }[];
  changes?: CaseChange[];
}
export interface ReplayJob { id: number; state: "running" | "done" | "failed" | "interrupted"; current: boolean; done: number; of: number; started_at: string; ended_at: string | null; result: ReplayResult | null; problem: { zh: string; en: string } | null }

export type Area = Feature<Polygon | MultiPolygon, Record<string, unknown>>;

const of = (code: string, ...rest: string[]): string => ["/v1/editions", encodeURIComponent(code), ...rest].join("/");

export const editions = signal<readonly EditionRow[] | null>(null);

export async function loadEditions(): Promise<void> {
  editions.value = (await get<{ items: EditionRow[] }>("/v1/editions")).items;
}

export const about = (code: string) => get<EditionAbout>(of(code));
export const report = (code: string) => get<Report>(of(code, "check"));
export const changes = (before: string, after: string) => get<Changes>(of(before, "changes", encodeURIComponent(after)));
export const replays = async (code: string) => (await get<{ items: ReplayJob[] }>(of(code, "replays"))).items;
export const replay = (code: string, id: number) => get<ReplayJob>(of(code, "replays", String(id)));
export const beginReplay = (code: string) => send<ReplayJob>("POST", of(code, "replays"), {});

export function upload(files: readonly File[]): Promise<{ code: string; outcome: string; counts: { error: number; warning: number } }> {
  const form = new FormData();
  for (const file of files) form.append("file", file, file.webkitRelativePath || file.name);
  return send("POST", "/v1/editions", form);
}

export const copyAsDraft = (code: string, edition: string) => send<{ code: string }>("POST", of(code, "drafts"), { edition });

export interface Publication { from: string | null; confirm: string; reason: string; waive: Record<string, string> }
export const publish = (code: string, body: Publication) => send<{ code: string; from: string; to: string | null }>("POST", of(code, "publish"), body);
export const callOff = (code: string, confirm: string, reason: string) => send<{ code: string }>("POST", of(code, "cancel"), { confirm, reason });

export const areasIn = (code: string, layer: string, bbox: readonly number[]) =>
  get<{ features: Area[] }>("/v1/areas", { edition: code, layer, bbox: bbox.join(","), limit: 1000 });

export function putArea(code: string, layer: string, area: Area): Promise<Area> {
  const { layer: _, code: __, ...properties } = area.properties;
  const body = { type: "Feature", crs: "wgs84", properties, geometry: area.geometry };
  return send("PUT", of(code, "areas", encodeURIComponent(layer), encodeURIComponent(String(area.id))), body);
}

export const removeArea = (code: string, layer: string, area: string) =>
  send<void>("DELETE", of(code, "areas", encodeURIComponent(layer), encodeURIComponent(area)));
