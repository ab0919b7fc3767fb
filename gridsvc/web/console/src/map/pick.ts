// From a place on the screen to what is there: a case, else a component, else the ground, which the service is asked about.
import type { Map as MapLibre, MapGeoJSONFeature, PointLike } from "maplibre-gl";
import { className, matterName } from "../data/catalogue";
import { quick } from "./camera";
import { byHand_m, open, several, taker, busy, type Hit } from "./picked";

const PICKED = /^(case|hot)-(disc|mark)$|^components$/;
const REACH_PX = 6;

function hitOf(feature: MapGeoJSONFeature): Hit {
  const { properties: p, geometry } = feature;
  const [lon = 0, lat = 0] = geometry.type === "Point" ? geometry.coordinates : [];
  if (feature.layer.id === "components") {
    return { kind: "component", id: String(p["code"]), category: String(p["class"] ?? ""), title: String(p["name"] ?? className(String(p["class"] ?? ""))), lon, lat };
  }
  return { kind: "case", id: String(p["number"] ?? p["id"]), category: String(p["category"] ?? ""), title: matterName(String(p["category"] ?? "")), lon, lat };
}

/** Cases, then components, about a point of the screen, nearest first; each once. */
export function hitsAt(map: MapLibre, x: number, y: number, reach = REACH_PX): readonly Hit[] {
  const layers = map.getLayersOrder().filter((id) => PICKED.test(id));
  const box: [PointLike, PointLike] = [[x - reach, y - reach], [x + reach, y + reach]];
  const found = new Map<string, Hit>();
  for (const feature of map.queryRenderedFeatures(box, { layers })) {
    const hit = hitOf(feature);
    if (!found.has(hit.kind + hit.id)) found.set(hit.kind + hit.id, hit);
  }
  const far = (hit: Hit) => {
    const at = map.project([hit.lon, hit.lat]);
    return Math.hypot(at.x - x, at.y - y);
  };
  const rank = (hit: Hit) => (hit.kind === "case" ? 0 : 1);
  return [...found.values()].sort((a, b) => rank(a) - rank(b) || far(a) - far(b));
}

function metresPerPixel(map: MapLibre): number {
  return (40_075_016.7 * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (512 * 2 ** map.getZoom());
}

/** Open what is at a point of the screen. */
export function askScreen(map: MapLibre, x: number, y: number): void {
  const { lng, lat } = map.unproject([x, y]);
  const taking = taker();
  if (taking) return taking(lng, lat);
  const counts = map.getLayersOrder().filter((id) => id === "cases-many" || id === "components-many");
  if (map.queryRenderedFeatures([x, y], { layers: counts }).length) {
    map.easeTo({ center: [lng, lat], zoom: Math.max(map.getZoom() + 2, 12.5), duration: quick() });
    return;
  }
  // Two pixels are how well a hand hits; below a metre nobody means it.
  byHand_m.value = Math.max(1, 2 * metresPerPixel(map));
  const hits = hitsAt(map, x, y);
  const ground: Hit = { kind: "ground", id: "", title: "", category: "", lon: lng, lat };
  const [first] = hits;
  if (hits.length > 1) several.value = { hits: [...hits, ground], at: 0 };
  else open(first ?? ground);
}

const HOVER_AFTER_MS = 80;

export function startPicking(map: MapLibre): () => void {
  let timer = 0;
  let lit: { source: string; sourceLayer: string; id: string } | null = null;
  const light = (of: typeof lit) => {
    if (lit?.id === of?.id && lit?.source === of?.source) return;
    if (lit && map.getSource(lit.source)) map.setFeatureState(lit, { hover: false });
    lit = of;
    if (lit) map.setFeatureState(lit, { hover: true });
  };
  const hover = (x: number, y: number) => {
    const over = hitsAt(map, x, y, 3).length > 0;
    map.getCanvas().style.cursor = busy() ? "crosshair" : over ? "pointer" : "";
    const [area] = map.queryRenderedFeatures([x, y], { layers: map.getLayersOrder().filter((id) => id.startsWith("hit-")) });
    light(area && !over ? { source: area.source, sourceLayer: area.sourceLayer ?? "", id: String(area.properties["code"]) } : null);
  };
  map.on("click", (e) => askScreen(map, e.point.x, e.point.y));
  map.on("mousemove", (e) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => !map.isMoving() && hover(e.point.x, e.point.y), HOVER_AFTER_MS);
  });
  map.on("mouseout", () => {
    clearTimeout(timer);
    light(null);
  });
  return () => clearTimeout(timer);
}
