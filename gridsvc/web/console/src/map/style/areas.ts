// Lines and names of areas. An edge that several layers share is drawn once, as the highest of those that are shown.
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { SLOT, type Group } from "./groups";
import { label, source, type Look } from "./look";

// Under the marks: what is placed first from above keeps its room, and marks win over names.
export const NAMES = SLOT.components + 5;

interface Level { name: string; from: number; px: number; token: string; dash?: [number, number]; label?: { from: number; px: number } }

/** From the highest down. */
export const LEVELS: readonly Level[] = [
  { name: "district", from: 0, px: 3, token: "district-line" },
  { name: "street", from: 9, px: 2.5, token: "district-line", label: { from: 10.5, px: 14 } },
  { name: "community", from: 12.5, px: 1.5, token: "grid-line", dash: [6, 3], label: { from: 13.5, px: 12 } },
  { name: "grid", from: 11.5, px: 2, token: "grid-line", label: { from: 12.5, px: 14 } },
  { name: "unit_grid", from: 13.5, px: 0.8, token: "unit-line", label: { from: 16, px: 12 } },
];

/** As which level an edge is drawn: its own where that is shown, else the next below that is; null for none. */
export function drawnAs(level: string, shown: ReadonlySet<string>): string | null {
  const at = LEVELS.findIndex((l) => l.name === level);
  return LEVELS.slice(Math.max(at, 0)).find((l) => shown.has(l.name))?.name ?? null;
}

export function edges(look: Look, shown: ReadonlySet<string>): Group {
  const layers = LEVELS.filter((l) => shown.has(l.name)).reverse().flatMap((l): LayerSpecification[] => {
    const drawn = LEVELS.map((o) => o.name).filter((name) => drawnAs(name, shown) === l.name);
    const line = (id: string, token: string, px: number, more: object): LayerSpecification => ({
      id, type: "line", source: "edges", "source-layer": "edges", minzoom: l.from, filter: ["match", ["get", "level"], drawn, true, false],
      layout: { "line-join": "round" },
      paint: { "line-color": look.c(token), "line-width": px * look.scale, ...more },
    });
    const fading: ExpressionSpecification = ["interpolate", ["linear"], ["zoom"], 13.5, 0, 14, 1];
    const top = line(`edge-${l.name}`, l.token, l.px, {
      ...(l.dash ? { "line-dasharray": l.dash.map((n) => n / l.px) } : {}), ...(l.name === "unit_grid" ? { "line-opacity": fading } : {}),
    });
    const haloed = l.name === "street" || l.name === "grid" || l.name === "district";
    return haloed ? [line(`edge-${l.name}-halo`, "land", l.px + 2.5, { "line-opacity": 0.7 }), top] : [top];
  });
  return { slot: SLOT.areas, sources: { edges: source("edges", look) }, layers };
}

/** What lights up under the pointer: the grid as soon as it has a name, from close by the unit grid; its ground is there to be hit and not seen. */
export function hover(look: Look, shown: ReadonlySet<string>): Group {
  const levels = ([["grid", 12.5, 15.5], ["unit_grid", 15.5, 24]] as const).filter(([name]) => shown.has(name));
  // A line without width is not drawn at all; one that is transparent is drawn like any other.
  const wide: ExpressionSpecification = ["case", ["boolean", ["feature-state", "hover"], false], 2 * look.scale, 0];
  const layers = levels.flatMap(([name, minzoom, maxzoom]): LayerSpecification[] => {
    const at = { source: `area-${name}`, "source-layer": name, minzoom, maxzoom };
    return [
      { id: `hit-${name}`, type: "fill", ...at, paint: { "fill-opacity": 0 } },
      { id: `hover-${name}`, type: "line", ...at, paint: { "line-color": look.c("focus"), "line-width": wide } },
    ];
  });
  return { slot: SLOT.areas + 1, sources: Object.fromEntries(levels.map(([name]) => [`area-${name}`, source(name, look)])), layers };
}

/** One name an area, at the point inside it that the tiles bring. */
export function areaNames(look: Look, shown: ReadonlySet<string>): Group {
  const named = LEVELS.filter((l) => l.label && shown.has(l.name));
  const code: ExpressionSpecification = ["get", "code"];
  const short: ExpressionSpecification = ["slice", code, ["-", ["length", code], 3]];
  const layers = [...named].reverse().map((l) => label(look, `name-${l.name}`, `area-${l.name}`, `${l.name}_label`, l.label!.px, l.name === "unit_grid" ? "muted" : l.token, {
    minzoom: l.label!.from,
    ...(l.name === "street" ? { maxzoom: 14.5 } : l.name === "grid" ? { maxzoom: 18 } : {}),
    layout: l.name === "unit_grid" ? { "text-field": ["step", ["zoom"], short, 17.5, code] } : {},
  }));
  return { slot: NAMES + 1, sources: Object.fromEntries(named.map((l) => [`area-${l.name}`, source(l.name, look)])), layers };
}
