// The address is the state: which screen, of what, and with which filters; Back always works.
import { computed, signal } from "@preact/signals";

export interface Place {
  screen: string;
  args: readonly string[];
  query: Readonly<Record<string, string>>;
}

export function readAddress(path: string, search: string): Place {
  const [screen = "", ...args] = path.split("/").filter(Boolean).map(decodeURIComponent);
  return { screen: screen || "live", args, query: Object.fromEntries(new URLSearchParams(search)) };
}

export function writeAddress(place: Place): string {
  const path = [place.screen, ...place.args].map((part) => encodeURIComponent(part)).join("/");
  const query = new URLSearchParams(Object.entries(place.query).filter(([, v]) => v !== ""));
  // Slashes and commas stay readable: m=14/30.31/120.22 and on=grid,lane.
  const text = query.toString().replaceAll("%2F", "/").replaceAll("%2C", ",").replaceAll("%3A", ":");
  return `/${path}${text ? `?${text}` : ""}`;
}

export const place = signal<Place>({ screen: "live", args: [], query: {} });
export const screen = computed(() => place.value.screen);
export const query = computed(() => place.value.query);

function take(): void {
  place.value = readAddress(location.pathname, location.search);
}

export function startRoute(): void {
  take();
  addEventListener("popstate", take);
}

// What concerns how one looks, not at what, goes along to another screen.
const KEPT = ["m", "on", "by", "lang", "theme", "mode", "edition"];

/** Go to a screen; the view stays, filters are the new ones. */
export function go(screen: string, args: readonly string[] = [], query: Record<string, string> = {}, how: "push" | "replace" = "push"): void {
  const kept = Object.fromEntries(Object.entries(place.peek().query).filter(([name]) => KEPT.includes(name)));
  push({ screen, args, query: { ...kept, ...query } }, how);
}

/** Change parts of the query; `null` or "" takes one away. A camera replaces, opening a thing pushes. */
export function setQuery(change: Record<string, string | null>, how: "push" | "replace" = "push"): void {
  const now = place.peek();
  const changed: Record<string, string> = { ...now.query };
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === "") delete changed[name];
    else changed[name] = value;
  }
  if (writeAddress({ ...now, query: changed }) === writeAddress(now)) return;
  push({ ...now, query: changed }, how);
}

/** Open an address of the console: another screen, filters, selection and view at once. */
export function openAddress(address: string): void {
  const [path = "", search = ""] = address.split("?");
  const to = readAddress(path, search);
  const looks = Object.fromEntries(Object.entries(place.peek().query).filter(([name]) => name === "lang" || name === "theme"));
  push({ ...to, query: { ...to.query, ...looks } });
  // Whoever follows the address when somebody goes back follows it now: the camera.
  dispatchEvent(new PopStateEvent("popstate"));
}

function push(to: Place, how: "push" | "replace" = "push"): void {
  history[how === "push" ? "pushState" : "replaceState"](null, "", writeAddress(to));
  place.value = to;
}

/** Values of a filter that takes several. */
export function listOf(name: string): readonly string[] {
  return (query.value[name] ?? "").split(",").filter(Boolean);
}
