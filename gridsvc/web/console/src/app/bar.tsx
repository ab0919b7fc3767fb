// The top bar: where, five numbers, how old what is shown is, search, language, theme, me.
import { signal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../data/api";
import { listen, heardAt, stale } from "../data/stream";
import { now } from "../data/clock";
import { me, signOut } from "../data/me";
import { clockTime, number, percent } from "../words/format";
import { t, tOf } from "../words";
import { Glyph } from "../parts/glyph";
import { helpShown } from "./help";
import { keysOff, setKeysOff } from "./keys";
import { lang, setLang, setTheme, theme } from "./looks";
import { paletteShown } from "./palette";
import { go } from "./route";
import { tell } from "./announce";
import { openView, partsOf, saveView, VIEWS, views } from "./views";

export interface Summary {
  open: number;
  due_soon: number;
  overdue: number;
  undecided: number;
  first_dispatch: { good: number; of: number };
}

export const summary = signal<Summary | null>(null);
let asked = 0;

/** Read the numbers; many events in a row are one reading. */
export function refreshSummary(): void {
  if (asked) return;
  asked = window.setTimeout(() => {
    asked = 0;
    get<Summary>("/v1/cases/summary").then((found) => (summary.value = found), () => undefined);
  }, 400);
}

export function Bar() {
  useEffect(() => {
    refreshSummary();
    return listen((told) => {
      if (told.event === "case" || told.event === "resync") refreshSummary();
    });
  }, []);
  // Lights change without events.
  useSignalEffect(() => {
    if (now.value.getSeconds() === 0) refreshSummary();
  });
  return (
    <header class="bar">
      <a class="home" href="/live" onClick={(e) => { e.preventDefault(); go("live"); }}>{t("app.title")}</a>
      <Numbers />
      <span class="stream" data-stale={stale.value}>
        <Glyph name={stale.value ? "stale" : "dot"} />
        {t(stale.value ? "stream.stale" : "stream.live", { at: clockTime(stale.value ? heardAt.value : now.value, true) })}
      </span>
      <button class="search" onClick={() => (paletteShown.value = true)}>
        <Glyph name="search" />
        <span>{t("palette.label")}</span>
        <kbd>/</kbd>
      </button>
      <button class="plain" lang={lang.value === "zh" ? "en" : "zh-CN"} onClick={() => setLang(lang.value === "zh" ? "en" : "zh")}>{t("look.lang")}</button>
      <button class="plain" aria-label={t("look.theme")} title={t("look.theme")} onClick={() => setTheme(theme.value === "dark" ? "light" : "dark")}>
        <Glyph name={theme.value === "dark" ? "sun" : "moon"} />
      </button>
      <Mine />
    </header>
  );
}

function Numbers() {
  const s = summary.value;
  const first = s && s.first_dispatch.of > 0 ? percent(s.first_dispatch.good / s.first_dispatch.of) : "\u2013";
  const said = (n: number | undefined) => (n === undefined ? "\u2013" : number(n));
  return (
    <div class="numbers" role="group" aria-label={t("bar.numbers")}>
      <button class="plain" onClick={() => go("live")}><b>{said(s?.open)}</b> {t("bar.open")}</button>
      <button class="plain light-soon" onClick={() => go("live", [], { clock: "amber" })}><b>{said(s?.due_soon)}</b> {t("bar.due_soon")}</button>
      <button class="plain light-overdue" onClick={() => go("overdue")}><b>{said(s?.overdue)}</b> {t("bar.overdue")}</button>
      <button class="plain light-undecided" onClick={() => go("desk")}><b>{said(s?.undecided)}</b> {t("bar.undecided")}</button>
      <button class="plain" onClick={() => go("board")}><b>{first}</b> {t("bar.first_dispatch")}</button>
    </div>
  );
}

/** Views that were saved, each with its key; any of them may be overwritten by what is shown now. */
function Saved({ close }: { close: () => void }) {
  return (
    <section aria-label={t("view.title")}>
      <h3>{t("view.title")}</h3>
      {VIEWS.map((n) => {
        const at = views.value[n];
        const of = at ? partsOf(at) : null;
        return (
          <p key={n} class="row between">
            <button class="plain" disabled={!of} onClick={() => { close(); openView(n); }}><kbd>Alt {n}</kbd> {of ? `${tOf("nav", of.screen)}${of.filters ? ` \u00B7 ${t("view.filters", { n: of.filters })}` : ""}` : t("view.empty")}</button>
            <button class="plain small" onClick={() => { saveView(n); tell(t("view.saved", { n })); }}>{t("view.save")}</button>
          </p>
        );
      })}
    </section>
  );
}

function Mine() {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const close = (e: Event) => {
      if (e instanceof KeyboardEvent ? e.key === "Escape" : !box.current?.contains(e.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", close);
    addEventListener("keydown", close);
    return () => {
      removeEventListener("pointerdown", close);
      removeEventListener("keydown", close);
    };
  }, [open]);
  return (
    <div class="mine" ref={box}>
      <button class="plain" aria-expanded={open} aria-label={t("me.label")} onClick={() => setOpen(!open)}>
        <Glyph name="me" /> <span>{me.value?.name}</span>
      </button>
      {open && (
        <div class="card stack">
          <p class="muted">{me.value?.roles.map((r) => (lang.value === "zh" ? r.zh : r.role)).join(", ")}</p>
          <button class="plain" onClick={() => { setOpen(false); helpShown.value = true; }}>{t("me.shortcuts")} <kbd>?</kbd></button>
          <Saved close={() => setOpen(false)} />
          <button class="plain" onClick={() => setKeysOff(!keysOff.value)}>{t(keysOff.value ? "me.keys_on" : "me.keys_off")}</button>
          <a class="button plain" href="/field">{t("me.field")}</a>
          <button class="plain" onClick={() => void signOut()}>{t("me.sign_out")}</button>
        </div>
      )}
    </div>
  );
}
