// The legend: what is on the map at this zoom and nothing else; and the scale in true metres.
import { useMemo, useState } from "preact/hooks";
import { query } from "../app/route";
import { layerName, layers } from "../data/catalogue";
import { metres } from "../words/format";
import { t, type Word } from "../words";
import { Glyph } from "../parts/glyph";
import { mode } from "../app/looks";
import { markPicture } from "./marks";
import { round_m, perDegree } from "./geo";
import { legendBlocks } from "./legend-blocks";
import { offered, on } from "./shown";
import { hidden } from "./style/groups";
import { LEVELS } from "./style/areas";
import { colours } from "./tokens";

const CLOCKS = ["clock-ok", "clock-soon", "clock-overdue", "clock-stopped", "clock-undecided"] as const;
const PHASES = ["phase-intake", "phase-undecided", "phase-unit", "phase-stopped", "phase-checking"] as const;

export interface Entry { key: string; label: string; mark?: string; line?: { token: string; px: number; dash?: string }; circle?: boolean }

/** What the map shows at a zoom with these layers on, in the order of importance. */
export function entries(has: ReadonlySet<string>, zoom: number, by: string): readonly Entry[] {
  const said: Entry[] = [];
  if (has.has("cases")) {
    if (zoom < 12) said.push({ key: "count", label: t("legend.counts"), circle: true }, { key: "corner", label: t("legend.late"), mark: "corner" });
    else for (const mark of by === "phase" ? PHASES : CLOCKS) said.push({ key: mark, label: t(`legend.${mark}` as Word), mark });
  }
  for (const l of LEVELS) {
    if (has.has(l.name) && zoom >= l.from) said.push({ key: l.name, label: layerName(l.name), line: { token: l.token, px: l.px, ...(l.dash ? { dash: l.dash.join(" ") } : {}) } });
  }
  if (has.has("lanes") && zoom >= 11) said.push({ key: "lanes", label: t("layer.lanes"), line: { token: "lane-line", px: 2 } });
  if (has.has("zone") && zoom >= 10) said.push({ key: "zone", label: layerName("zone"), mark: "hatch-zone" });
  if (has.has("strip") && zoom >= 10) said.push({ key: "strip", label: layerName("strip"), mark: "hatch-strip" });
  if (has.has("bands") && zoom >= 13) {
    said.push({ key: "owned", label: t("legend.owned"), mark: "teeth" }, { key: "unowned", label: t("legend.unowned"), mark: "hatch-unowned" }, { key: "contested", label: t("legend.contested"), mark: "hatch-contested" });
  }
  if (has.has("components") && zoom >= 15) said.push({ key: "components", label: t("legend.components"), mark: "c-01" });
  const other = offered.value.filter((name) => has.has(name) && !KNOWN.has(name));
  for (const name of other) {
    const point = layers.value.some((l) => l.layer === name && l.geometry === "point");
    said.push({ key: name, label: layerName(name), ...(point ? { circle: true } : { line: { token: "zone-line", px: 1.5, dash: "4 2" } }) });
  }
  return said;
}

const KNOWN = new Set([...LEVELS.map((l) => l.name), "cases", "roads", "lanes", "zone", "strip", "bands", "components", "viaduct"]);

export function Scale({ zoom, lat }: { zoom: number; lat: number }) {
  const { lon_m } = perDegree(lat);
  const per_px = (lon_m * 360) / (512 * 2 ** zoom);
  const long_m = round_m(120 * per_px);
  return <span class="scale"><span style={{ width: `${long_m / per_px}px` }} />{metres(long_m)}</span>;
}

function Sample({ of, pictures }: { of: Entry; pictures: (name: string) => string }) {
  if (of.mark) return <img src={pictures(of.mark)} alt="" width={18} height={18} />;
  if (of.circle) return <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true"><circle cx="9" cy="9" r="7" fill="none" stroke="currentColor" stroke-width="2" /></svg>;
  const { token, px, dash } = of.line ?? { token: "text", px: 1 };
  return <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true"><path d="M0 9h18" stroke={colours.value(token)} stroke-width={px} stroke-dasharray={dash} /></svg>;
}

export function Legend({ zoom, lat }: { zoom: number; lat: number }) {
  const [open, setOpen] = useState(mode.peek() !== "narrow");
  const c = colours.value;
  const pictures = useMemo(() => {
    const known = new Map<string, string>();
    return (name: string) => {
      if (!known.has(name)) known.set(name, markPicture(name, c));
      return known.get(name) as string;
    };
  }, [c]);
  const said = entries(new Set([...on.value].filter((name) => !hidden.value.has(name))), zoom, query.value["by"] ?? "clock");
  return (
    <div class="map-foot">
      <section class="legend card" aria-label={t("legend.title")}>
        <button class="plain" aria-expanded={open} onClick={() => setOpen(!open)}>{t("legend.title")} <Glyph name={open ? "down" : "up"} /></button>
        {open && <ul>{said.map((one) => <li key={one.key}><Sample of={one} pictures={pictures} /> {one.label}</li>)}</ul>}
        {open && legendBlocks.value.filter((block) => !block.onPaper).map((block) => (
          <div key={block.title}>
            <h3>{block.title}</h3>
            <ul>{(block.classes ?? []).map(({ token, label }) => <li key={label}><svg width="18" height="18" aria-hidden="true"><path d="M1 3h16v12H1z" fill={c(token)} /></svg> {label}</li>)}</ul>
            {(block.notes ?? []).map((note) => <p key={note} class="muted">{note}</p>)}
          </div>
        ))}
      </section>
      <Scale zoom={zoom} lat={lat} />
    </div>
  );
}
