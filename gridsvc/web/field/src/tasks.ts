// The open cases on which who signed in may do something in the street: by clock, or by distance.
import { computed, signal } from "@preact/signals";
import { minute, nextClock, type Clock } from "../../shared/lights";
import { get } from "./api";
import { fix } from "./gps";
import { items, newItem, save, type Item, type Photo } from "./outbox";
import { person } from "./pack";
import { keepThing, keptThing } from "./store";

export interface Case {
  id: string;
  number: string;
  version: number;
  status: string;
  category: string;
  address: string | null;
  description: string | null;
  reported_at: string;
  point: { lon: number; lat: number };
  clocks: Clock[];
  decision: { areas: Record<string, { code: string; name: string } | undefined> };
  actions: { action: string; requires: string[] }[];
}

/** What is done in the street, in the order in which it is done. */
export const DEEDS = ["take", "arrive", "verify", "check", "finish", "return"] as const;
export type Deed = (typeof DEEDS)[number];
const MOST = 100;

export const tasks = signal<readonly Case[]>([]);
export const tasksAt = signal<string | null>(null);
export const order = signal<"soonest" | "nearest">("soonest");

/** What the service lets this person do here, and is not waiting to be sent already. */
export function deedsOf(one: Case): readonly Deed[] {
  const queued = new Set(items.value.filter((i) => i.case?.id === one.id && i.state !== "sent").map((i) => i.action));
  const open = new Set(one.actions.filter((a) => !a.requires.includes("request")).map((a) => a.action));
  // To have it verified or checked asks nothing; to verify or check it asks for what was found.
  const looks = (name: string) => one.actions.some((a) => a.action === name && a.requires.includes("result"));
  return DEEDS.filter((d) => open.has(d) && !queued.has(d) && (d === "verify" || d === "check" ? looks(d) : true));
}

export const away_m = (one: Case): number | null => {
  const at = fix.value;
  if (!at) return null;
  const east = (one.point.lon - at.lon) * 111_320 * Math.cos((at.lat * Math.PI) / 180);
  return Math.hypot(east, (one.point.lat - at.lat) * 110_574);
};

const due = (one: Case): number => Date.parse(nextClock(one)?.due_at ?? "") || Infinity;

export const sorted = computed(() => {
  void minute.value;
  const by = order.value === "nearest" ? (one: Case) => away_m(one) ?? Infinity : due;
  return [...tasks.value].sort((a, b) => by(a) - by(b) || (a.number < b.number ? -1 : 1));
});

export async function loadTasks(): Promise<void> {
  const kept = await keptThing<{ at: string; items: Case[] }>("tasks");
  if (!kept) return;
  tasks.value = kept.items;
  tasksAt.value = kept.at;
}

export async function renewTasks(): Promise<void> {
  const statuses = "verifying,dispatched,in_progress,checking,rework";
  const [soon, newest] = await Promise.all([
    get<{ items: Case[] }>(`/v1/cases?status=${statuses}&order=due&limit=${MOST}`),
    get<{ items: Case[] }>(`/v1/cases?status=${statuses}&order=newest&limit=${MOST}`),
  ]);
  const all = new Map([...soon.items, ...newest.items].map((one) => [one.id, one]));
  tasks.value = [...all.values()].filter((one) => deedsOf(one).some((d) => d !== "return"));
  tasksAt.value = new Date().toISOString();
  await keepThing("tasks", { at: tasksAt.value, items: tasks.value });
}

/** Keep what was done, with its photos and where the device was; it is sent like a report. */
export async function keepDeed(one: Case, action: Deed, said: Record<string, unknown>, photos: readonly Photo[], at: Date): Promise<Item> {
  const item: Item = {
    ...newItem("action", at, person.value), state: "waiting", action, said, fix: fix.value, photos: photos.map((p) => p.id),
    case: { id: one.id, number: one.number, category: one.category, version: one.version },
  };
  await save(item, photos);
  return item;
}
