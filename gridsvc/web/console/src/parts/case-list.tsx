// The live list. It is the same list on the live screen and beside an open case, so that leaving a case finds it as it was.
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { tell } from "../app/announce";
import { useKeys } from "../app/keys";
import { mode } from "../app/looks";
import { go, place, query, setQuery } from "../app/route";
import { kept } from "../data/cases";
import { filtersOf } from "../data/filters";
import { again, complete, facets, ids, more, open, problem, reading, settle, total, waiting } from "../data/live";
import { t } from "../words";
import { number } from "../words/format";
import { CaseRow } from "./case-row";
import { clear, FilterBar } from "./filter-bar";
import { VirtualList } from "./virtual";
import { showIfAway } from "../map/stage";

const IDLE_MS = 10_000;
const selected = (): string | null => (query.value["sel"]?.startsWith("case:") ? query.value["sel"].slice(5) : null);

/** Open a case, with the filters that led to it. */
export function openCase(id: string): void {
  const one = kept(id)?.peek();
  go("case", [one?.number ?? id], { ...filtersOf(query.peek()), sel: `case:${id}` });
}

export function closeCase(): void {
  go("live", [], { ...filtersOf(query.peek()), ...(query.peek()["sel"] ? { sel: query.peek()["sel"] as string } : {}) });
  setTimeout(() => document.querySelector<HTMLElement>("#list [role=listbox]")?.focus(), 0);
}

function choose(id: string): void {
  const one = kept(id)?.peek();
  if (place.peek().screen === "case" && one) {
    const to = { ...filtersOf(query.peek()), sel: `case:${id}` };
    go("case", [one.number], to, "replace");
  } else setQuery({ sel: `case:${id}` }, "replace");
  if (one) showIfAway(one.point.lon, one.point.lat);
}

function step(by: number): void {
  const rows = ids.peek();
  const now = selected();
  const to = now === null ? 0 : Math.max(0, Math.min(rows.length - 1, rows.indexOf(now) + by));
  const id = rows[to];
  if (id) choose(id);
}

function showWaiting(): void {
  if (!waiting.peek().size) return;
  void again().then(() => document.querySelector("#list .rows")?.scrollTo(0, 0));
}

export function CaseList() {
  const touched = useRef(Date.now());
  useSignalEffect(() => open(query.value));
  useEffect(() => {
    const touch = () => (touched.current = Date.now());
    const list = document.getElementById("list");
    for (const kind of ["pointermove", "wheel", "keydown", "scroll"]) list?.addEventListener(kind, touch, true);
    const timer = setInterval(() => Date.now() - touched.current > IDLE_MS && settle(), 1000);
    return () => {
      for (const kind of ["pointermove", "wheel", "keydown", "scroll"]) list?.removeEventListener(kind, touch, true);
      clearInterval(timer);
    };
  }, []);
  useKeys([
    { key: "J", word: "keys.next", run: () => step(1) },
    { key: "K", word: "keys.previous", run: () => step(-1) },
    { key: "N", word: "keys.waiting", run: () => (waiting.peek().size ? showWaiting() : settle()) },
    { key: "Enter", word: "keys.open", run: () => { const id = selected(); if (id && place.peek().screen === "live") openCase(id); } },
  ]);
  const all = total();
  return (
    <>
      <FilterBar />
      <p class="list-head muted">
        {t("list.of", { n: all === null ? `${number(ids.value.length)}+` : number(all) })}
        {mode.value !== "narrow" && <span><kbd>J</kbd> <kbd>K</kbd> <kbd>Enter</kbd></span>}
      </p>
      {waiting.value.size > 0 && (
        <button class="waiting" title={t("list.waiting", { n: waiting.value.size })} onClick={showWaiting}><b>+{waiting.value.size}</b> <span>{t("list.waiting", { n: waiting.value.size })}</span> <kbd>N</kbd></button>
      )}
      <Said />
      {problem.value && (
        <div class="note stack" role="alert"><p>{problem.value.sentence()}</p><div><button onClick={() => void again()}>{t("part.retry")}</button></div></div>
      )}
      {ids.value.length > 0 ? (
        <VirtualList
          label={t("list.label")} ids={ids.value} total={all} row_px={56} active={selected()} activate={choose} open={openCase}
          near={(last) => last >= ids.peek().length - 20 && !complete.peek() && void more()} render={(id) => <CaseRow id={id} />}
        />
      ) : reading.value ? <Skeleton /> : !problem.value && <Empty />}
    </>
  );
}

function Skeleton() {
  return <div class="skeleton" aria-label={t("part.loading")}>{[1, 2, 3, 4, 5, 6].map((i) => <div key={i} class="list-row" />)}</div>;
}

function Empty() {
  const { sort: _, ...filtered } = filtersOf(query.value);
  const by = Object.keys(filtered).length > 0;
  return (
    <div class="empty stack">
      <p>{t(by ? "list.none_filtered" : "list.none")}</p>
      {by && <div><button onClick={clear}>{t("filter.clear")}</button></div>}
    </div>
  );
}

// At most one sentence in ten seconds for those who listen, and each case once: said again, it would take the place of
// what was just done. A case that is open already is no news.
let saidAt = 0;
const told = new Set<string>();
function Said() {
  useSignalEffect(() => {
    const new_ = waiting.value;
    void facets.value;
    if (!new_.size) return told.clear();
    const opened = place.peek().args[0];
    for (const id of new_) if (opened && kept(id)?.peek()?.number === opened) told.add(id);
    const n = [...new_].filter((id) => !told.has(id)).length;
    if (!n || Date.now() - saidAt < 10_000) return;
    saidAt = Date.now();
    for (const id of new_) told.add(id);
    tell(t("list.said", { n }));
  });
  return null;
}
