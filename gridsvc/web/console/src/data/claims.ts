// What two units that dispute a case have of the ground about it: boundary streets with their owners, and the areas of each.
import { get } from "./api";
import type { Case, Request } from "./cases";

export interface Shape { properties: { code: string; name: string; name_en?: string | null; unit?: string | null; owner?: string | null; wording?: string | null }; geometry: GeoJSON.Geometry }
export interface Claim { side: "A" | "B"; unit: string; shapes: readonly Shape[] }
export interface Ground { streets: readonly Shape[]; claims: readonly Claim[] }

const NEAR_DEG = 0.0012;
const LAYERS = ["grid", "street"] as const;

/** The areas of a side: of the lowest layer in which it has any, so that a street does not cover its grids. */
export function claimed(byLayer: readonly (readonly Shape[])[], unit: string | null | undefined): readonly Shape[] {
  if (!unit) return [];
  return byLayer.map((shapes) => shapes.filter((s) => s.properties.unit === unit)).find((own) => own.length > 0) ?? [];
}

/** The grid of a unit's own where the point lies says more than all grids of that unit near it. */
export function narrowed(shapes: readonly Shape[], here: string | undefined): readonly Shape[] {
  const own = shapes.filter((s) => s.properties.code === here);
  return own.length ? own : shapes;
}

export async function readGround(one: Case, request: Request | undefined, has: (layer: string) => boolean): Promise<Ground> {
  const { lon, lat } = one.point;
  const bbox = [lon - NEAR_DEG, lat - NEAR_DEG, lon + NEAR_DEG, lat + NEAR_DEG].map((v) => v.toFixed(6)).join(",");
  const near = async (layer: string): Promise<readonly Shape[]> =>
    (has(layer) ? (await get<{ features: Shape[] }>("/v1/areas", { layer, bbox, limit: 200, edition: one.decision.edition })).features : []);
  const [streets, ...byLayer] = await Promise.all([near("boundary_street"), ...LAYERS.map(near)]);
  const side = (name: "A" | "B", unit: string | null | undefined): Claim => ({ side: name, unit: unit ?? "", shapes: narrowed(claimed(byLayer, unit), one.decision.areas["grid"]?.code) });
  return { streets: streets ?? [], claims: [side("A", one.decision.accountable?.unit), side("B", request?.proposed?.unit)].filter((c) => c.unit) };
}
