// Which cases a list is of, by the names of the address; what the service is asked, and what belongs in it by itself.
import type { Query } from "./api";
import type { Case } from "./cases";
import { lightOf, nextClock, OVER } from "./lights";

export type Filters = Readonly<Record<string, string>>;
/** Filters of the address; `sort` orders. */
export const FILTERS = ["status", "clock", "street", "unit", "category", "source", "grid", "from", "to", "q"] as const;
export const OPEN = ["reported", "accepted", "verifying", "registered", "undecided", "dispatched", "in_progress", "on_hold", "done", "checking", "rework"] as const;

export const filtersOf = (query: Readonly<Record<string, string>>): Filters =>
  Object.fromEntries([...FILTERS, "sort"].filter((name) => query[name]).map((name) => [name, query[name] as string]));

const values = (filters: Filters, name: string): readonly string[] => (filters[name] ?? "").split(",").filter(Boolean);

/** The statuses that are asked for: without any, whatever is not over. */
export const statuses = (filters: Filters): readonly string[] => (filters["status"] ? values(filters, "status") : OPEN);

export function asked(filters: Filters): Query {
  const { sort: _, clock, status: __, ...same } = filters;
  return { ...same, status: statuses(filters).join(","), light: clock };
}

/** The parts that a list is read in, one after another; what an earlier one had is left out. */
export function parts(filters: Filters): readonly Query[] {
  const all = asked(filters);
  if (filters["sort"] === "newest") return [all];
  const due = { ...all, order: "due" };
  if (filters["clock"]) return [due];
  // Nobody's first, then by what is due, then what no clock runs for.
  return [...(statuses(filters).includes("undecided") ? [{ ...all, status: "undecided" }] : []), due, all];
}

export function fits(one: Case, filters: Filters, at: Date): boolean {
  // What was not determined is a value of every filter.
  const has = (name: string, value: string | null | undefined) => !filters[name] || values(filters, name).includes(value ?? "none");
  const { areas, accountable } = one.decision;
  return (
    statuses(filters).includes(one.status) && has("unit", accountable?.unit) && has("category", one.category) && has("source", one.source) &&
    has("clock", lightOf(one, at)) && has("street", areas["street"]?.code) && has("grid", areas["grid"]?.code) &&
    (!filters["from"] || one.reported_at >= filters["from"]) && (!filters["to"] || one.reported_at < filters["to"])
  );
}

/** Orders as the parts do. */
export function compare(filters: Filters): (a: Case, b: Case) => number {
  const newest = (a: Case, b: Case) => Date.parse(b.reported_at) - Date.parse(a.reported_at);
  if (filters["sort"] === "newest") return newest;
  const rank = (one: Case) => (one.status === "undecided" ? 0 : nextClock(one) ? 1 : 2);
  const due = (one: Case) => Date.parse(nextClock(one)?.due_at ?? "");
  return (a, b) => rank(a) - rank(b) || (rank(a) === 1 ? due(a) - due(b) : newest(a, b));
}

export const isOver = (status: string): boolean => OVER.includes(status);
