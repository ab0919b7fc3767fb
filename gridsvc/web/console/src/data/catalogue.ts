// What names things: layers, units, categories of the edition and ruleset that hold. Read anew when another holds.
import { computed, signal } from "@preact/signals";
import { lang } from "../app/looks";
import { get } from "./api";

export interface Layer { layer: string; title_zh: string; title_en: string; geometry: string; coverage: string; parent: string | null; areas: number }
export interface Unit { code: string; name: string; name_en: string | null; parent: string | null; kind: string | null }
export interface Category { code_scheme: string; kind: "component" | "matter"; code: string; zh: string; en: string }
export interface Edition { code: string; title: string; state: string; valid_from: string }

export const edition = signal("");
export const layers = signal<readonly Layer[]>([]);
export const units = signal<readonly Unit[]>([]);
export const categories = signal<readonly Category[]>([]);

const unitsByCode = computed(() => new Map(units.value.map((u) => [u.code, u])));
const matters = computed(() => new Map(categories.value.filter((c) => c.kind === "matter").map((c) => [c.code, c])));
const classes = computed(() => new Map(categories.value.filter((c) => c.kind === "component").map((c) => [c.code, c])));

export async function loadCatalogue(): Promise<void> {
  const [of_layers, of_units, of_categories] = await Promise.all([
    get<{ edition: string; items: Layer[] }>("/v1/layers"),
    get<{ items: Unit[] }>("/v1/units"),
    get<{ items: Category[] }>("/v1/categories"),
  ]);
  edition.value = of_layers.edition;
  layers.value = of_layers.items;
  units.value = of_units.items;
  categories.value = of_categories.items;
}

const said = (one: { zh: string; en: string } | undefined, code: string) => (one ? (lang.value === "zh" ? one.zh : one.en) : code);
export const matterName = (code: string): string => said(matters.value.get(code), code);
export const className = (code: string): string => said(classes.value.get(code), code);

export function unitName(code: string | null | undefined): string {
  if (!code) return "";
  const unit = unitsByCode.value.get(code);
  if (!unit) return code;
  return lang.value === "zh" ? unit.name : (unit.name_en ?? unit.name);
}

export function layerName(code: string): string {
  const layer = layers.value.find((l) => l.layer === code);
  return layer ? (lang.value === "zh" ? layer.title_zh : layer.title_en) : code;
}
