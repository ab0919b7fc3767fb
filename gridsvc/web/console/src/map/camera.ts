// The map itself and its camera, which only the user moves; it is kept in the address.
import type { LngLatBoundsLike, Map as MapLibre } from "maplibre-gl";
import { signal } from "@preact/signals";
import { still } from "../app/looks";
import { place, setQuery } from "../app/route";
import { get } from "../data/api";

/** The map, once it is there; null before, and for ever where there is no WebGL 2. */
export const map = signal<MapLibre | null>(null);
export const noMap = signal(false);
/** The camera as it stands, for what is drawn beside the map: the scale. */
export const seen = signal<{ zoom: number; lat: number; lon: number }>({ zoom: 0, lat: 0, lon: 0 });

/** Milliseconds of a camera's way; none where motion is not wanted. */
export const quick = (): number => (still.peek() || matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 400);

/** What of the map lies under cards: what is shown is brought beside it. */
export const padding = { top: 56, bottom: 56, left: 56, right: 56 };

export function flyTo(lon: number, lat: number, zoom = 16): void {
  const to = map.peek();
  to?.easeTo({ center: [lon, lat], zoom: Math.max(to.getZoom(), zoom), duration: quick() });
}

export function fit(box: LngLatBoundsLike): void {
  const to = map.peek();
  if (!to) return;
  // A small map has no room for so much margin.
  const most = Math.min(to.getContainer().clientWidth, to.getContainer().clientHeight) / 5;
  const room = Object.fromEntries(Object.entries(padding).map(([side, px]) => [side, Math.min(px, most)])) as typeof padding;
  to.fitBounds(box, { padding: room, maxZoom: 17, duration: quick() });
}

/** Where the city is, as its tiles say; null for an edition without. */
export async function home(): Promise<[number, number, number, number] | null> {
  const { bounds } = await get<{ bounds?: [number, number, number, number] }>("/tiles/street.json");
  return bounds ?? null;
}

export async function fitHome(): Promise<void> {
  const box = await home();
  if (box) fit(box);
}

/** Whether a card lies over a place of the map's window. */
function covered(of: MapLibre, x: number, y: number): boolean {
  const { left, top } = of.getContainer().getBoundingClientRect();
  return Boolean(document.elementFromPoint(left + x, top + y)?.closest(".stage .card"));
}

/** Bring a place that lies under a card beside it; one that is out of sight is left there. */
export function bringOut(lon: number, lat: number): void {
  const of = map.peek();
  if (!of) return;
  const { x, y } = of.project([lon, lat]);
  if (!covered(of, x, y)) return;
  const { clientWidth, clientHeight } = of.getContainer();
  // A small window's card may take the middle, too.
  const up = covered(of, clientWidth / 2, clientHeight / 2) ? -clientHeight / 3 : 0;
  of.easeTo({ center: [lon, lat], offset: [0, up], duration: quick() });
}

/** Bring a place into sight, and move the map only if it is away or under a card. */
export function showIfAway(lon: number, lat: number): void {
  const of = map.peek();
  if (!of) return;
  const { x, y } = of.project([lon, lat]);
  const { clientWidth, clientHeight } = of.getContainer();
  if (x > padding.left && y > padding.top && x < clientWidth - padding.right && y < clientHeight - padding.bottom) return bringOut(lon, lat);
  of.easeTo({ center: [lon, lat], zoom: Math.max(of.getZoom(), 14), duration: quick() });
}

export function readCamera(m: string | undefined): { center: [number, number]; zoom: number } | null {
  const numbers = (m ?? "").split("/").map((part) => (part.trim() === "" ? NaN : Number(part)));
  const [zoom, lat, lon] = numbers;
  if (numbers.length !== 3 || zoom === undefined || lat === undefined || lon === undefined || numbers.some((n) => !Number.isFinite(n))) return null;
  if (zoom < 0 || zoom > 22 || Math.abs(lat) > 85 || Math.abs(lon) > 180) return null;
  return { center: [lon, lat], zoom };
}

export const writeCamera = (zoom: number, lat: number, lon: number): string => `${zoom.toFixed(2)}/${lat.toFixed(5)}/${lon.toFixed(5)}`;

/** Keep the address at the camera, and the camera at the address when somebody goes back. */
export function keepCamera(made: MapLibre): void {
  const look = () => {
    const { lng, lat } = made.getCenter();
    seen.value = { zoom: made.getZoom(), lat, lon: lng };
  };
  look();
  made.on("move", look);
  made.on("moveend", () => {
    const { zoom, lat, lon } = seen.peek();
    setQuery({ m: writeCamera(zoom, lat, lon) }, "replace");
  });
  addEventListener("popstate", () => {
    const at = readCamera(place.peek().query["m"]);
    if (at && writeCamera(at.zoom, at.center[1], at.center[0]) !== writeCamera(seen.peek().zoom, seen.peek().lat, seen.peek().lon)) made.jumpTo(at);
  });
}
