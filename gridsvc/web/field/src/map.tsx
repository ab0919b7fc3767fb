// A small map of the surroundings, drawn from the bundle: boundaries, the point, and its circle in true metres.
import { useMemo, useState } from "preact/hooks";
import { Glyph } from "../../shared/glyph";
import { router } from "./pack";
import { t } from "./words";

export interface Place { lon: number; lat: number }
interface Shown { at: Place; accuracy_m: number | null; raw?: Place | null; label: string; move?: (to: Place) => void }

const [WIDE, HIGH] = [358, 176];
const MOST_M = 2000;
const LEAST_M = 40;

export function metresPerDegree(lat: number): [number, number] {
  return [111_320 * Math.cos((lat * Math.PI) / 180), 110_574];
}

export function SmallMap({ at, accuracy_m, raw, label, move }: Shown) {
  const [zoom, setZoom] = useState(1);
  // The middle stays where it is while the point is moved by hand, else it would run away under the finger.
  const middle = raw ?? at;
  const half_m = Math.min(MOST_M, Math.max(LEAST_M, Math.max(120, 3 * (accuracy_m ?? 0)) / zoom));
  const [lonM, latM] = metresPerDegree(middle.lat);
  const scale = WIDE / (2 * half_m);
  const x = (lon: number) => WIDE / 2 + (lon - middle.lon) * lonM * scale;
  const y = (lat: number) => HIGH / 2 - (lat - middle.lat) * latM * scale;
  const lines = useMemo(() => {
    const [w, h] = [half_m / lonM, half_m / latM];
    return router.value?.lines([middle.lon - w, middle.lat - h, middle.lon + w, middle.lat + h]) ?? [];
  }, [router.value, middle.lon, middle.lat, half_m]);
  const tap = (e: MouseEvent) => {
    if (!move) return;
    const box = (e.currentTarget as SVGElement).getBoundingClientRect();
    const [px, py] = [((e.clientX - box.left) / box.width) * WIDE, ((e.clientY - box.top) / box.height) * HIGH];
    move({ lon: middle.lon + (px - WIDE / 2) / scale / lonM, lat: middle.lat - (py - HIGH / 2) / scale / latM });
  };
  const path = (edges: number[]) => {
    const parts = [];
    for (let i = 0; i < edges.length; i += 4) parts.push(`M${x(edges[i]).toFixed(1)} ${y(edges[i + 1]).toFixed(1)}L${x(edges[i + 2]).toFixed(1)} ${y(edges[i + 3]).toFixed(1)}`);
    return parts.join("");
  };
  return (
    <div class="small-map">
      <svg viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={label} onClick={tap}>
        {lines.map(({ layer, rank, edges }) => <path key={layer} class={`line rank-${Math.min(rank, 4)}`} d={path(edges)} />)}
        {raw && accuracy_m !== null && <circle class="circle" cx={x(raw.lon)} cy={y(raw.lat)} r={Math.max(3, accuracy_m * scale)} />}
        {!raw && accuracy_m !== null && <circle class="circle" cx={x(at.lon)} cy={y(at.lat)} r={Math.max(3, accuracy_m * scale)} />}
        <circle class="halo" cx={x(at.lon)} cy={y(at.lat)} r={9} />
        <circle class="point" cx={x(at.lon)} cy={y(at.lat)} r={6} />
      </svg>
      <div class="zoom">
        <button aria-label={t("map.near")} onClick={() => setZoom(Math.min(4, zoom * 2))}><Glyph name="plus" /></button>
        <button aria-label={t("map.far")} onClick={() => setZoom(Math.max(1 / 16, zoom / 2))}><Glyph name="minus" /></button>
      </div>
    </div>
  );
}
