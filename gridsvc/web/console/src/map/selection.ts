// What is selected, on the map: a case with how sure its place is, an area, a component, the point asked about, a step's place.
import { computed, effect, signal } from "@preact/signals";
import { query, screen, place } from "../app/route";
import { readCase } from "../data/cases";
import { metres, percent } from "../words/format";
import { bringOut, showIfAway } from "./camera";
import { circle, type LonLat } from "./geo";
import { asked, byHand_m, placeShown } from "./picked";
import { lookOf } from "./shown";
import { colours } from "./tokens";
import { setGroup, SLOT, type Group } from "./style/groups";
import { source, type Look } from "./style/look";
import { answer } from "./answer";

interface Chosen { lon: number; lat: number; accuracy_m: number | null; candidates: readonly { layer: string; code: string; probability: number }[]; name: string }

const chosen = signal<Chosen | null>(null);

/** The case that is open or selected. */
const wanted = computed(() => {
  if (screen.value === "case") return place.value.args[0] ?? "";
  const sel = query.value["sel"] ?? "";
  return sel.startsWith("case:") ? sel.slice("case:".length) : "";
});

const point = (at: LonLat, properties: object = {}): GeoJSON.Feature => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: [...at] } });
const polygon = (ring: readonly LonLat[], properties: object = {}): GeoJSON.Feature =>
  ({ type: "Feature", properties, geometry: { type: "Polygon", coordinates: [ring.map((c) => [...c])] } });

/** The uncertainty, true to scale, round what is chosen or asked about. */
function features(): GeoJSON.Feature[] {
  const at = chosen.value;
  const shown: GeoJSON.Feature[] = [];
  if (at) {
    if (at.accuracy_m) shown.push(polygon(circle([at.lon, at.lat], at.accuracy_m), { part: "circle", said: `\u00b1${metres(at.accuracy_m)}` }));
    shown.push(point([at.lon, at.lat], { part: "chosen", name: at.name }));
  }
  if (asked.value) {
    const { lon, lat } = asked.value;
    if (byHand_m.value > 2) shown.push(polygon(circle([lon, lat], byHand_m.value), { part: "circle", said: `\u00b1${metres(byHand_m.value)}` }));
    shown.push(point([lon, lat], { part: "asked" }));
  }
  return shown;
}

const DASHES: readonly (number[] | undefined)[] = [undefined, [3, 2], [1, 1.5]];

function group(look: Look): Group {
  const { c, scale } = look;
  const selected = /^area:([^:]+):(.+)$/.exec(query.value["sel"] ?? "");
  const candidates = (chosen.value?.candidates ?? answer.value?.match.candidates ?? []).filter((x) => x.probability >= 0.01).slice(0, 3);
  const areas = [...(selected ? [{ layer: selected[1] as string, code: selected[2] as string, dash: undefined, rank: 0, probability: null }] : []),
    ...(candidates.length > 1 ? candidates.map((x, i) => ({ layer: x.layer, code: x.code, dash: DASHES[i], rank: i + 1, probability: x.probability })) : [])];
  const outline = areas.flatMap(({ layer, code, dash, rank, probability }, i): Group["layers"][number][] => {
    const at = { source: `area-${layer}`, "source-layer": layer, filter: ["==", ["get", "code"], code] as never };
    return [
      ...(rank > 0 ? [{
        id: `sel-rank-${i}`, type: "symbol" as const, source: at.source, "source-layer": `${layer}_label`, filter: at.filter,
        layout: { "text-field": `${rank} \u00b7 ${percent(probability ?? 0, 0)}`, "text-size": 15 * scale, "text-allow-overlap": true }, paint: { "text-color": c("focus"), "text-halo-color": c("land"), "text-halo-width": 2 },
      }] : []),
      ...(i === 0 && selected ? [{ id: `sel-fill-${i}`, type: "fill" as const, ...at, paint: { "fill-color": c("focus"), "fill-opacity": 0.08 } }] : []),
      { id: `sel-halo-${i}`, type: "line", ...at, paint: { "line-color": c("land"), "line-width": 8 * scale, "line-opacity": 0.9 } },
      { id: `sel-line-${i}`, type: "line", ...at, paint: { "line-color": c("focus"), "line-width": 3 * scale, ...(dash ? { "line-dasharray": dash } : {}) } },
    ];
  });
  const of = (part: string) => ["==", ["get", "part"], part] as never;
  return {
    slot: SLOT.selection,
    sources: {
      ...Object.fromEntries(areas.map(({ layer }) => [`area-${layer}`, source(layer, look)])),
      selection: { type: "geojson", data: { type: "FeatureCollection", features: features() } },
      step: { type: "geojson", data: placeShown.value ?? { type: "FeatureCollection", features: [] } },
    },
    layers: [
      ...outline,
      { id: "step-fill", type: "fill", source: "step", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c("accent"), "fill-opacity": 0.12 } },
      { id: "step-line", type: "line", source: "step", paint: { "line-color": c("accent"), "line-width": 3 * scale } },
      { id: "step-point", type: "circle", source: "step", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 10 * scale, "circle-color": c("accent"), "circle-opacity": 0.3, "circle-stroke-color": c("accent"), "circle-stroke-width": 2 } },
      { id: "sure-fill", type: "fill", source: "selection", filter: of("circle"), paint: { "fill-color": c("focus"), "fill-opacity": 0.1 } },
      { id: "sure-line", type: "line", source: "selection", filter: of("circle"), paint: { "line-color": c("focus"), "line-width": 1.5 * scale, "line-dasharray": [3, 2] } },
      {
        id: "sure-name", type: "symbol", source: "selection", filter: of("circle"), minzoom: 15,
        layout: { "symbol-placement": "line-center", "text-field": ["get", "said"], "text-size": 12 * scale }, paint: { "text-color": c("focus"), "text-halo-color": c("land"), "text-halo-width": 2 },
      },
      { id: "chosen", type: "circle", source: "selection", filter: of("chosen"), paint: { "circle-radius": 13 * scale, "circle-color": c("land"), "circle-opacity": 0, "circle-stroke-color": c("focus"), "circle-stroke-width": 3 * scale } },
      {
        id: "chosen-name", type: "symbol", source: "selection", filter: of("chosen"),
        layout: { "text-field": ["get", "name"], "text-size": 12 * scale, "text-anchor": "bottom", "text-offset": [0, -1.4], "text-allow-overlap": true },
        paint: { "text-color": c("text"), "text-halo-color": c("land"), "text-halo-width": 2 },
      },
      { id: "asked", type: "circle", source: "selection", filter: of("asked"), paint: { "circle-radius": 5 * scale, "circle-color": c("focus"), "circle-stroke-color": c("land"), "circle-stroke-width": 3 * scale } },
    ],
  };
}

export function startSelection(): () => void {
  let asks = 0;
  const stops = [
    effect(() => {
      const id = wanted.value;
      const mine = ++asks;
      chosen.value = null;
      if (!id) return;
      void readCase(id).then((found) => {
        if (mine !== asks) return;
        const { point: at, accuracy_m, decision, number } = found.peek();
        chosen.value = { lon: at.lon, lat: at.lat, accuracy_m, candidates: decision.match?.candidates ?? [], name: number };
        // The list folds and the panel opens first; what is selected is never under either.
        requestAnimationFrame(() => showIfAway(at.lon, at.lat));
      }, () => undefined);
    }),
    effect(() => {
      const at = answer.value ? asked.peek() : null;
      // The card has its size when the answer is drawn.
      if (at) requestAnimationFrame(() => bringOut(at.lon, at.lat));
    }),
    effect(() => {
      if (lookOf(colours.value).edition) setGroup("selection", group(lookOf(colours.value)));
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

/** The box of what is selected, to be fitted; null without. */
export function selectedBox(): [LonLat, LonLat] | null {
  const at = chosen.peek() ?? asked.peek();
  if (!at) return null;
  const ring = circle([at.lon, at.lat], Math.max(60, chosen.peek()?.accuracy_m ?? 0));
  const [xs, ys] = [ring.map((c) => c[0]), ring.map((c) => c[1])];
  return [[Math.min(...xs), Math.min(...ys)], [Math.max(...xs), Math.max(...ys)]];
}
