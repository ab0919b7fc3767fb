// The live list: read by pages, kept up to date by the stream, and still while somebody reads it.
import { signal } from "@preact/signals";
import { get, type Query } from "./api";
import { isKept, kept, letGo, readCase, readPage, type Case } from "./cases";
import { now } from "./clock";
import { compare, fits, asked, filtersOf, parts, statuses, type Filters } from "./filters";
import { asProblem, type Problem } from "./problem";
import { listen, type Told } from "./stream";

export interface Facets { [kind: string]: Readonly<Record<string, number>> }

/** Rows as they are shown; they change places only by `show` and `settle`. */
export const ids = signal<readonly string[]>([]);
/** Cases that came in since and wait to be shown. */
export const waiting = signal<ReadonlySet<string>>(new Set());
/** Something shown belongs elsewhere by now, or nowhere. */
export const restless = signal(false);
export const facets = signal<Facets>({});
export const problem = signal<Problem | null>(null);
export const reading = signal(false);
export const complete = signal(false);
/** Which list this is: changes when it is read anew. */
export const reads = signal(0);

let filters: Filters = {};
let shownFor = "";
let at: { part: number; cursor: string | null } = { part: 0, cursor: null };
let stop = new AbortController();
// When it was read: what was reported before and is not shown is further down, and not new.
let readAt = 0;

/** Show the list of these filters; the one that is there already stays as it is. */
export function open(query: Readonly<Record<string, string>>): void {
  const wanted = filtersOf(query);
  const name = JSON.stringify(wanted);
  if (name === shownFor && !problem.peek()) return;
  shownFor = name;
  filters = wanted;
  ids.value = [];
  void again();
}

/** Read it from its beginning; what is there stays until the answer is. */
export async function again(): Promise<void> {
  stop.abort();
  stop = new AbortController();
  at = { part: 0, cursor: null };
  readAt = now.peek().getTime();
  complete.value = false;
  problem.value = null;
  reading.value = false;
  countFacets();
  await more(true);
}

export const more = async (anew = false): Promise<void> => {
  if (reading.peek() || (complete.peek() && !anew)) return;
  const mine = stop;
  reading.value = true;
  try {
    let had = new Set(anew ? [] : ids.peek());
    const found: string[] = [];
    // A part that has nothing new is followed by the next one.
    while (found.length < 40 && at.part < parts(filters).length) {
      const page = await readPage(parts(filters)[at.part] as Query, at.cursor, mine.signal);
      found.push(...page.ids.filter((id) => !had.has(id)));
      had = new Set([...had, ...page.ids]);
      at = page.next ? { part: at.part, cursor: page.next } : { part: at.part + 1, cursor: null };
    }
    ids.value = anew ? found : [...ids.peek(), ...found];
    complete.value = at.part >= parts(filters).length;
    if (anew) {
      waiting.value = new Set();
      restless.value = false;
      reads.value++;
    }
    problem.value = null;
  } catch (e) {
    if (!mine.signal.aborted) {
      problem.value = asProblem(e);
      // A service that is starting, or away for a moment, is asked again.
      if ([0, 503].includes(problem.value.status)) setTimeout(() => mine === stop && problem.peek() && void again(), AGAIN_MS);
    }
  } finally {
    if (mine === stop) reading.value = false;
    document.documentElement.dataset.listReady = "1";
  }
};

/** Put rows where they belong by now. */
export function settle(): void {
  if (!restless.peek()) return;
  const rows = ids.peek().map((id) => kept(id)?.peek()).filter((one) => one !== undefined);
  ids.value = rows.filter((one) => fits(one, filters, now.peek())).sort(compare(filters)).map((one) => one.id);
  restless.value = false;
}

/** How many cases the list has in all, as far as is known. */
export const total = (): number | null => {
  const of = facets.value["status"];
  if (complete.value) return ids.value.length;
  return of ? statuses(filters).reduce((sum, status) => sum + (of[status] ?? 0), 0) : null;
};

let counting = 0;
function countFacets(): void {
  clearTimeout(counting);
  counting = window.setTimeout(() => {
    get<{ facets?: Facets }>("/v1/cases/summary", asked(filters)).then(({ facets: found }) => (facets.value = found ?? {}), () => undefined);
  }, 300);
}

const AGAIN_MS = 4000;
let heard = false;
// Cases that changed, read together a few at a time.
const changed = new Set<string>();
let due = 0;

async function readChanged(): Promise<void> {
  due = 0;
  const these = [...changed].slice(0, 8);
  these.forEach((id) => changed.delete(id));
  await Promise.all(these.map(readAgain));
  if (changed.size && !due) due = window.setTimeout(() => void readChanged(), 100);
}

async function readAgain(id: string): Promise<void> {
  const was = isKept(id);
  try {
    await readCase(id);
  } catch {
    return;
  }
  place(id);
  // Of what waits its number in the button is all that is shown: a day's reports would fill the memory.
  if (!was && !ids.peek().includes(id)) letGo(id);
}

/** Whether a case that is no row is news: younger than the list, or to stand among the rows that are read. */
function isNews(one: Case): boolean {
  const last = kept(ids.peek().at(-1) ?? "")?.peek();
  return complete.peek() || !last || Date.parse(one.reported_at) > readAt || compare(filters)(one, last) < 0;
}

function place(id: string): void {
  const one = kept(id)?.peek();
  if (!one) return;
  const [belongs, row] = [fits(one, filters, now.peek()), ids.peek().indexOf(id)];
  const waits = row < 0 && belongs && isNews(one);
  if (waits !== waiting.peek().has(id)) {
    const next = new Set(waiting.peek());
    if (waits) next.add(id);
    else next.delete(id);
    waiting.value = next;
  }
  if (row < 0) return;
  const order = compare(filters);
  const beside = (by: number) => kept(ids.peek()[row + by] ?? "")?.peek();
  const [before, after] = [beside(-1), beside(1)];
  if (!belongs || (before && order(before, one) > 0) || (after && order(one, after) > 0)) restless.value = true;
}

listen((told: Told) => {
  if (!shownFor) return;
  // What came between the first reading and the first word of the stream nobody told.
  if (told.event === "resync" || (told.event === "open" && !heard && ids.peek().length)) void again();
  heard ||= told.event === "open";
  if (told.event !== "case") return;
  countFacets();
  const { case: id, version } = told.data;
  // What is not shown and cannot come to be shown is not read.
  if (!kept(id) && !statuses(filters).includes(told.data.status) && !waiting.peek().has(id)) return;
  const had = kept(id)?.peek();
  if (had && had.version >= version && told.data.kind !== "noted") return place(id);
  changed.add(id);
  due ||= window.setTimeout(() => void readChanged(), 150);
});
