// What waits to be sent, oldest first. Each thing is on the disk before anybody is told that it is saved.
import { computed, signal } from "@preact/signals";
import type { Answer } from "../../bundle/src";
import type { FieldProblem } from "../../shared/problem";
import { read, readAll, write, type Write } from "./store";

export type State = "draft" | "waiting" | "sending" | "sent" | "needs-you";
export interface Photo { id: string; bytes: ArrayBuffer; captured_at: string; sent?: string }
export interface Fix { lon: number; lat: number; accuracy_m: number; at: string }
export interface Spot { x: number; y: number; crs: string; accuracy_m: number | null; how: "fix" | "moved" | "typed" }
export interface Told { status: number; zh: string; en: string; errors: readonly FieldProblem[] }
/** What of the preview turned out otherwise, and why that may be. */
export interface Difference { what: "unit" | "area" | "chief" | "desk"; was: string; now: string }
export interface Outcome { number: string; differences: Difference[]; reasons: ("edition" | "ruleset" | "later" | "newer")[] }

export interface Item {
  /** Made at capture, and the idempotency key of the report or action: whatever happens on the way, it is done once. */
  id: string;
  kind: "report" | "action";
  state: State;
  /** The instant of capture. */
  at: string;
  by: string | null;
  category: string | null;
  text: string;
  photos: string[];
  spot: Spot | null;
  fix: Fix | null;
  preview: Answer | null;
  /** Of an action: the case, its title, what is done and with which words. */
  case?: { id: string; number: string; category: string; version: number };
  action?: string;
  said?: Record<string, unknown>;
  tries: number;
  next_ms: number;
  problem?: Told;
  outcome?: Outcome;
  sent_ms?: number;
}

const KEPT_SENT_MS = 7 * 86_400_000;
export const items = signal<readonly Item[]>([]);
export const waiting = computed(() => items.value.filter((i) => i.state === "waiting" || i.state === "sending").length);
export const needy = computed(() => items.value.filter((i) => i.state === "needs-you").length);

// Other tabs hear of every change.
const others = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("gridsvc-field");

export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

export function newItem(kind: Item["kind"], at: Date, by: string | null): Item {
  return { id: newId(), kind, state: "draft", at: at.toISOString(), by, category: null, text: "", photos: [], spot: null, fix: null, preview: null, tries: 0, next_ms: 0 };
}

export async function loadItems(): Promise<void> {
  items.value = (await readAll<Item>("items")).sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** A thing and its photos in one transaction. */
export async function save(item: Item, photos: readonly Photo[] = []): Promise<void> {
  await write(["items", item.id, item], ...photos.map((p): Write => ["photos", p.id, p]));
  await loadItems();
  others?.postMessage("changed");
}

export async function discard(item: Item): Promise<void> {
  await write(["items", item.id, undefined], ...item.photos.map((id): Write => ["photos", id, undefined]));
  await loadItems();
  others?.postMessage("changed");
}

export async function photosOf(item: Item): Promise<Photo[]> {
  return (await Promise.all(item.photos.map((id) => read<Photo>("photos", id)))).filter((p) => p !== undefined);
}

/** What was sent is kept for a week, so that it can be looked up, and then goes with its photos. */
export async function forgetOld(now_ms: number): Promise<void> {
  for (const item of items.value) if (item.state === "sent" && now_ms - (item.sent_ms ?? 0) > KEPT_SENT_MS) await discard(item);
}

export function listenToOthers(): void {
  if (others) others.onmessage = () => void loadItems();
}

/** What the service is sent of a report. */
export function reportBody(item: Item): Record<string, unknown> {
  const { spot, fix } = item;
  const moved = spot?.how !== "fix" && fix ? { point: { x: fix.lon, y: fix.lat, crs: "wgs84" }, accuracy_m: fix.accuracy_m } : {};
  return {
    point: spot && { x: spot.x, y: spot.y, crs: spot.crs },
    category: item.category, source: "patrol", description: item.text.trim() || null,
    accuracy_m: spot?.accuracy_m ?? null, captured: { at: item.at, ...moved },
  };
}
