// The last year week by week, and a slider that moves the period over it.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { useKeys } from "../../app/keys";
import { query, setQuery } from "../../app/route";
import { daysOf, heatQuery, later, readSeries, WEEKS, type Series } from "../../data/heat";
import { day } from "../../words/format";
import { t } from "../../words";
import { Glyph } from "../../parts/glyph";

const PLAY_MS = 1200;
const DAY_MS = 86_400_000;
const playing = signal(false);
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const daysBetween = (a: string, b: string): number => Math.round((Date.parse(b) - Date.parse(a)) / DAY_MS);

export function Time({ move }: { move: (steps: number) => void }) {
  const [told, setTold] = useState<Series | null>(null);
  const asked = query.value;
  const { category, source, street, unit, status } = heatQuery(asked);
  useEffect(() => {
    const stop = new AbortController();
    readSeries(asked, stop.signal).then(setTold, () => undefined);
    return () => stop.abort();
  }, [category, source, street, unit, status]);
  const today = daysOf({}).to;
  const first = later(today, 1 - 7 * WEEKS);
  const { from, to, days } = daysOf(asked);
  const at = (end: string) => Math.min(Math.max(daysBetween(first, end), 0), 7 * WEEKS - 1);
  const place = (end: string) => setQuery({ from: later(end, 1 - days), to: end }, "replace");
  const play = () => (playing.value = !playing.peek() && !still());
  useKeys([{ key: "T", word: "heat.play", run: play }]);
  useEffect(() => {
    if (!playing.value) return;
    const timer = setInterval(() => {
      const end = daysOf(query.peek()).to;
      if (end >= today) playing.value = false;
      else place(later(end, Math.min(7, daysBetween(end, today))));
    }, PLAY_MS);
    return () => clearInterval(timer);
  }, [playing.value]);
  useEffect(() => () => void (playing.value = false), []);
  const most = Math.max(...(told?.items.map((i) => i.n) ?? []), 1);
  const share = (end: string) => (100 * (daysBetween(first, end) + 1)) / (7 * WEEKS);
  return (
    <section class="card heat-time" aria-label={t("heat.time")}>
      <b class="days">{day(new Date(from), false)}{" \u2013 "}{day(new Date(to))}</b>
      <button class="plain" aria-label={t("heat.earlier")} onClick={() => move(-1)}><Glyph name="left" /></button>
      <div class="track">
        <svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
          {told?.items.map((item, i) => {
            const [x, x2] = [i, i + 1].map((k) => (100 * k) / told.items.length) as [number, number];
            const inside = Date.parse(item.to) > Date.parse(from) && Date.parse(item.from) < Date.parse(later(to, 1));
            return <rect key={item.from} x={x} y={24 - (24 * item.n) / most} width={(x2 - x) * 0.8} height={(24 * item.n) / most} class={inside ? "inside" : ""} />;
          })}
        </svg>
        <i class="window" style={{ insetInlineStart: `${Math.max(share(from) - 100 / (7 * WEEKS), 0)}%`, insetInlineEnd: `${Math.max(100 - share(to), 0)}%` }} aria-hidden="true" />
        <input
          type="range" min={0} max={7 * WEEKS - 1} step={1} value={at(to)} aria-label={t("heat.until")} aria-valuetext={`${day(new Date(from))} \u2013 ${day(new Date(to))}`}
          onInput={(e) => place(later(first, e.currentTarget.valueAsNumber))}
        />
      </div>
      <button class="plain" aria-label={t("heat.later")} onClick={() => move(1)}><Glyph name="right" /></button>
      {!still() && <button class="plain" aria-pressed={playing.value} onClick={play}>{t(playing.value ? "heat.pause" : "heat.play")}</button>}
    </section>
  );
}
