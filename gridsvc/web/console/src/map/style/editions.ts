// What is drawn of an edition that is not the one that holds: its lines, what was found on it, what changed.
import type { FeatureCollection, Geometry } from "geojson";
import type { LayerSpecification } from "maplibre-gl";
import type { Colours } from "../tokens";
import { tiles } from "./ground";
import { SLOT, type Group } from "./groups";

export interface Drawn { id: string; look: string; shape: Geometry }

const LINES: readonly (readonly [string, number, number])[] = [["unit_grid", 0.8, 13.5], ["grid", 1.8, 11.5], ["street", 2.5, 9]];

/** The lines of a draft over those that hold; the hash keeps tiles of before it was drawn in away. */
export function draftLines(c: Colours, edition: string, hash: string): Group {
  const sources = Object.fromEntries(LINES.map(([layer]) => [
    `draft-${layer}`, { type: "vector" as const, tiles: [`${tiles(layer, edition)}&v=${hash.slice(0, 12)}`], maxzoom: 16 },
  ]));
  const layers = LINES.map(([layer, width, minzoom]): LayerSpecification => ({
    id: `draft-${layer}`, type: "line", source: `draft-${layer}`, "source-layer": layer, minzoom,
    paint: { "line-color": c("accent"), "line-width": width, "line-opacity": 0.8 },
  }));
  return { slot: SLOT.bands, sources, layers };
}

function collection(of: readonly Drawn[]): FeatureCollection {
  return { type: "FeatureCollection", features: of.map(({ id, look, shape }) => ({ type: "Feature", properties: { id, look }, geometry: shape })) };
}

// Colour by what it is; crimson is for lateness alone. Each look also stands as a word in the list.
const LOOKS: Readonly<Record<string, string>> = {
  error: "text", warning: "control", moved: "phase-unit", split: "phase-unit", merge: "phase-unit", mixed: "phase-unit",
  new: "lane-line", gone: "more-3", other: "control", case: "phase-stopped",
};

/** Shapes in their looks, one of them chosen; `old` are dashed beneath. */
export function shapes(c: Colours, of: readonly Drawn[], old: readonly Drawn[], chosen: readonly Drawn[]): Group {
  const colour = ["match", ["get", "look"], ...Object.entries(LOOKS).flatMap(([look, token]) => [look, c(token)]), c("control")];
  const plain = { "line-color": colour, "line-width": 2 } as Record<string, unknown>;
  const layers = [
    { id: "shape-fill", type: "fill", source: "shape", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": 0.18 } },
    { id: "shape-old", type: "line", source: "shape-old", paint: { "line-color": c("muted"), "line-width": 1.5, "line-dasharray": [3, 2] } },
    { id: "shape-line", type: "line", source: "shape", filter: ["!=", ["geometry-type"], "Point"], paint: plain },
    { id: "shape-point", type: "circle", source: "shape", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": colour, "circle-radius": 5, "circle-stroke-color": c("land"), "circle-stroke-width": 2 } },
    { id: "shape-halo", type: "line", source: "shape-chosen", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": c("land"), "line-width": 8 } },
    { id: "shape-chosen", type: "line", source: "shape-chosen", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": c("focus"), "line-width": 3 } },
    { id: "shape-spot", type: "circle", source: "shape-chosen", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": "transparent", "circle-radius": 12, "circle-stroke-color": c("focus"), "circle-stroke-width": 3 } },
  ] as unknown as LayerSpecification[];
  const source = (data: readonly Drawn[]) => ({ type: "geojson" as const, data: collection(data) });
  return { slot: SLOT.selection, sources: { shape: source(of), "shape-old": source(old), "shape-chosen": source(chosen) }, layers };
}
