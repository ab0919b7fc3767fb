// Drawing on the map: the vertices of an area are dragged, those between them are pulled out, clicks go to whoever draws.
import type { MapGeoJSONFeature, MapLayerMouseEvent, MapLayerTouchEvent, MapMouseEvent, MapTouchEvent } from "maplibre-gl";
import type { Feature, Point } from "geojson";
import { useEffect } from "preact/hooks";
import type { Area } from "../data/editions";
import { map } from "./camera";
import { perDegree, type LonLat } from "./geo";
import { takeClicks } from "./picked";
import { corners, snap, type Snap } from "./rings";
import { SLOT, type Group } from "./style/groups";
import type { Colours } from "./tokens";

const REACH_PX = 10;

/** How many metres a hand's width on the screen is. */
function reach_m(lat: number): number {
  const zoom = map.peek()?.getZoom() ?? 16;
  return (REACH_PX * 40_075_016.7 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** zoom);
}

export const caught = (at: LonLat, areas: Iterable<Area>, own: LonLat | null): Snap => snap(at, areas, own, perDegree, reach_m(at[1]));

/** A step of so many metres east and north. */
export function stepped([lon, lat]: LonLat, east_m: number, north_m: number): LonLat {
  const { lon_m, lat_m } = perDegree(lat);
  return [lon + east_m / lon_m, lat + north_m / lat_m];
}

export interface Hand {
  /** The vertex of this number is taken hold of; the one between it and the next where `between`. */
  grab: (n: number, between: boolean) => void;
  drag: (at: LonLat) => void;
  drop: () => void;
  click: (at: LonLat) => void;
}

// The hand of now; the map's listeners stay the same.
const hands: { at: Hand | null } = { at: null };

/** Clicks and drags of the map go to a hand while a component is shown. */
export function useHand(hand: Hand): void {
  hands.at = hand;
  useEffect(() => {
    const on = map.value;
    if (!on) return;
    let held = false;
    let grabbed_ms = 0;
    const start = (between: boolean) => (e: MapLayerMouseEvent | MapLayerTouchEvent) => {
      // Of vertices close together the nearest is meant, not the one that was drawn last.
      const far = (f: MapGeoJSONFeature): number => {
        const at = on.project((f.geometry as Point).coordinates as [number, number]);
        return Math.hypot(at.x - e.point.x, at.y - e.point.y);
      };
      const [nearest] = [...(e.features ?? [])].sort((a, b) => far(a) - far(b));
      const n = nearest?.properties["n"] as number | undefined;
      if (n === undefined || ("points" in e && e.points.length > 1) || held) return;
      e.preventDefault();
      held = true;
      grabbed_ms = Date.now();
      hands.at?.grab(n, between);
    };
    const move = (e: MapMouseEvent | MapTouchEvent) => held && hands.at?.drag([e.lngLat.lng, e.lngLat.lat]);
    const end = () => {
      if (held) hands.at?.drop();
      held = false;
    };
    const [corner, between] = [start(false), start(true)];
    const stop = takeClicks((lon, lat) => {
      // The click at the end of taking hold of a vertex is no click on the ground.
      if (Date.now() - grabbed_ms > 400) hands.at?.click([lon, lat]);
    });
    for (const kind of ["mousedown", "touchstart"] as const) {
      on.on(kind, "draw-corner", corner as never);
      on.on(kind, "draw-between", between as never);
    }
    for (const kind of ["mousemove", "touchmove"] as const) on.on(kind, move as never);
    for (const kind of ["mouseup", "touchend", "touchcancel"] as const) on.on(kind, end);
    return () => {
      stop();
      for (const kind of ["mousedown", "touchstart"] as const) {
        on.off(kind, "draw-corner", corner as never);
        on.off(kind, "draw-between", between as never);
      }
      for (const kind of ["mousemove", "touchmove"] as const) on.off(kind, move as never);
      for (const kind of ["mouseup", "touchend", "touchcancel"] as const) on.off(kind, end);
    };
  }, [map.value]);
}

/** What is drawn: the area with its vertices, the others that change with it, and a line that is begun. */
export function drawing(c: Colours, area: Area | null, active: number | null, others: readonly Area[], begun: readonly LonLat[]): Group {
  const points: Feature[] = [];
  (area ? corners(area) : []).forEach(({ at, next }, n) => {
    points.push({ type: "Feature", properties: { n, kind: "corner", active: n === active }, geometry: { type: "Point", coordinates: [...at] } });
    points.push({ type: "Feature", properties: { n, kind: "between" }, geometry: { type: "Point", coordinates: [(at[0] + next[0]) / 2, (at[1] + next[1]) / 2] } });
  });
  for (const at of begun) points.push({ type: "Feature", properties: { kind: "begun" }, geometry: { type: "Point", coordinates: [...at] } });
  if (begun.length > 1) points.push({ type: "Feature", properties: { kind: "line" }, geometry: { type: "LineString", coordinates: begun.map((p) => [...p]) } });
  const source = (features: readonly Feature[]) => ({ type: "geojson" as const, data: { type: "FeatureCollection" as const, features: [...features] } });
  const kind = (name: string) => ["==", ["get", "kind"], name] as never;
  return {
    slot: SLOT.draw,
    sources: { "draw-area": source(area ? [area] : []), "draw-others": source(others), "draw-points": source(points) },
    layers: [
      { id: "draw-others", type: "line", source: "draw-others", paint: { "line-color": c("phase-unit"), "line-width": 2, "line-dasharray": [2, 1] } },
      { id: "draw-fill", type: "fill", source: "draw-area", paint: { "fill-color": c("focus"), "fill-opacity": 0.1 } },
      { id: "draw-halo", type: "line", source: "draw-area", paint: { "line-color": c("land"), "line-width": 7 } },
      { id: "draw-line", type: "line", source: "draw-area", paint: { "line-color": c("focus"), "line-width": 3 } },
      { id: "draw-begun", type: "line", source: "draw-points", filter: kind("line"), paint: { "line-color": c("focus"), "line-width": 3, "line-dasharray": [2, 1] } },
      { id: "draw-between", type: "circle", source: "draw-points", minzoom: 14, filter: kind("between"), paint: { "circle-radius": 4, "circle-color": c("land"), "circle-stroke-color": c("focus"), "circle-stroke-width": 1.5, "circle-opacity": 0.9 } },
      { id: "draw-corner", type: "circle", source: "draw-points", filter: ["any", kind("corner"), kind("begun")], paint: { "circle-radius": ["case", ["boolean", ["get", "active"], false], 8, 6], "circle-color": ["case", ["boolean", ["get", "active"], false], c("focus"), c("land")], "circle-stroke-color": ["case", ["boolean", ["get", "active"], false], c("land"), c("focus")], "circle-stroke-width": 2.5 } },
    ],
  };
}
