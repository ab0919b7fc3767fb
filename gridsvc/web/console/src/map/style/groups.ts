// The style of the map as data: groups of layers, each in its slot from the ground up, put together anew on change.
import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Order from the ground up; a group lies over all of lower slots. */
export const SLOT = {
  land: 0, roads: 10, buildings: 20, heat: 30, selected: 40, zones: 50, unit_grid: 60, areas: 70, lanes: 80,
  bands: 90, uncertainty: 100, components: 110, cases: 120, selection: 130, labels: 140, measure: 150, draw: 160,
} as const;

export interface Group {
  slot: number;
  sources?: Readonly<Record<string, SourceSpecification>>;
  layers: readonly LayerSpecification[];
}

export const groups = signal<Readonly<Record<string, Group>>>({});

/** Groups that a screen leaves out while it is shown, whatever is on: over heat a thousand marks say nothing. */
export const hidden = signal<ReadonlySet<string>>(new Set());

export function setGroup(name: string, group: Group | null): void {
  const { [name]: _, ...others } = groups.peek();
  groups.value = group ? { ...others, [name]: group } : others;
}

/** Layers that are on the map while a component is shown. Sources and layers need names of their own: `heat-…`. */
export function useGroup(name: string, group: Group | null, when: readonly unknown[]): void {
  useEffect(() => setGroup(name, group), when);
  useEffect(() => () => setGroup(name, null), []);
}

// The same in every style, so that a change of style leaves the state of the map alone.
const STARTED_S = Math.floor(Date.now() / 1000);

export function compose(of: Readonly<Record<string, Group>>, fonts: readonly string[]): StyleSpecification {
  const shown = Object.entries(of).flatMap(([name, group]) => (hidden.value.has(name) ? [] : [group]));
  const ordered = shown.sort((a, b) => a.slot - b.slot);
  return {
    version: 8,
    // No glyphs: labels are drawn from the client's own fonts.
    "font-faces": undefined,
    sources: Object.assign({}, ...ordered.map((g) => g.sources ?? {})) as Record<string, SourceSpecification>,
    layers: ordered.flatMap((g) => g.layers).map((l) => withFont(l, fonts)),
    state: { now: { default: STARTED_S } },
    transition: { duration: 0, delay: 0 },
  } as StyleSpecification;
}

function withFont(layer: LayerSpecification, fonts: readonly string[]): LayerSpecification {
  if (layer.type !== "symbol" || !layer.layout?.["text-field"]) return layer;
  return { ...layer, layout: { "text-font": [...fonts], ...layer.layout } };
}
