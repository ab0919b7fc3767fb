// The table of screens: name (its address and word), the key after G, what it needs, and where its code is.
import type { ComponentType } from "preact";
import { signal } from "@preact/signals";

/** A screen is panels around the one map. `Full` covers the map (which stays); `Over` lies on it. */
export interface Screen {
  List?: ComponentType;
  Panel?: ComponentType;
  Over?: ComponentType;
  Full?: ComponentType;
}

export interface ScreenRow {
  name: ScreenName;
  key?: string;
  glyph: string;
  /** Permission without which it is not offered. */
  needs: string;
  /** Shown in the rail. */
  rail: boolean;
  load: () => Promise<{ default: Screen }>;
}

export type ScreenName =
  | "live" | "case" | "desk" | "returns" | "duplicates" | "overdue" | "whistles" | "heat" | "board"
  | "editions" | "rules" | "people" | "roster" | "shift" | "keys" | "wall";

export const SCREENS: readonly ScreenRow[] = [
  { name: "live", key: "L", glyph: "live", needs: "case:read", rail: true, load: () => import("../screens/live") },
  { name: "case", glyph: "case", needs: "case:read", rail: false, load: () => import("../screens/case") },
  { name: "desk", key: "D", glyph: "desk", needs: "case:read", rail: true, load: () => import("../screens/desk") },
  { name: "returns", key: "R", glyph: "returns", needs: "case:read", rail: true, load: () => import("../screens/returns") },
  { name: "overdue", key: "O", glyph: "overdue", needs: "case:read", rail: true, load: () => import("../screens/overdue") },
  { name: "whistles", key: "W", glyph: "whistle", needs: "case:read", rail: true, load: () => import("../screens/whistles") },
  { name: "duplicates", key: "U", glyph: "duplicates", needs: "case:read", rail: false, load: () => import("../screens/duplicates") },
  { name: "heat", key: "H", glyph: "heat", needs: "case:read", rail: true, load: () => import("../screens/heat") },
  { name: "board", key: "B", glyph: "board", needs: "case:read", rail: true, load: () => import("../screens/board") },
  { name: "editions", key: "E", glyph: "editions", needs: "map:read", rail: true, load: () => import("../screens/editions") },
  { name: "rules", glyph: "rules", needs: "map:read", rail: true, load: () => import("../screens/rules") },
  { name: "people", key: "P", glyph: "people", needs: "map:read", rail: true, load: () => import("../screens/people") },
  { name: "roster", glyph: "roster", needs: "map:read", rail: true, load: () => import("../screens/roster") },
  { name: "shift", key: "S", glyph: "shift", needs: "map:read", rail: true, load: () => import("../screens/shift") },
  { name: "keys", key: "K", glyph: "keys", needs: "actor:write", rail: true, load: () => import("../screens/keys") },
  { name: "wall", glyph: "wall", needs: "case:read", rail: false, load: () => import("../screens/wall") },
];

export const loaded = signal<Readonly<Record<string, Screen>>>({});

export async function loadScreen(name: string): Promise<void> {
  if (loaded.peek()[name]) return;
  const row = SCREENS.find((s) => s.name === name);
  if (!row) return;
  const { default: screen } = await row.load();
  loaded.value = { ...loaded.value, [name]: screen };
}
