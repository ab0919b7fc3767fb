// The roster of a week: for every seat who is on duty when, and the hours in which nobody answers.
import { useEffect, useState } from "preact/hooks";
import { go, query, setQuery } from "../app/route";
import type { Screen } from "../app/screens";
import { now } from "../data/clock";
import { placeTitle, readRoster, roleTitle, type Roster, type Seat, type Span } from "../data/duty";
import { asProblem } from "../data/problem";
import { titleOf } from "../data/titles";
import { clockTime, day, ZONE } from "../words/format";
import { t } from "../words";

const DAY_MS = 86_400_000;
// A gap that is shorter has no room for words; its title and the row's own sentence have them.
const WORDS_MS = DAY_MS / 4;
// A name is whole or not there: half a name is somebody else's. Titles and the row's own sentence have all of them.
const NAME_MS = DAY_MS / 3;
const ROLES = ["grid_chief", "street_chief", "lane_chief", "grid_worker", "persuader", "enforcement_officer", "duty_leader", "duty_officer", "liaison", "steward"];

/** Midnight of the city's own Monday of the week so many weeks away. */
function monday(weeks: number): Date {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit", weekday: "short", timeZoneName: "longOffset" }).formatToParts(now.peek());
  const of = (type: string) => parts.find((p) => p.type === type)?.value ?? "";
  const offset = of("timeZoneName").replace("GMT", "") || "Z";
  const today = Date.parse(`${of("year")}-${of("month")}-${of("day")}T00:00:00${offset}`);
  const past = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(of("weekday"));
  return new Date(today - (past - 7 * weeks) * DAY_MS);
}

function Full() {
  const weeks = Number(query.value["week"] ?? 0) || 0;
  const role = query.value["role"] ?? "grid_chief";
  const [found, setFound] = useState<Roster | null>(null);
  const [fault, setFault] = useState("");
  const start = monday(weeks);
  const read = (cursor: string | null) => {
    readRoster(start, new Date(start.getTime() + 7 * DAY_MS), role, cursor).then(
      (page) => { setFound((was) => (cursor && was ? { ...page, items: [...was.items, ...page.items] } : page)); setFault(""); },
      (e: unknown) => setFault(asProblem(e).sentence()),
    );
  };
  useEffect(() => read(null), [weeks, role]);
  const to = (by: number) => setQuery({ week: weeks + by ? String(weeks + by) : null }, "replace");
  const days = [0, 1, 2, 3, 4, 5, 6].map((n) => new Date(start.getTime() + n * DAY_MS));
  return (
    <div class="stack roster">
      <div class="row between">
        <h1>{t("nav.roster")}</h1>
        <div class="row">
          <label class="row">{t("roster.role")}
            <select value={role} onChange={(e) => setQuery({ role: e.currentTarget.value }, "replace")}>
              {ROLES.map((code) => <option key={code} value={code}>{titleOf("post", code)}</option>)}
            </select>
          </label>
          <button onClick={() => to(-1)} aria-label={t("roster.before")}>{"\u2039"}</button>
          <button onClick={() => to(-weeks)} disabled={!weeks}>{t("roster.this")}</button>
          <button onClick={() => to(1)} aria-label={t("roster.after")}>{"\u203A"}</button>
        </div>
      </div>
      <p class="muted row"><span class="key-bar" /> {t("roster.on_duty")} <span class="key-bar thin" /> {t("roster.deputy")} <span class="key-bar gap" /> {t("roster.nobody")}</p>
      {fault && <div class="note" role="alert"><p>{fault}</p><button onClick={() => read(null)}>{t("part.retry")}</button></div>}
      {found && found.items.length === 0 && <p class="empty">{t("roster.empty")}</p>}
      {found && found.items.length > 0 && (
        <div class="week" role="table" aria-label={t("nav.roster")}>
          <div class="week-row head" role="row">
            <span role="columnheader">{t("roster.place")}</span>
            <div class="week-track" role="presentation">{days.map((at, n) => <span key={n} role="columnheader" class="week-day" style={{ insetInlineStart: `${(n / 7) * 100}%` }}>{day(at, false)} {t(`roster.day_${n + 1}` as "roster.day_1")}</span>)}</div>
          </div>
          {found.items.map((seat) => <Row key={`${seat.role} ${seat.layer} ${seat.area ?? seat.unit}`} seat={seat} start={start} />)}
        </div>
      )}
      {found?.next && <div><button onClick={() => read(found.next)}>{t("part.more")}</button></div>}
    </div>
  );
}

function Row({ seat, start }: { seat: Seat; start: Date }) {
  const width = (span: Span) => {
    const from = (Date.parse(span.from) - start.getTime()) / (7 * DAY_MS);
    const to = (Date.parse(span.to) - start.getTime()) / (7 * DAY_MS);
    return { insetInlineStart: `${from * 100}%`, inlineSize: `${(to - from) * 100}%` };
  };
  const said = (span: Span) => `${day(new Date(span.from), false)} ${clockTime(new Date(span.from))}\u2013${clockTime(new Date(span.to))}`;
  const gaps = seat.gaps.map((gap) => t("roster.nobody_from", { span: said(gap) }));
  const at = (now.value.getTime() - start.getTime()) / (7 * DAY_MS);
  const area = seat.layer && seat.area;
  return (
    <div class="week-row" role="row">
      <span role="rowheader">
        {area ? <button class="plain" onClick={() => go("live", [], { sel: `area:${seat.layer}:${seat.area}` })}>{placeTitle(seat)}</button> : placeTitle(seat)}
      </span>
      <div class="week-track" role="cell">
        {seat.gaps.map((gap, n) => (
          <span key={n} class="week-gap" style={width(gap)} title={gaps[n]}>{Date.parse(gap.to) - Date.parse(gap.from) >= WORDS_MS && <span>{t("roster.nobody_short")}</span>}</span>
        ))}
        {seat.bars.map((bar, n) => (
          <span key={n} class="week-bar" data-deputy={bar.deputy} style={width(bar)} title={`${bar.name} ${roleTitle(seat)} ${said(bar)}`}>{Date.parse(bar.to) - Date.parse(bar.from) >= NAME_MS && bar.name}</span>
        ))}
        {at > 0 && at < 1 && <span class="week-now" style={{ insetInlineStart: `${at * 100}%` }} />}
        <span class="unseen">{seat.bars.map((bar) => `${bar.name} ${said(bar)}`).join("; ")}. {gaps.join("; ")}</span>
      </div>
    </div>
  );
}

export default { Full } satisfies Screen;
