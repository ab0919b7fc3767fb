// The areas in which a point may lie, outlined on the map: the first solid, the second dashed, the third dotted, with how likely each is.
import type { Option } from "../data/candidates";
import type { Case } from "../data/cases";
import { SLOT, useGroup } from "../map/style/groups";
import { tiles } from "../map/style/ground";
import { colours } from "../map/tokens";
import { percent } from "../words/format";

const DASHES = [[1], [3, 2], [0.5, 1.5], [6, 2]];

export function Outlines({ one, options, chosen }: { one: Case; options: readonly Option[]; chosen: Option | null }) {
  const c = colours.value;
  const areas = options.map((o, i) => ({ o, i })).filter(({ o }) => o.area !== null);
  const layer = areas[0]?.o.area?.layer;
  useGroup("candidates", layer ? {
    slot: SLOT.uncertainty,
    sources: { candidates: { type: "vector", tiles: [tiles(layer, one.decision.edition)], maxzoom: 16 } },
    layers: areas.flatMap(({ o, i }) => [
      { id: `candidate-line-${i}`, type: "line" as const, source: "candidates", "source-layer": layer, filter: ["==", ["get", "code"], o.area?.code ?? ""] as never, paint: { "line-color": c("focus"), "line-width": chosen?.unit === o.unit ? 4 : 2.5, "line-dasharray": DASHES[i] ?? [1] } },
      { id: `candidate-name-${i}`, type: "symbol" as const, source: "candidates", "source-layer": `${layer}_label`, filter: ["==", ["get", "code"], o.area?.code ?? ""] as never, layout: { "text-allow-overlap": true, "text-field": `${i + 1} \u00B7 ${percent(o.p ?? 0, 0)}`, "text-size": 16 }, paint: { "text-color": c("focus"), "text-halo-color": c("land"), "text-halo-width": 2 } },
    ]),
  } : null, [one.id, options, chosen, c]);
  return null;
}
