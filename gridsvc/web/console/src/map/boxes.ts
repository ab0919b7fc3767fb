// The box of shapes, and a camera that goes where one of them is when somebody walks through a list.
import type { Geometry, Position } from "geojson";
import { fit, flyTo, map } from "./camera";

export type Box = [number, number, number, number];

function grow(box: Box, at: Position): void {
  const [lon = 0, lat = 0] = at;
  box[0] = Math.min(box[0], lon);
  box[1] = Math.min(box[1], lat);
  box[2] = Math.max(box[2], lon);
  box[3] = Math.max(box[3], lat);
}

function walk(coordinates: unknown, box: Box): void {
  if (!Array.isArray(coordinates)) return;
  if (typeof coordinates[0] === "number") grow(box, coordinates as Position);
  else for (const inner of coordinates) walk(inner, box);
}

/** The box around shapes in degrees; null where there are none. */
export function boxOf(shapes: readonly (Geometry | null | undefined)[]): Box | null {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const shape of shapes) {
    if (shape?.type === "GeometryCollection") for (const inner of shape.geometries) walk("coordinates" in inner ? inner.coordinates : [], box);
    else if (shape) walk(shape.coordinates, box);
  }
  return box[0] <= box[2] ? box : null;
}

/** Whether any part of a box is on the map now. */
export function inView(box: Box | null): boolean {
  const on = map.value?.getBounds();
  if (!on || !box) return false;
  return box[0] <= on.getEast() && box[2] >= on.getWest() && box[1] <= on.getNorth() && box[3] >= on.getSouth();
}

/** Go there: a small thing large enough to be seen, a large one whole. */
export function lookAt(box: Box | null): void {
  if (!box) return;
  if (box[0] === box[2] && box[1] === box[3]) flyTo(box[0], box[1], 17);
  else fit(box);
}
