// Buttons of the map: zoom, fit, locate, layers, measure, picture, print, link; and keys B and F.
import { useState } from "preact/hooks";
import { tell } from "../app/announce";
import { useKeys } from "../app/keys";
import { layerName } from "../data/catalogue";
import { Glyph } from "../parts/glyph";
import { t, tOf, type Word } from "../words";
import { mode } from "../app/looks";
import { query, setQuery } from "../app/route";
import { fit, fitHome, flyTo, map, quick } from "./camera";
import { copyText } from "./copy";
import { Measure } from "./measure";
import { Printing } from "./print";
import { selectedBox } from "./selection";
import { nextPreset, offered, on, preset, PRESETS, toggle, usePreset, type Preset } from "./shown";

type Open = "layers" | "measure" | "print" | null;

async function fitAll(): Promise<void> {
  const box = selectedBox();
  if (box) fit(box as never);
  else await fitHome();
}

function locate(): void {
  if (!isSecureContext || !navigator.geolocation) return tell(t("problem.plain"));
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => flyTo(coords.longitude, coords.latitude, 17),
    () => tell(t("map.not_located")),
    { enableHighAccuracy: true, timeout: 15_000 },
  );
}

export function Tools() {
  const [open, setOpen] = useState<Open>(null);
  const zoom = (by: number) => map.peek()?.easeTo({ zoom: (map.peek()?.getZoom() ?? 0) + by, duration: quick() / 2 });
  useKeys([
    { key: "B", word: "keys.preset", run: () => tell(t("map.preset_is", { name: t(`preset.${nextPreset()}`) })) },
    { key: "F", word: "keys.fit", run: () => void fitAll() },
  ]);
  const turn = (what: Open) => setOpen(open === what ? null : what);
  const link = async () => tell(t((await copyText(location.href)) ? "map.link_copied" : "ask.copy_failed", { what: location.href }));
  const button = (glyph: string, word: Word, run: () => void, pressed?: boolean) => (
    <button aria-label={t(word)} title={t(word)} aria-pressed={pressed} onClick={run}><Glyph name={glyph} /></button>
  );
  if (mode.value === "wall") return null;
  return (
    <>
      <div class="map-tools" role="toolbar" aria-label={t("map.tools")} aria-orientation="vertical">
        <div class="tool-group">{button("plus", "map.zoom_in", () => zoom(1))}{button("minus", "map.zoom_out", () => zoom(-1))}</div>
        <div class="tool-group">{button("fit", "map.fit", () => void fitAll())}{button("locate", "map.locate", locate)}</div>
        <div class="tool-group">
          {button("layers", "map.layers", () => turn("layers"), open === "layers")}
          {button("measure", "map.measure", () => turn("measure"), open === "measure")}
          {button("print", "map.print", () => turn("print"), open === "print")}
          {button("link", "map.link", () => void link())}
        </div>
      </div>
      {open === "layers" && <Layers close={() => setOpen(null)} />}
      {open === "measure" && <Measure close={() => setOpen(null)} />}
      {open === "print" && <Printing close={() => setOpen(null)} />}
    </>
  );
}

const name = (of: string): string => (tOf("layer", of) === of ? layerName(of) : tOf("layer", of));

function Layers({ close }: { close: () => void }) {
  const by = query.value["by"] ?? "clock";
  return (
    <section class="card map-panel stack" aria-label={t("map.layers")} onKeyDown={(e) => e.key === "Escape" && close()}>
      <div class="row between">
        <h2>{t("map.layers")}</h2>
        <button class="plain" aria-label={t("part.close")} onClick={close}><Glyph name="close" /></button>
      </div>
      <div class="row" role="group" aria-label={t("map.presets")}>
        {(Object.keys(PRESETS) as Preset[]).map((p) => (
          <button key={p} aria-pressed={preset.value === p} onClick={() => usePreset(p)}>{t(`preset.${p}`)}</button>
        ))}
        <kbd>B</kbd>
      </div>
      <div class="row" role="group" aria-label={t("map.by")}>
        <span class="muted">{t("map.by")}</span>
        {(["clock", "phase"] as const).map((b) => (
          <button key={b} aria-pressed={by === b} onClick={() => setQuery({ by: b === "clock" ? null : b }, "replace")}>{t(`map.by_${b}`)}</button>
        ))}
      </div>
      <ul class="two">
        {offered.value.map((one) => (
          <li key={one}><label class="row"><input type="checkbox" checked={on.value.has(one)} onChange={() => toggle(one)} /> {name(one)}</label></li>
        ))}
      </ul>
    </section>
  );
}
