// Measure: points by click or by crosshair, metres along them, square metres within them; Backspace takes the last away.
import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { useKeys } from "../app/keys";
import { Glyph } from "../parts/glyph";
import { metres, number } from "../words/format";
import { t } from "../words";
import { area_m2, distance_m, length_m, type LonLat } from "./geo";
import { takeClicks } from "./picked";
import { lookOf } from "./shown";
import { SLOT, useGroup, type Group } from "./style/groups";
import { colours } from "./tokens";

const points = signal<readonly LonLat[]>([]);

function group(at: readonly LonLat[]): Group {
  const { c, scale } = lookOf(colours.value);
  const line = at.map((p) => [...p]);
  const features: GeoJSON.Feature[] = [
    ...at.map((p): GeoJSON.Feature => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [...p] } })),
    ...(at.length > 1 ? [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line } } as GeoJSON.Feature] : []),
    ...(at.length > 2 ? [{ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...line, line[0]]] } } as GeoJSON.Feature] : []),
    ...at.slice(1).map((p, i): GeoJSON.Feature => {
      const from = at[i] as LonLat;
      return { type: "Feature", properties: { said: metres(distance_m(from, p)) }, geometry: { type: "Point", coordinates: [(p[0] + from[0]) / 2, (p[1] + from[1]) / 2] } };
    }),
  ];
  const said = ["has", "said"] as never;
  return {
    slot: SLOT.measure,
    sources: { measure: { type: "geojson", data: { type: "FeatureCollection", features } } },
    layers: [
      { id: "measure-fill", type: "fill", source: "measure", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c("focus"), "fill-opacity": 0.1 } },
      { id: "measure-line", type: "line", source: "measure", filter: ["==", ["geometry-type"], "LineString"], paint: { "line-color": c("focus"), "line-width": 3 * scale } },
      { id: "measure-point", type: "circle", source: "measure", filter: ["all", ["==", ["geometry-type"], "Point"], ["!", said]], paint: { "circle-radius": 5 * scale, "circle-color": c("land"), "circle-stroke-color": c("focus"), "circle-stroke-width": 3 } },
      {
        id: "measure-said", type: "symbol", source: "measure", filter: said, layout: { "text-field": ["get", "said"], "text-size": 12 * scale, "text-allow-overlap": true },
        paint: { "text-color": c("text"), "text-halo-color": c("land"), "text-halo-width": 2 },
      },
    ],
  };
}

/** Square metres below a hectare, hectares below a square kilometre, then square kilometres. */
export function areaWords(m2: number): string {
  if (m2 >= 1e6) return t("unit.km2", { n: number(m2 / 1e6, 2) });
  if (m2 >= 1e4) return t("unit.ha", { n: number(m2 / 1e4, 2) });
  return t("unit.m2", { n: number(m2) });
}

export function Measure({ close }: { close: () => void }) {
  const at = points.value;
  // Before the next click, not after the next frame.
  useLayoutEffect(() => {
    const stop = takeClicks((lon, lat) => (points.value = [...points.peek(), [lon, lat]]));
    return () => {
      stop();
      points.value = [];
    };
  }, []);
  useGroup("measure", group(at), [at, colours.value]);
  const back = () => (points.value = points.peek().slice(0, -1));
  useKeys([
    { key: "Backspace", word: "keys.measure_back", run: back },
    { key: "Escape", word: "keys.close", run: close },
  ]);
  return (
    <section class="card map-panel stack" aria-label={t("map.measure")}>
      <div class="row between">
        <h2>{t("map.measure")}</h2>
        <button class="plain" aria-label={t("part.close")} onClick={close}><Glyph name="close" /></button>
      </div>
      <dl class="sums" aria-live="polite">
        <div><dt>{t("measure.length")}</dt><dd>{at.length > 1 ? metres(length_m(at)) : "\u2013"}</dd></div>
        <div><dt>{t("measure.area")}</dt><dd>{at.length > 2 ? areaWords(area_m2(at)) : "\u2013"}</dd></div>
      </dl>
      <p class="muted">{t("measure.how")}</p>
      <div class="row">
        <button disabled={!at.length} onClick={back}>{t("measure.back")} <kbd>{"\u232b"}</kbd></button>
        <button disabled={!at.length} onClick={() => (points.value = [])}>{t("measure.clear")}</button>
      </div>
    </section>
  );
}
