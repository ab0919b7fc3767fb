// Cases by their clocks: quiet in time, and shape before colour where it is late. Clocks go on without events: `now` is a
// state of the style, in seconds, that steps each half minute.
import type { ExpressionSpecification, LayerSpecification, SourceSpecification } from "maplibre-gl";
import { SLOT, type Group } from "./groups";
import type { Look } from "./look";

const NOW: ExpressionSpecification = ["global-state", "now"];
const reached = (instant: string): ExpressionSpecification => ["all", ["has", instant], [">=", NOW, ["get", instant]]];

/** ok | soon | overdue | stopped | undecided | done, of a feature with phase, stopped, soon_at and due_at. */
export const STATE: ExpressionSpecification = [
  "case", ["==", ["get", "phase"], "finished"], "done", ["==", ["get", "phase"], "undecided"], "undecided",
  ["==", ["get", "stopped"], true], "stopped", reached("due_at"), "overdue", reached("soon_at"), "soon", "ok",
];
const PHASE: ExpressionSpecification = ["concat", "phase-", ["get", "phase"]];
const RANK: ExpressionSpecification = ["match", STATE, "done", 0, "ok", 1, "stopped", 2, "soon", 3, "overdue", 4, 5];

const many: ExpressionSpecification = ["has", "n"];
const hidden: ExpressionSpecification = ["boolean", ["feature-state", "hot"], false];

export type By = "clock" | "phase";

/** Marks of one source: that of the tiles, or of what just happened. */
export function marks(look: Look, by: By, prefix: string, at: { source: string; "source-layer"?: string }, tiled: boolean): LayerSpecification[] {
  const opacity = tiled ? (["case", hidden, 0, 1] as ExpressionSpecification) : 1;
  const one: ExpressionSpecification = ["!", many];
  const quiet: ExpressionSpecification = ["match", STATE, ["ok", "done"], true, false];
  const layers: LayerSpecification[] = [];
  if (by === "clock") {
    layers.push({
      id: `${prefix}-disc`, type: "circle", ...at, filter: ["all", one, quiet],
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 4.5 * look.scale, 15, 6.5 * look.scale],
        "circle-color": ["case", ["==", STATE, "done"], look.c("land"), look.c("ok-mark")],
        "circle-stroke-width": 2, "circle-stroke-color": ["case", ["==", STATE, "done"], look.c("stopped-mark"), look.c("land")],
        "circle-opacity": opacity, "circle-stroke-opacity": opacity,
      },
    });
  }
  layers.push({
    id: `${prefix}-mark`, type: "symbol", ...at, filter: by === "clock" ? ["all", one, ["!", quiet]] : one,
    layout: {
      "icon-image": by === "clock" ? ["concat", "clock-", STATE] : PHASE, "icon-size": look.scale, "icon-allow-overlap": true, "icon-ignore-placement": false,
      "symbol-sort-key": RANK, "symbol-z-order": "source",
    },
    paint: { "icon-opacity": opacity },
  });
  return layers;
}

/** Below z12 and where there are too many: how many, with the late ones in a corner. */
function counts(look: Look): LayerSpecification[] {
  const at = { source: "cases", "source-layer": "cases" } as const;
  const late: ExpressionSpecification = ["all", many, [">", ["coalesce", ["get", "overdue"], 0], 0]];
  return [
    {
      id: "cases-many", type: "circle", ...at, filter: many,
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["ln", ["max", 1, ["get", "n"]]], 0, 11 * look.scale, 7, 19 * look.scale],
        "circle-color": look.c("surface"), "circle-stroke-color": look.c("ok-mark"), "circle-stroke-width": 2 * look.scale,
      },
    },
    {
      id: "cases-n", type: "symbol", ...at, filter: many,
      layout: { "text-field": ["to-string", ["get", "n"]], "text-size": 14 * look.scale, "text-allow-overlap": true, "text-ignore-placement": true },
      paint: { "text-color": look.c("text") },
    },
    {
      id: "cases-late", type: "symbol", ...at, filter: late,
      layout: {
        "icon-image": "corner", "icon-text-fit": "both", "icon-text-fit-padding": [1, 4, 1, 4], "icon-allow-overlap": true, "icon-ignore-placement": true,
        "text-field": ["to-string", ["get", "overdue"]], "text-size": 12 * look.scale, "text-offset": [1.3, -1.2], "text-allow-overlap": true, "text-ignore-placement": true,
      },
      paint: { "text-color": look.c("land") },
    },
  ];
}

export function cases(look: Look, by: By, query: string): { discs: Group; marks: Group } {
  const tiles: SourceSpecification = {
    type: "vector", tiles: [`${location.origin}/tiles/cases/{z}/{x}/{y}${query ? `?${query}` : ""}`], maxzoom: 16, promoteId: "id",
  };
  const all = marks(look, by, "case", { source: "cases", "source-layer": "cases" }, true);
  // Discs are no symbols and keep no room: names of areas stand above them in their halo, and below the marks of what is late.
  const below = (layer: LayerSpecification) => layer.type === "circle";
  return {
    discs: { slot: SLOT.components + 4, sources: { cases: tiles }, layers: all.filter(below) },
    marks: { slot: SLOT.cases, sources: { cases: tiles }, layers: [...counts(look), ...all.filter((layer) => !below(layer))] },
  };
}
