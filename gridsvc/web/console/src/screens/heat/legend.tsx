// What the colours mean, how many areas have each, and which cases are in none.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { query, setQuery } from "../../app/route";
import { titleOfScheme, type Heat } from "../../data/heat";
import { NEW, tally, VIEWS, type Shown, type View } from "../../data/heat-classes";
import { setLegend } from "../../map/stage";
import { Glyph } from "../../parts/glyph";
import { DIFFERENCE, HEAT } from "../../map/style/heat";
import { layerName } from "../../data/catalogue";
import { day, number } from "../../words/format";
import { t, tOf } from "../../words";

/** A bound as people say it; of a ratio what multiplies or divides. */
export function bound(value: number, ratio: boolean): string {
  const said = (v: number) => String(Number(v.toPrecision(3)));
  if (!ratio) return said(value);
  return value > 0 && value < 1 ? `\u00F7${said(1 / value)}` : `\u00D7${said(value)}`;
}

function range(breaks: readonly number[], at: number, ratio: boolean): string {
  const low = bound(breaks[at] ?? 0, ratio);
  const next = breaks[at + 1];
  if (next === undefined) return `\u2265 ${low}`;
  return at === 0 ? `< ${bound(next, ratio)}` : `${low} \u2013 ${bound(next, ratio)}`;
}

const swatch = (token: string) => <i class="swatch" data-colour={token} aria-hidden="true" />;

/** Where it would lie over much of the map it begins as its one line. */
const folded = signal(innerWidth < 1440);

/** The same for pictures and prints of the map. */
function useOnPaper(title: string, classes: readonly { token: string; label: string }[], notes: readonly string[]): void {
  useEffect(() => setLegend("heat", { title, classes, notes, onPaper: true }), [title, JSON.stringify(classes), notes.join()]);
  useEffect(() => () => setLegend("heat", null), []);
}

export function Legend({ heat, view, shown }: { heat: Heat; view: View; shown: ReadonlyMap<string, Shown> }) {
  const ratio = view === "difference" && heat.vs !== undefined;
  const scheme = ratio && heat.vs ? heat.vs : heat;
  const all = [...shown.values()];
  const classes = tally(all, scheme.breaks.length);
  const few = all.filter((s) => s.few && s.at >= 0).length;
  const fresh = all.filter((s) => s.at === NEW).length;
  const period = view === "that" && heat.vs ? heat.vs.period : heat.period;
  const aside = view === "that" && heat.vs ? heat.vs.set_aside : heat.set_aside;
  const until = new Date(Date.parse(period.to) - 1);
  const ramp = ratio ? DIFFERENCE : HEAT;
  const notes = [...(heat.vs && heat.vs.n === 0 ? [t("heat.vs_empty")] : []), ...(aside > 0 ? [t("heat.aside", { n: number(aside) })] : []), ...(heat.whole ? [] : [t("heat.partial")]), t("heat.scheme", { scheme: scheme.scheme, edition: heat.edition })];
  useOnPaper(`${titleOfScheme(scheme)} ${day(new Date(period.from))} \u2013 ${day(until)}`, scheme.breaks.map((_, at) => ({ token: ramp[at] ?? "land", label: `${range(scheme.breaks, at, ratio)} \u00B7 ${number(classes[at] ?? 0)}` })).reverse(), notes);
  const row = (token: string, words: string, n: number | null) => (
    <li key={words}>{swatch(token)}<span>{words}</span>{n !== null && <small class="muted n">{number(n)}</small>}</li>
  );
  return (
    <section class="card heat-legend" aria-label={t("heat.legend")} data-folded={folded.value}>
      <div class="row between">
        <h2>{titleOfScheme(scheme)}</h2>
        <button class="plain" aria-expanded={!folded.value} aria-label={t("heat.legend")} onClick={() => (folded.value = !folded.value)}><Glyph name={folded.value ? "down" : "up"} /></button>
      </div>
      <p class="muted">{tOf("heat", heat.by) === heat.by ? layerName(heat.by) : tOf("heat", heat.by)}{" \u00B7 "}{day(new Date(period.from))}{" \u2013 "}{day(until)}</p>
      {heat.vs && (
        <div class="row" role="group" aria-label={t("heat.view")}>
          {VIEWS.map((v) => <button key={v} class="chip" aria-pressed={view === v} onClick={() => setQuery({ view: v }, "replace")}>{t(`heat.view.${v}`)}</button>)}
        </div>
      )}
      <ul>
        {scheme.breaks.map((_, at) => row(ratio ? `difference-${at}` : `heat-${at}`, range(scheme.breaks, at, ratio), classes[at] ?? 0)).reverse()}
        {heat.zero !== null && view === "this" && row("none", t("heat.zero"), heat.zero)}
        {heat.unknown > 0 && row("unknown", t("heat.unknown"), heat.unknown)}
        {fresh > 0 && row("new", t("heat.new"), fresh)}
        {row("few", t("heat.few"), few)}
      </ul>
      {notes.map((note) => <p key={note} class="muted">{note}</p>)}
      {(query.value["hour"] || query.value["weekday"]) && (
        <button class="chip" onClick={() => setQuery({ hour: null, weekday: null })}>{t("heat.all_hours")}</button>
      )}
    </section>
  );
}
