// Heat on the map: fixed classes as fills below the lines, few cases hatched, unknown dotted. Areas come from the area
// tiles and are coloured by their state; the cells of a lattice are shapes of their own.
import type { ExpressionSpecification, GeoJSONSourceSpecification, SourceSpecification } from "maplibre-gl";
import { NEW } from "../../data/heat-classes";
import type { Colours } from "../tokens";
import { tiles } from "./ground";
import { SLOT, type Group } from "./groups";

export const HEAT = [1, 2, 3, 4, 5, 6].map((n) => `heat-${n}`);
export const DIFFERENCE = ["less-3", "less-2", "less-1", "same", "more-1", "more-2", "more-3"];
export const SOURCE = "heat-cells";

export interface Drawn { at: number; few: boolean }
export interface Lattice { outline: readonly (readonly [number, number])[]; cells: readonly { code: string; x: number; y: number }[] }

// A cell's own words where it is a shape of ours, else what it was told to be.
const said = (name: string, otherwise: number | boolean): ExpressionSpecification => ["coalesce", ["feature-state", name], ["get", name], otherwise];

export function heatGroup(c: Colours, ramp: readonly string[], source: SourceSpecification, layer?: string): Group {
  const from = { source: SOURCE, ...(layer ? { "source-layer": layer } : {}) };
  const fill = ["match", said("at", -1), ...ramp.flatMap((token, at) => [at, c(token)]), c("land")] as unknown as ExpressionSpecification;
  const when = (test: ExpressionSpecification): ExpressionSpecification => ["case", test, 1, 0];
  return {
    slot: SLOT.heat,
    sources: { [SOURCE]: source },
    layers: [
      { id: "heat-fill", type: "fill", ...from, paint: { "fill-color": fill, "fill-opacity": when([">=", said("at", -1), 0]), "fill-antialias": false } },
      { id: "heat-few", type: "fill", ...from, paint: { "fill-pattern": "heat-hatch", "fill-opacity": when(["all", said("few", false), [">=", said("at", -1), 0]] as unknown as ExpressionSpecification) } },
      { id: "heat-unknown", type: "fill", ...from, paint: { "fill-pattern": "heat-dots", "fill-opacity": when(["==", said("at", -1), -2]) } },
      { id: "heat-new", type: "fill", ...from, paint: { "fill-pattern": "heat-plus", "fill-opacity": ["case", ["==", said("at", -1), NEW], 0.45, 0] } },
    ],
  };
}

export const areaSource = (layer: string, edition: string): SourceSpecification => ({
  type: "vector", tiles: [tiles(layer, edition)], maxzoom: 16, promoteId: "code",
});

export function latticeSource(of: Lattice, drawn: ReadonlyMap<string, Drawn>): GeoJSONSourceSpecification {
  const features = of.cells.map((cell) => {
    const ring = of.outline.map(([dx, dy]) => [cell.x + dx, cell.y + dy]);
    return {
      type: "Feature" as const, properties: { code: cell.code, ...drawn.get(cell.code) },
      geometry: { type: "Polygon" as const, coordinates: [[...ring, ring[0] as number[]]] },
    };
  });
  return { type: "geojson", data: { type: "FeatureCollection", features } };
}

export type Kind = "hatch" | "dots" | "plus";

/** A pattern of 12 by 12 pixels: lines rising to the right, dots, or crosses. */
export function pattern(kind: Kind, colour: string): ImageData | null {
  const size = 12;
  const draw = Object.assign(document.createElement("canvas"), { width: size, height: size }).getContext("2d");
  if (!draw) return null;
  draw.strokeStyle = draw.fillStyle = colour;
  if (kind === "dots") draw.fillRect(5, 5, 2, 2);
  if (kind === "plus") {
    draw.fillRect(2.5, 5.25, 7, 1.5);
    draw.fillRect(5.25, 2.5, 1.5, 7);
  }
  for (const shift of kind === "hatch" ? [-size, 0, size] : []) {
    draw.moveTo(shift - 1, size + 1);
    draw.lineTo(shift + size + 1, -1);
  }
  draw.stroke();
  return draw.getImageData(0, 0, size, size);
}
