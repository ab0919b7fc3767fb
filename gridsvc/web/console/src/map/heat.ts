// Puts heat on the map while a screen shows it, and takes it away again.
import type { Map as MapLibre } from "maplibre-gl";
import { useEffect, useMemo } from "preact/hooks";
import { map } from "./stage";
import { colours } from "./tokens";
import { hidden, useGroup } from "./style/groups";
import { areaSource, DIFFERENCE, HEAT, heatGroup, latticeSource, pattern, SOURCE, type Drawn, type Lattice } from "./style/heat";

export interface HeatOnMap {
  /** The layer whose areas are coloured, or cells of their own. */
  layer: string;
  edition: string;
  lattice?: Lattice | undefined;
  drawn: ReadonlyMap<string, Drawn>;
  difference: boolean;
}

const MARKS: ReadonlySet<string> = new Set(["cases", "case-discs", "components"]);
const NOTHING: ReadonlyMap<string, Drawn> = new Map();

export function useHeat(heat: HeatOnMap | null): void {
  const c = colours.value;
  const [layer, edition, lattice, difference] = [heat?.layer, heat?.edition, heat?.lattice, heat?.difference];
  const drawn = heat?.drawn ?? NOTHING;
  // Areas keep their source while only their state changes.
  const shapes = lattice ? drawn : null;
  const group = useMemo(() => {
    if (!layer || !edition) return null;
    const ramp = difference ? DIFFERENCE : HEAT;
    return lattice ? heatGroup(c, ramp, latticeSource(lattice, drawn)) : heatGroup(c, ramp, areaSource(layer, edition), layer);
  }, [c, layer, edition, lattice, difference, shapes]);
  useGroup("heat", group, [group]);
  useEffect(() => {
    hidden.value = MARKS;
    return () => void (hidden.value = new Set());
  }, []);
  const on = map.value;
  useEffect(() => (on ? patterns(on, c("muted")) : undefined), [on, c]);
  useEffect(() => (on && layer && !lattice ? states(on, layer, drawn) : undefined), [on, layer, lattice, drawn, group]);
}

function patterns(on: MapLibre, colour: string): () => void {
  const add = () => {
    for (const kind of ["hatch", "dots", "plus"] as const) {
      const image = pattern(kind, colour);
      if (!image) continue;
      if (on.hasImage(`heat-${kind}`)) on.updateImage(`heat-${kind}`, image);
      else on.addImage(`heat-${kind}`, image);
    }
  };
  add();
  const missing = ({ id }: { id: string }) => id.startsWith("heat-") && add();
  on.on("styleimagemissing", missing);
  return () => on.off("styleimagemissing", missing);
}

function states(on: MapLibre, layer: string, drawn: ReadonlyMap<string, Drawn>): () => void {
  const tell = () => {
    if (!on.getSource(SOURCE)) return;
    on.off("styledata", tell);
    on.removeFeatureState({ source: SOURCE, sourceLayer: layer });
    for (const [id, state] of drawn) on.setFeatureState({ source: SOURCE, sourceLayer: layer, id }, state);
  };
  on.on("styledata", tell);
  tell();
  return () => on.off("styledata", tell);
}
