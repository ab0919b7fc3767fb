// Saved views: addresses with a number, kept on this device; Alt and the number opens one, from anywhere.
import { signal } from "@preact/signals";
import { keep, kept } from "./looks";
import { openAddress, place, readAddress, writeAddress, type Place } from "./route";

export const VIEWS = [1, 2, 3] as const;
type N = (typeof VIEWS)[number];

export const views = signal<Readonly<Record<number, string>>>({});

export function startViews(): void {
  views.value = Object.fromEntries(VIEWS.flatMap((n) => { const at = kept(`view.${n}`); return at ? [[n, at]] : []; }));
}

/** A view is what is looked at, not in which language or colours. */
export function viewOf({ screen, args, query }: Place): string {
  const { lang: _, theme: __, ...what } = query;
  return writeAddress({ screen, args, query: what });
}

export function saveView(n: N): void {
  keep(`view.${n}`, viewOf(place.peek()));
  startViews();
}

/** Open a view; false where nothing was saved under the number. */
export function openView(n: N): boolean {
  const at = views.peek()[n];
  if (at) openAddress(at);
  return Boolean(at);
}

/** The screen that a view is of, and how many filters it has. */
export function partsOf(address: string): { screen: string; filters: number } {
  const [path = "", search = ""] = address.split("?");
  const { screen, query } = readAddress(path, search);
  return { screen, filters: Object.keys(query).filter((name) => name !== "m").length };
}
