// Names of the areas of a layer with few of them, such as streets; read once.
import { signal } from "@preact/signals";
import { lang } from "../app/looks";
import { get } from "./api";

interface Names { name: string; name_en?: string | null }

const names = signal<Readonly<Record<string, Names>>>({});
const asked = new Set<string>();

/** The name of an area in the language of the page; until the layer has been read, what else it is called. */
export function areaName(layer: string, code: string, otherwise = code): string {
  if (!asked.has(layer)) {
    asked.add(layer);
    get<{ features: { properties: Names & { code: string } }[] }>("/v1/areas", { layer, limit: 1000 }).then(
      ({ features }) => (names.value = { ...names.peek(), ...Object.fromEntries(features.map(({ properties: p }) => [`${layer}:${p.code}`, p])) }),
      () => asked.delete(layer),
    );
  }
  const found = names.value[`${layer}:${code}`];
  return (lang.value === "en" && found?.name_en) || found?.name || otherwise;
}

/** The name that was kept with a decision; in English that of the area. */
export const keptName = (layer: string, area: { code: string; name: string }): string =>
  lang.value === "zh" ? area.name : areaName(layer, area.code, area.name);
