// The frame that never goes: rail, bar, list, map, panel. Screens fill list and panel; the map stays mounted.
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { Stage } from "../map/stage";
import { stale, heardAt } from "../data/stream";
import { now } from "../data/clock";
import { me, may } from "../data/me";
import { clockTime } from "../words/format";
import { t, type Word } from "../words";
import { Glyph } from "../parts/glyph";
import { Announcer, tell } from "./announce";
import { Bar } from "./bar";
import { Help, helpShown } from "./help";
import { Palette, paletteShown } from "./palette";
import { useKeys } from "./keys";
import { openView, VIEWS } from "./views";
import { mode } from "./looks";
import { go, place, screen } from "./route";
import { loaded, loadScreen, SCREENS } from "./screens";

type Tab = "list" | "map" | "panel";
// A case opens beside the list and closes to it: both are there, so that the list stays as it is, with its focus.
const PAIR = ["live", "case"];

export function Shell() {
  const [tab, setTab] = useState<Tab>("list");
  useSignalEffect(() => (PAIR.includes(screen.value) ? PAIR : [screen.value]).forEach((name) => void loadScreen(name)));
  // Where one column is all there is, what was opened is shown.
  const thing = place.value.args.join("/");
  useEffect(() => setTab(thing ? "panel" : "list"), [thing]);
  useKeys([
    { key: "/", word: "keys.search", run: () => (paletteShown.value = true) },
    { key: "Ctrl+K", word: "keys.palette", always: true, run: () => (paletteShown.value = true) },
    { key: "?", word: "keys.help", run: () => (helpShown.value = true) },
    { key: "L", word: "keys.list", run: () => focusOn("list") },
    { key: "M", word: "keys.map", run: () => focusOn("map") },
    ...VIEWS.map((n) => ({ key: `Alt+${n}`, word: `view.open_${n}`, run: () => { if (!openView(n)) tell(t("view.none", { n })); } })),
    ...SCREENS.filter((s) => s.key).map((s) => ({ key: `G ${s.key}`, word: `nav.${s.name}`, run: () => go(s.name) })),
  ]);
  useFocus(screen.value, thing, Boolean(loaded.value[screen.value]));
  const row = SCREENS.find((s) => s.name === screen.value);
  const shown = loaded.value[screen.value];
  const opened = Boolean(place.value.query["sel"]) || place.value.args.length > 0;
  const Over = shown?.Over;
  return (
    <div class="shell" data-tab={tab} data-screen={screen.value} data-opened={opened} data-has-list={Boolean(shown?.List)} data-has-panel={Boolean(shown?.Panel)}>
      <SkipLinks />
      {mode.value !== "wall" && <Rail />}
      {mode.value !== "wall" && <Bar />}
      {stale.value && now.value.getTime() - heardAt.value.getTime() > 60_000 && (
        <p class="banner" role="alert">{t("stream.lost", { at: clockTime(heardAt.value, true) })}</p>
      )}
      {shown?.List && (
        <section class="list" id="list" aria-label={t("list.label")} tabIndex={-1}><shown.List /></section>
      )}
      <main class="stage" id="map" aria-label={t("map.label")} tabIndex={-1}>
        <Stage hidden={Boolean(shown?.Full)} />
        {Over && <Over />}
        {shown?.Full && <div class="full"><shown.Full /></div>}
        {!row && <NoScreen />}
      </main>
      {shown?.Panel && (
        <aside class="panel" id="panel" aria-label={t("panel.label")} tabIndex={-1}><shown.Panel /></aside>
      )}
      {mode.value === "narrow" && shown?.List && (
        <div class="tabs" role="group">
          {(["list", "map", "panel"] as const).map((name) => (
            <button key={name} aria-pressed={tab === name} onClick={() => setTab(name)}>{t(`tab.${name}`)}</button>
          ))}
        </div>
      )}
      <Announcer />
      {paletteShown.value && <Palette />}
      {helpShown.value && <Help />}
    </div>
  );
}

function focusOn(id: string): void {
  const region = document.getElementById(id);
  const inner = region?.querySelector<HTMLElement>("[data-focus], canvas.maplibregl-canvas, [role=listbox], [tabindex='0']");
  (inner ?? region)?.focus();
}

/** Where the thing that had the focus is gone with its screen, the new screen takes it: its list, its heading, the case. */
function useFocus(name: string, thing: string, there: boolean): void {
  const first = useRef(true);
  useEffect(() => {
    if (!there) return;
    if (first.current) {
      first.current = false;
      return;
    }
    // Whoever opened something may give the focus itself, right after.
    const timer = setTimeout(() => {
      if (document.activeElement && document.activeElement !== document.body) return;
      const at = name === "case" ? document.getElementById("panel") : document.querySelector<HTMLElement>("#list [role=listbox], #list :is(h1, h2), .full :is(h1, h2), #list");
      if (at && at.tabIndex < 0) at.tabIndex = -1;
      at?.focus({ preventScroll: true });
    }, 50);
    return () => clearTimeout(timer);
  }, [name, thing, there]);
}

function SkipLinks() {
  return (
    <div class="skip">
      {(["list", "map", "panel"] as const).map((id) => (
        <a key={id} href={`#${id}`} onClick={(e) => { e.preventDefault(); focusOn(id); }}>{t(`app.skip_${id}`)}</a>
      ))}
    </div>
  );
}

function Rail() {
  const offered = SCREENS.filter((s) => s.rail && (me.value === null || may(s.needs)));
  return (
    <nav class="rail" aria-label={t("nav.label")}>
      {offered.map((s) => (
        <a
          key={s.name}
          href={`/${s.name}`}
          aria-current={(screen.value === "case" ? "live" : screen.value) === s.name ? "page" : undefined}
          title={s.key ? `${t(`nav.${s.name}`)} (G ${s.key})` : t(`nav.${s.name}` as Word)}
          onClick={(e) => { if (!e.ctrlKey && !e.metaKey) { e.preventDefault(); go(s.name); } }}
        >
          <Glyph name={s.glyph} />
          <span>{t(`nav.${s.name}`)}</span>
        </a>
      ))}
    </nav>
  );
}

function NoScreen() {
  return (
    <div class="full">
      <div class="empty stack">
        <p>{t("problem.no_screen")}</p>
        <div><button onClick={() => go("live")}>{t("problem.go_live")}</button></div>
      </div>
    </div>
  );
}
