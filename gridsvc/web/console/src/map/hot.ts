// What just happened, at once: events go into a small layer of their own, and the tiles they touched are read anew at most
// every five seconds. Until then the tile's copy of such a case is hidden.
import type { Map as MapLibre } from "maplibre-gl";
import { effect, signal } from "@preact/signals";
import { query } from "../app/route";
import { isOver, statuses, filtersOf } from "../data/filters";
import { listen, type CaseEvent } from "../data/stream";
import { phaseOf } from "../data/titles";
import { quick } from "./camera";
import { groupOfHot, Touched } from "./touched";
import { lookOf, on } from "./shown";
import { setGroup } from "./style/groups";
import { colours } from "./tokens";

const MOST = 500;
const REFRESH_MS = 5000;
const DRAW_MS = 150;
const TILES_TO = 16;

const hot = new Map<string, GeoJSON.Feature>();
const drawn = signal(0);

function belongs(told: CaseEvent): boolean {
  const filters = filtersOf(query.peek());
  const has = (name: string, value: string | null) => !filters[name] || filters[name].split(",").includes(value ?? "");
  // Of street, grid and clock an event says nothing: those wait for the tile.
  const unsaid = ["street", "grid", "clock", "source", "from", "to"].some((name) => filters[name]);
  return !unsaid && !isOver(told.status) && statuses(filters).includes(told.status) && has("unit", told.unit) && has("category", told.category);
}

/** Where a case was drawn, as far as its tile is here: what an event does not say stays as it was. */
function before(map: MapLibre, id: string): Record<string, unknown> {
  if (!map.getSource("cases")) return {};
  return map.querySourceFeatures("cases", { sourceLayer: "cases", filter: ["==", ["get", "id"], id] })[0]?.properties ?? {};
}

function ring(map: MapLibre, lon: number, lat: number): void {
  if (!quick()) return;
  const { x, y } = map.project([lon, lat]);
  const made = document.createElement("div");
  made.className = "new-ring";
  made.style.left = `${x}px`;
  made.style.top = `${y}px`;
  made.addEventListener("animationend", () => made.remove());
  map.getContainer().append(made);
}

export function startHot(map: MapLibre): () => void {
  const touched = new Touched();
  let timer = 0;
  let drawing = 0;
  let refreshedAt = 0;
  // What was there when tiles were last read anew.
  let known: ReadonlyMap<string, GeoJSON.Feature> | null = null;
  const mark = (id: string, is: boolean) => {
    if (map.getSource("cases")) map.setFeatureState({ source: "cases", sourceLayer: "cases", id }, { hot: is });
  };
  const draw = () => {
    if (!drawing) drawing = window.setTimeout(() => ((drawing = 0), drawn.value++), DRAW_MS);
  };
  const refresh = () => {
    timer = 0;
    if (!map.getSource("cases")) return;
    refreshedAt = performance.now();
    const z = Math.min(Math.floor(map.getZoom()), TILES_TO);
    const tiles = touched.stale(z, map.getBounds().toArray().flat() as [number, number, number, number], refreshedAt);
    if (!tiles.length) return;
    map.refreshTiles("cases", tiles);
    // A map that events keep busy comes to rest late: until then one wait is enough.
    const resting = known !== null;
    known = new Map(hot);
    if (resting) return;
    map.once("idle", () => {
      // What came while the tiles were read stays until the next time.
      for (const [id, feature] of known ?? []) {
        if (hot.get(id) !== feature) continue;
        hot.delete(id);
        mark(id, false);
      }
      known = null;
      draw();
    });
  };
  const soon = () => {
    if (!timer) timer = window.setTimeout(refresh, Math.max(0, refreshedAt + REFRESH_MS - performance.now()));
  };
  const hear = (told: CaseEvent) => {
    const { case: id, number, status, unit, category, point } = told;
    const was = hot.get(id);
    if (was?.geometry.type === "Point") touched.add(`${id} was`, was.geometry.coordinates as [number, number], performance.now());
    if (!point) return;
    touched.add(id, [point.lon, point.lat], performance.now());
    const at: [number, number] = [point.lon, point.lat];
    if (belongs(told)) {
      const said = { id, number, status, unit, category, phase: phaseOf(status), stopped: status === "on_hold" };
      hot.delete(id);
      hot.set(id, { type: "Feature", properties: { ...before(map, id), ...was?.properties, ...said }, geometry: { type: "Point", coordinates: at } });
      if (hot.size > MOST) hot.delete(hot.keys().next().value as string);
      if (told.n === 1 && map.getZoom() >= 12) ring(map, ...at);
    } else hot.delete(id);
    mark(id, true);
    draw();
    soon();
  };
  const stops = [
    listen((told) => {
      if (told.event === "case") hear(told.data);
      else if (told.event === "resync" && map.getSource("cases")) map.refreshTiles("cases");
    }),
    effect(() => {
      void drawn.value;
      const by = query.value["by"] === "phase" ? "phase" : "clock";
      setGroup("hot", on.value.has("cases") ? groupOfHot(lookOf(colours.value), by, [...hot.values()]) : null);
    }),
  ];
  map.on("moveend", soon);
  return () => {
    clearTimeout(timer);
    clearTimeout(drawing);
    stops.forEach((stop) => stop());
  };
}
