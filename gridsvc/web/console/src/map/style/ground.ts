// The ground: land, roads by tier, the viaduct's deck. Nearly monochrome, so that what happens on it leads.
import type { ExpressionSpecification, LayerSpecification, SourceSpecification } from "maplibre-gl";
import { SLOT, type Group } from "./groups";
import { label, source, type Look } from "./look";

export { tiles } from "./look";

interface Tier { name: string; from: number; z12: number; z18: number }

export const TIERS: readonly Tier[] = [
  { name: "expressway", from: 9, z12: 2, z18: 14 },
  { name: "arterial", from: 11, z12: 1.6, z18: 11 },
  { name: "secondary", from: 12, z12: 1.2, z18: 9 },
  { name: "branch", from: 13.5, z12: 0.8, z18: 6 },
  { name: "alley", from: 14.5, z12: 0.5, z18: 3.5 },
];

function byTier(of: (tier: Tier) => number, other: number): ExpressionSpecification {
  return ["match", ["get", "tier"], ...TIERS.flatMap((tier) => [tier.name, of(tier)]), other] as unknown as ExpressionSpecification;
}

/** Width of a road at a zoom, with so many pixels more. */
function width(more: number): ExpressionSpecification {
  return ["interpolate", ["exponential", 1.38], ["zoom"], 12, byTier((t) => t.z12 + more, 1 + more), 18, byTier((t) => t.z18 + more, 7 + more)];
}

const shown: ExpressionSpecification = [">=", ["zoom"], byTier((t) => t.from, 13)];
// What is above crosses over what is below.
const order = byTier((t) => TIERS.length - TIERS.indexOf(t), 0);

export function land(look: Look): Group {
  return { slot: SLOT.land, layers: [{ id: "land", type: "background", paint: { "background-color": look.c("land") } }] };
}

/** The base map of the edition, one file that is read by ranges. */
const base = (look: Look): SourceSpecification => ({ type: "vector", url: `pmtiles://${location.origin}/tiles/base.pmtiles?edition=${encodeURIComponent(look.edition)}` });

export function roads(look: Look): Group {
  const ground = (name: string, minzoom: number): LayerSpecification => ({
    id: `base-${name}`, type: "fill", source: "base", "source-layer": name, minzoom, paint: { "fill-color": look.c(name) },
  });
  const line = (id: string, token: string, more: number): LayerSpecification => ({
    id, type: "line", source: "base", "source-layer": "road", filter: shown,
    layout: { "line-cap": "round", "line-join": "round", "line-sort-key": order },
    paint: { "line-color": look.c(token), "line-width": width(more) },
  });
  return {
    slot: SLOT.roads,
    sources: { base: base(look) },
    layers: [ground("water", 0), ground("green", 10), line("road-casing", "road-casing", 2), line("road", "road", 0), ground("building", 16)],
  };
}

export function roadNames(look: Look): Group {
  return {
    slot: SLOT.components - 6,
    // The base map has no English names; the layer of lanes has.
    sources: { lane: source("lane", look) },
    layers: [label(look, "road-name", "lane", "lane", 12, "muted", {
      minzoom: 14, filter: shown,
      layout: { "symbol-placement": "line", "symbol-spacing": 400, "text-max-angle": 30, "text-padding": 8 },
    })],
  };
}

/** Lanes with a chief of their own: a line in the middle of the road. */
export function lanes(look: Look): Group {
  return {
    slot: SLOT.lanes,
    sources: { lane: source("lane", look) },
    layers: [{
      id: "lane-line", type: "line", source: "lane", "source-layer": "lane", minzoom: 11,
      paint: { "line-color": look.c("lane-line"), "line-width": 2 * look.scale },
    }],
  };
}
