// Where the load is: rates in fixed classes by place, over time, against another period.
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { setQuery, query } from "../app/route";
import type { Screen } from "../app/screens";
import { useKeys } from "../app/keys";
import { daysOf, heatQuery, later, readHeat, type Heat } from "../data/heat";
import { shownOf, VIEWS, type View } from "../data/heat-classes";
import { asProblem, type Problem } from "../data/problem";
import { useHeat } from "../map/heat";
import { t } from "../words";
import { Hours } from "./heat/hours";
import { Legend } from "./heat/legend";
import { Settings } from "./heat/settings";
import { Table } from "./heat/table";
import { Time } from "./heat/time";
import { Top } from "./heat/top";

const heat = signal<Heat | null>(null);
const problem = signal<Problem | null>(null);
const view = computed<View>(() => {
  const asked = VIEWS.find((v) => v === query.value["view"]);
  return heat.value?.vs ? (asked ?? "difference") : "this";
});
const shown = computed(() => new Map((heat.value?.cells ?? []).map((cell) => [cell.code, shownOf(cell, view.value, heat.value?.breaks ?? [])])));
const onMap = computed(() => {
  const told = heat.value;
  if (!told) return null;
  const { by, edition, outline, cells } = told;
  const lattice = outline && { outline, cells: cells.map(({ code, x = 0, y = 0 }) => ({ code, x, y })) };
  return { layer: by, edition, lattice };
});

function useReading(): void {
  const asked = query.value;
  const what = JSON.stringify(heatQuery(asked));
  useEffect(() => {
    const stop = new AbortController();
    document.documentElement.dataset.heat = "reading";
    readHeat(asked, stop.signal).then(
      (found) => {
        heat.value = found;
        problem.value = null;
        document.documentElement.dataset.heat = "ready";
      },
      (e: unknown) => {
        if (!stop.signal.aborted) problem.value = asProblem(e);
      },
    );
    return () => stop.abort();
  }, [what]);
}

function move(steps: number): void {
  const { from, to, days } = daysOf(query.peek());
  const by = Math.max(1, Math.round(days / 4)) * steps;
  setQuery({ from: later(from, by), to: later(to, by) }, "replace");
}

function List() {
  useKeys([
    { key: "[", word: "heat.earlier", run: () => move(-1) },
    { key: "]", word: "heat.later", run: () => move(1) },
    { key: "C", word: "heat.compare", run: () => setQuery({ vs: query.peek()["vs"] ? null : "previous" }) },
  ]);
  return (
    <div class="heat-side stack">
      <h1>{t("nav.heat")}</h1>
      <Settings />
      {problem.value && (
        <p class="note" role="alert">{problem.value.sentence()}</p>
      )}
      {heat.value && <Top heat={heat.value} view={view.value} shown={shown.value} />}
      <Hours />
    </div>
  );
}

function Over() {
  useReading();
  const told = heat.value;
  useHeat(onMap.value && { ...onMap.value, drawn: shown.value, difference: view.value === "difference" });
  return (
    <>
      {told && query.value["table"] && <Table heat={told} view={view.value} />}
      <div class="heat-head">
        <Time move={move} />
        {told && <Legend heat={told} view={view.value} shown={shown.value} />}
      </div>
    </>
  );
}

export default { List, Over } satisfies Screen;
