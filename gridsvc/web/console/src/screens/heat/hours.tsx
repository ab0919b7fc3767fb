// Hour by weekday: how many cases, and a click that shows where those are.
import { useEffect, useState } from "preact/hooks";
import { query, setQuery } from "../../app/route";
import { heatQuery, readHours, type Hours as Told } from "../../data/heat";
import { number } from "../../words/format";
import { t, tOf } from "../../words";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const DAYS = [1, 2, 3, 4, 5, 6, 7];
const STEPS = 6;

export function Hours() {
  const [told, setTold] = useState<Told | null>(null);
  const asked = query.value;
  const { hour: _, weekday: __, by: ___, rate: ____, ...what } = heatQuery(asked);
  useEffect(() => {
    const stop = new AbortController();
    readHours(asked, stop.signal).then(setTold, () => undefined);
    return () => stop.abort();
  }, [JSON.stringify(what)]);
  if (!told) return null;
  const most = Math.max(...told.hours.flat(), 1);
  const [hour, weekday] = [asked["hour"] ?? "", asked["weekday"] ?? ""];
  const choose = (d: number | null, h: number | null) => {
    const [w, at] = [d === null ? null : String(d), h === null ? null : String(h)];
    setQuery(weekday === (w ?? "") && hour === (at ?? "") ? { weekday: null, hour: null } : { weekday: w, hour: at });
  };
  const chosen = (d: number, h: number) => (hour || weekday) !== "" && (hour === "" || hour === String(h)) && (weekday === "" || weekday === String(d));
  return (
    <section aria-label={t("heat.hours")}>
      <h2>{t("heat.hours")}</h2>
      <table class="heat-hours">
        <thead>
          <tr><td />{HOURS.map((h) => <th key={h} scope="col"><button class="plain" aria-label={t("heat.hour", { h })} onClick={() => choose(null, h)}>{h % 6 === 0 ? h : ""}</button></th>)}</tr>
        </thead>
        <tbody>
          {DAYS.map((d) => (
            <tr key={d}>
              <th scope="row"><button class="plain" onClick={() => choose(d, null)}>{tOf("heat.day", String(d))}</button></th>
              {HOURS.map((h) => {
                const n = told.hours[d - 1]?.[h] ?? 0;
                const words = t("heat.cell", { day: tOf("heat.day", String(d)), h, n: number(n) });
                return (
                  <td key={h}>
                    <button data-step={n === 0 ? 0 : Math.max(1, Math.ceil((STEPS * n) / most))} aria-pressed={chosen(d, h)} aria-label={words} title={words} tabIndex={d === 1 && h === 0 ? 0 : -1} onClick={() => choose(d, h)} onKeyDown={walk} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Arrows go from cell to cell, so that 168 of them are one stop of the Tab key. */
function walk(event: KeyboardEvent): void {
  const steps: Record<string, [number, number]> = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const step = steps[event.key];
  const cell = (event.currentTarget as HTMLElement).closest("td");
  if (!step || !cell) return;
  const row = cell.closest("tr");
  const to = (row?.parentElement?.children[[...(row.parentElement.children)].indexOf(row) + step[0]] as HTMLTableRowElement | undefined)?.cells[cell.cellIndex + step[1]];
  const button = to?.querySelector<HTMLElement>("button[data-step]");
  if (!button) return;
  event.preventDefault();
  button.focus();
}
