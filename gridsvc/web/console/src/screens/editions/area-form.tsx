// What is said of an area that is drawn in: its record, the vertex that is held, and taking it away.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { removeArea, type Area, type EditionAbout } from "../../data/editions";
import { asProblem, type Problem } from "../../data/problem";
import { areaWords } from "../../map/measure";
import { area_m2, type LonLat } from "../../map/geo";
import { Trouble } from "../../parts/await";
import { Dialog } from "../../parts/dialog";
import { t, type Word } from "../../words";

interface Shown {
  one: EditionAbout;
  layer: string;
  area: Area;
  corner: LonLat | null;
  n: number | null;
  count: number;
  change: (to: Area) => void;
  place: (to: LonLat) => void;
  look: () => void;
  gone: () => void;
}
/** Square metres without the holes. */
function size_m2({ geometry }: Area): number {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return polygons.reduce((sum, rings) => rings.reduce((rest, ring, i) => rest + (i === 0 ? 1 : -1) * area_m2(ring as unknown as readonly LonLat[]), sum), 0);
}
const RECORD = ["name", "parent", "unit"] as const;

export function AreaForm({ one, layer, area, corner, n, count, change, place, look, gone }: Shown) {
  const [sure, setSure] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const held = useRef<HTMLFieldSetElement>(null);
  // From here the arrows step the vertex; on the map they would move the map. With the drawing: the next key may be there
  // before the picture is, and would go to the map that was clicked.
  useLayoutEffect(() => {
    if (n !== null && !held.current?.contains(document.activeElement)) held.current?.focus();
  }, [n, corner?.[0], corner?.[1]]);
  const said = (name: string) => String(area.properties[name] ?? "");
  const remove = async () => {
    try {
      await removeArea(one.code, layer, String(area.id));
      setSure(false);
      gone();
    } catch (e) {
      setProblem(asProblem(e));
    }
  };
  const moveTo = (i: 0 | 1, text: string) => {
    const value = Number(text);
    if (corner && text.trim() !== "" && Number.isFinite(value)) place(i === 0 ? [value, corner[1]] : [corner[0], value]);
  };
  return (
    <section class="card stack" aria-label={String(area.id)}>
      <p><strong>{area.id}</strong> <span class="muted">{areaWords(size_m2(area))}</span></p>
      {RECORD.map((name) => (
        <label key={name}>{t(`ed.${name}` as Word)}<input value={said(name)} maxLength={200} onChange={(e) => change({ ...area, properties: { ...area.properties, [name]: e.currentTarget.value || null } })} /></label>
      ))}
      <p class="muted">{t("ed.corners", { n: count })} <kbd>J</kbd> <kbd>K</kbd></p>
      {corner && n !== null && (
        <fieldset class="stack" ref={held} tabIndex={-1}>
          <legend>{t("ed.corner", { n: n + 1 })} <button type="button" class="plain" onClick={look}>{t("ed.show")}</button></legend>
          <div class="row">
            <label class="grow">{t("ed.lon")}<input inputMode="decimal" value={corner[0]} onChange={(e) => moveTo(0, e.currentTarget.value)} /></label>
            <label class="grow">{t("ed.lat")}<input inputMode="decimal" value={corner[1]} onChange={(e) => moveTo(1, e.currentTarget.value)} /></label>
          </div>
          <p class="muted">{t("ed.corner_keys")}</p>
        </fieldset>
      )}
      <div><button onClick={() => setSure(true)}>{t("ed.remove")}</button></div>
      {sure && (
        <Dialog title={t("ed.remove_title", { code: String(area.id) })} close={() => setSure(false)}>
          <div class="stack">
            <p>{t("ed.remove_what")}</p>
            {problem && <Trouble problem={problem} />}
            <div class="row"><button autofocus onClick={() => setSure(false)}>{t("part.cancel")}</button><button onClick={() => void remove()}>{t("ed.remove")}</button></div>
          </div>
        </Dialog>
      )}
    </section>
  );
}

export function NewArea({ layer, points, undo, done }: { layer: string; points: readonly LonLat[]; undo: () => void; done: (made: Area) => void }) {
  const [code, setCode] = useState("");
  const make = (e: Event) => {
    e.preventDefault();
    const [first] = points;
    if (!first) return;
    const ring = [...points, first].map((p) => [...p]);
    done({ type: "Feature", id: code.trim(), properties: { layer, code: code.trim(), name: "", parent: null, unit: null }, geometry: { type: "Polygon", coordinates: [ring] } });
  };
  return (
    <form class="card stack" onSubmit={make}>
      <p>{t("ed.new_how", { n: points.length })}</p>
      <label>{t("ed.code")}<input value={code} required maxLength={200} onInput={(e) => setCode(e.currentTarget.value)} /></label>
      <div class="row">
        <button class="primary" disabled={points.length < 3 || !code.trim()}>{t("ed.close_ring")}</button>
        <button type="button" disabled={points.length === 0} onClick={undo}>{t("ed.undo")}</button>
      </div>
    </form>
  );
}
