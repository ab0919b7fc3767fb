// Where the report is: the fix with its circle, a point tapped on the map, or coordinates typed with their datum.
import { useState } from "preact/hooks";
import { toWgs84 } from "../../bundle/src";
import { Glyph } from "../../shared/glyph";
import { FAIR_M, fix, GOOD_M, lacking, looking } from "./gps";
import { metresPerDegree, type Place, SmallMap } from "./map";
import type { Fix, Spot } from "./outbox";
import { t, type Word } from "./words";

const DATUMS = [["wgs84", "WGS-84"], ["cgcs2000", "CGCS2000"], ["gcj02", "GCJ-02"], ["bd09", "BD-09"]] as const;

export function lonLat(spot: Spot): Place {
  const [lon, lat] = toWgs84(spot.x, spot.y, spot.crs);
  return { lon, lat };
}

export const spotOf = (at: Fix): Spot => ({ x: at.lon, y: at.lat, crs: "wgs84", accuracy_m: at.accuracy_m, how: "fix" });

function apart_m(a: Place, b: Place): number {
  const [lonM, latM] = metresPerDegree(a.lat);
  return Math.round(Math.hypot((a.lon - b.lon) * lonM, (a.lat - b.lat) * latM));
}

export function Where({ spot, raw, set, middle }: { spot: Spot | null; raw: Fix | null; set: (spot: Spot | null) => void; middle: Place | null }) {
  const [typing, setTyping] = useState(false);
  const at = spot ? lonLat(spot) : null;
  const move = (to: Place) => set({ x: to.lon, y: to.lat, crs: "wgs84", accuracy_m: null, how: "moved" });
  const accuracy_m = spot?.how === "fix" ? spot.accuracy_m : (raw?.accuracy_m ?? null);
  const shown = at ?? middle;
  return (
    <section class="where">
      {shown && <SmallMap at={shown} accuracy_m={accuracy_m} raw={spot?.how === "moved" ? raw : null} label={t("map.label")} move={move} />}
      <div class="fitting">
        <p class="fit" role="status" data-fit={fitOf(spot)}>{words(spot, raw, at)}</p>
        <button aria-label={t("gps.again")} onClick={() => set(null)}><Glyph name="locate" size={20} /></button>
        <button aria-label={t("gps.type")} aria-expanded={typing} onClick={() => setTyping(!typing)}><Glyph name="edit" size={20} /></button>
      </div>
      {typing && <Typed use={(typed) => { set(typed); setTyping(false); }} />}
    </section>
  );
}

function fitOf(spot: Spot | null): string {
  if (!spot) return "none";
  if (spot.how !== "fix" || spot.accuracy_m === null) return "hand";
  return spot.accuracy_m <= GOOD_M ? "good" : spot.accuracy_m <= FAIR_M ? "fair" : "poor";
}

function words(spot: Spot | null, raw: Fix | null, at: Place | null): string {
  if (!spot || !at) return t(looking.value ? "gps.looking" : lacking.value === "denied" ? "gps.denied" : fix.value ? "gps.looking" : "gps.lost");
  if (spot.how === "typed") return t("gps.typed", { crs: DATUMS.find(([code]) => code === spot.crs)?.[1] ?? spot.crs });
  if (spot.how === "moved") return raw ? t("gps.moved", { n: apart_m(raw, at) }) : t("gps.set");
  return t(`gps.${fitOf(spot)}` as Word, { n: spot.accuracy_m ?? 0 });
}

/** Coordinates from a paper or another app say nothing without their datum: there is none by default. */
function Typed({ use }: { use: (spot: Spot) => void }) {
  const [[x, y, crs], set] = useState(["", "", ""]);
  const [fault, setFault] = useState(false);
  const take = (e: Event) => {
    e.preventDefault();
    const whole = x.trim() !== "" && y.trim() !== "" && Math.abs(Number(x)) <= 180 && Math.abs(Number(y)) <= 90;
    setFault(!whole || !crs);
    if (whole && crs) use({ x: Number(x), y: Number(y), crs, accuracy_m: null, how: "typed" });
  };
  return (
    <form class="typed" noValidate onSubmit={take}>
      <label><span>{t("spot.x")}</span><input inputMode="decimal" value={x} onInput={(e) => set([e.currentTarget.value, y, crs])} /></label>
      <label><span>{t("spot.y")}</span><input inputMode="decimal" value={y} onInput={(e) => set([x, e.currentTarget.value, crs])} /></label>
      <label><span>{t("spot.crs")}</span>
        <select value={crs} onChange={(e) => set([x, y, e.currentTarget.value])}>
          <option value="">{t("spot.choose")}</option>
          {DATUMS.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
        </select>
      </label>
      {fault && <p class="note" role="alert">{t("spot.fault")}</p>}
      <button type="submit">{t("spot.use")}</button>
    </form>
  );
}
