// Which layers are on (`on=` of the address), by sets that B goes through, and the style groups that they make.
import { batch, computed } from "@preact/signals";
import { query, setQuery } from "../app/route";
import { lang, mode } from "../app/looks";
import { edition, layers } from "../data/catalogue";
import { t } from "../words";
import { areaNames, edges, hover, LEVELS } from "./style/areas";
import { caseQuery } from "./case-query";
import { cases } from "./style/cases";
import { land, lanes, roadNames, roads } from "./style/ground";
import { bands, components, deck, hatched, plain } from "./style/overlays";
import { setGroup, type Group } from "./style/groups";
import type { Look } from "./style/look";
import { COMPONENT_ICON } from "./marks";
import { colours, type Colours } from "./tokens";
import { wallScale } from "./wall-scale";

export const PRESETS = {
  work: ["roads", "street", "grid", "unit_grid", "bands", "cases"],
  ground: ["roads", "street", "community", "grid", "unit_grid", "lanes", "zone", "strip", "viaduct", "bands", "components"],
  quiet: ["street", "grid", "cases"],
} as const satisfies Record<string, readonly string[]>;
export type Preset = keyof typeof PRESETS;

/** Layers that are drawn in a way of their own; any other layer of the edition is drawn plainly. */
const OWN = ["roads", "cases", "components", "bands", "lanes", ...LEVELS.map((l) => l.name), "zone", "strip", "viaduct"];

/** Everything that can be switched, in the order of the list. */
export const offered = computed<readonly string[]>(() => {
  const there = new Set(layers.value.map((l) => l.layer));
  const areas = LEVELS.map((l) => l.name).filter((name) => there.has(name));
  const over = ["zone", "strip", "viaduct"].filter((name) => there.has(name));
  const others = layers.value.map((l) => l.layer).filter((name) => !OWN.includes(name) && name !== "lane" && name !== "boundary_street");
  return ["cases", "components", ...areas, "roads", "lanes", "bands", ...over, ...others];
});

const DEFAULT = PRESETS.work.join(",");

export const on = computed<ReadonlySet<string>>(() => new Set((query.value["on"] ?? DEFAULT).split(",").filter(Boolean)));

function turn(names: Iterable<string>): void {
  const text = [...names].join(",");
  setQuery({ on: text === DEFAULT ? null : text || "none" }, "replace");
}

export function toggle(name: string): void {
  const now = new Set(on.peek());
  if (!now.delete(name)) now.add(name);
  now.delete("none");
  turn(offered.peek().filter((known) => now.has(known)));
}

export const preset = computed<Preset | null>(() => {
  const same = (names: readonly string[]) => names.length === on.value.size && names.every((name) => on.value.has(name));
  return (Object.keys(PRESETS) as Preset[]).find((name) => same(PRESETS[name])) ?? null;
});

export function usePreset(name: Preset): void {
  turn(PRESETS[name]);
}

export function nextPreset(): Preset {
  const names = Object.keys(PRESETS) as Preset[];
  const next = names[(names.indexOf(preset.peek() ?? "quiet") + 1) % names.length] as Preset;
  usePreset(next);
  return next;
}

/** How much larger than at a desk. */
export const scale = computed(() => (mode.value === "wall" ? wallScale.value : mode.value === "narrow" ? 1.25 : 1));

export function lookOf(c: Colours): Look {
  return { c, scale: scale.value, zh: lang.value === "zh", edition: query.value["edition"] || edition.value };
}

/** The groups of a look: what is off is null. */
export function groupsOf(look: Look): Readonly<Record<string, Group | null>> {
  const has = on.value;
  const others = layers.value.filter((l) => !OWN.includes(l.layer) && has.has(l.layer));
  const levels = new Set(LEVELS.map((l) => l.name).filter((name) => has.has(name)));
  if (levels.size) levels.add("district");
  const by = query.value["by"] === "phase" ? "phase" : "clock";
  // An edition without any of these has no base map, and one without lanes no names of roads.
  const is = (...names: string[]) => layers.value.some((l) => names.includes(l.layer));
  const drawn = has.has("cases") ? cases(look, by, caseQuery(query.value)) : null;
  const when = (name: string, make: () => Group) => (has.has(name) ? make() : null);
  return {
    land: land(look),
    roads: is("lane", "water", "green", "building") ? when("roads", () => roads(look)) : null,
    "road-names": is("lane") ? when("roads", () => roadNames(look)) : null,
    edges: levels.size ? edges(look, levels) : null,
    hover: mode.value === "wall" ? null : hover(look, levels),
    names: levels.size ? areaNames(look, levels) : null,
    lanes: when("lanes", () => lanes(look)),
    deck: when("viaduct", () => deck(look)),
    zone: when("zone", () => hatched(look, "zone", "hatch-zone", "zone-line")),
    strip: when("strip", () => hatched(look, "strip", "hatch-strip", "zone-line")),
    bands: when("bands", () => bands(look, { owned: t("map.band_owned"), unowned: t("map.band_unowned"), contested: t("map.band_contested") })),
    components: when("components", () => components(look, COMPONENT_ICON)),
    "case-discs": drawn?.discs ?? null,
    cases: drawn?.marks ?? null,
    others: others.length ? merged(others.map((l) => plain(look, l.layer, l.geometry))) : null,
  };
}

function merged(groups: readonly Group[]): Group {
  return { slot: groups[0]?.slot ?? 0, sources: Object.assign({}, ...groups.map((g) => g.sources)), layers: groups.flatMap((g) => g.layers) };
}

/** Bring the style to what is on; to be run again when anything of it changes. */
export function applyGroups(): void {
  const look = lookOf(colours.value);
  if (!look.edition) return setGroup("land", land(look));
  const made = groupsOf(look);
  batch(() => {
    for (const [name, group] of Object.entries(made)) setGroup(name, group);
  });
}
