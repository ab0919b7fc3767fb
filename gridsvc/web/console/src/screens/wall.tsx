// The wall, for glancing: five numbers, the worst ten, the map. Nothing moves but what happens; each item opens at a station.
import { useEffect, useState } from "preact/hooks";
import { refreshSummary, summary } from "../app/bar";
import { useKeys } from "../app/keys";
import type { Screen } from "../app/screens";
import { go, place } from "../app/route";
import { kept, readPage } from "../data/cases";
import { now } from "../data/clock";
import { OPEN } from "../data/filters";
import { lightOf, minute } from "../data/lights";
import { heardAt, listen, stale } from "../data/stream";
import { PRESETS, usePreset, type Preset } from "../map/shown";
import { wallScale } from "../map/wall-scale";
import { CaseRow } from "../parts/case-row";
import { clockTime, number, percent } from "../words/format";
import { t } from "../words";

const WORST = 10;
const SETTLE_MS = 2000;

/** Nobody's first, then what is latest; read anew a little after something happened. */
function useWorst(): readonly string[] {
  const [ids, setIds] = useState<readonly string[]>([]);
  useEffect(() => {
    let timer = 0;
    const read = async () => {
      timer = 0;
      const [undecided, due] = await Promise.all([readPage({ status: "undecided", limit: WORST }, null), readPage({ status: OPEN.join(","), order: "due", limit: WORST }, null)]);
      setIds([...new Set([...undecided.ids, ...due.ids])].slice(0, WORST));
      document.documentElement.dataset.listReady = "1";
    };
    const soon = () => {
      if (!timer) timer = window.setTimeout(() => void read().catch(() => undefined), SETTLE_MS);
    };
    void read().catch(() => undefined);
    refreshSummary();
    const each = setInterval(() => {
      soon();
      refreshSummary();
    }, 60_000);
    const stop = listen((told) => {
      if (told.event !== "case" && told.event !== "resync") return;
      soon();
      refreshSummary();
    });
    return () => {
      clearTimeout(timer);
      clearInterval(each);
      stop();
    };
  }, []);
  return ids;
}

function Over() {
  const ids = useWorst();
  const preset = place.value.args[0];
  const scale = wallScale.value;
  useEffect(() => {
    document.documentElement.style.setProperty("--scale", String(scale));
    return () => void document.documentElement.style.removeProperty("--scale");
  }, [scale]);
  useEffect(() => {
    if (preset && preset in PRESETS && !place.peek().query["on"]) usePreset(preset as Preset);
  }, [preset]);
  useKeys([{ key: "Escape", word: "keys.leave_wall", run: () => go("live") }]);
  return (
    <>
      <header class="wall-bar">
        <h1>{t("app.title")}</h1>
        <Numbers />
        <p class="wall-clock" data-stale={stale.value}>{t(stale.value ? "stream.stale" : "stream.live", { at: clockTime(stale.value ? heardAt.value : now.value, true) })}</p>
      </header>
      <section class="wall-list" aria-label={t("wall.worst")}>
        <h2>{t("wall.worst")}</h2>
        {ids.length === 0 && <p class="muted">{t("wall.none")}</p>}
        <ol>{ids.map((id) => <Item key={id} id={id} />)}</ol>
      </section>
    </>
  );
}

/** A row, with the end of its number: typed into the search of a station it opens the case. */
function Item({ id }: { id: string }) {
  const one = kept(id)?.value;
  if (!one) return null;
  return <li data-light={lightOf(one, minute.value)}><CaseRow id={id} /><span class="code muted">{one.number.slice(-4)}</span></li>;
}

function Numbers() {
  const s = summary.value;
  const said = (n: number | undefined) => (n === undefined ? "\u2013" : number(n));
  const first = s && s.first_dispatch.of > 0 ? percent(s.first_dispatch.good / s.first_dispatch.of) : "\u2013";
  const shown = [
    ["open", said(s?.open), t("bar.open")], ["soon", said(s?.due_soon), t("bar.due_soon")], ["overdue", said(s?.overdue), t("bar.overdue")],
    ["undecided", said(s?.undecided), t("bar.undecided")], ["first", first, t("bar.first_dispatch")],
  ] as const;
  return <dl class="wall-numbers">{shown.map(([key, value, word]) => <div key={key} class={`light-${key}`}><dd>{value}</dd><dt>{word}</dt></div>)}</dl>;
}

export default { Over } satisfies Screen;
