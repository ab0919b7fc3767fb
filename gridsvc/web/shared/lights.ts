// How a case stands by its clocks: what its mark, its words and its place in a list are made of.
import { computed } from "@preact/signals";
import { now } from "./clock";

export interface Clock {
  stage: string;
  n: number;
  amount: number;
  unit: string;
  state: "running" | "paused" | "stopped";
  started_at: string;
  stopped_at?: string | null;
  paused_at?: string | null;
  amber_at: string | null;
  due_at: string | null;
  light: "green" | "amber" | "red";
}

/** What of a case says how it stands. */
export interface Standing { status: string; clocks: readonly Clock[] }

export type Mark = "undecided" | "overdue" | "soon" | "ok" | "stopped" | "over" | "none";
export const OVER: readonly string[] = ["closed", "void", "archived"];

/** What counts down is shown in minutes: rows need not be drawn anew each second. */
export const minute = computed(() => new Date(Math.floor(now.value.getTime() / 15_000) * 15_000));

const running = (one: Standing): readonly Clock[] => one.clocks.filter((c) => c.state === "running" && c.due_at);
const time = (at: string): number => Date.parse(at);

/** The clock that is due first, of those that run. */
export function nextClock(one: Standing): Clock | undefined {
  return [...running(one)].sort((a, b) => time(a.due_at as string) - time(b.due_at as string))[0];
}

/** The worst light of the clocks that run, as the service's filter has it; none where none runs. */
export function lightOf(one: Standing, at: Date): Clock["light"] | null {
  const clocks = running(one);
  if (!clocks.length) return null;
  if (clocks.some((c) => time(c.due_at as string) <= at.getTime())) return "red";
  return clocks.some((c) => c.amber_at && time(c.amber_at) <= at.getTime()) ? "amber" : "green";
}

export function markOf(one: Standing, at: Date): Mark {
  if (OVER.includes(one.status)) return "over";
  if (one.status === "undecided") return "undecided";
  const light = lightOf(one, at);
  if (light) return light === "red" ? "overdue" : light === "amber" ? "soon" : "ok";
  return one.clocks.some((c) => c.state === "paused") ? "stopped" : "none";
}
