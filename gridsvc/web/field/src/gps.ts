// Where the device is: it is watched for fifteen seconds and the best fix is kept; browsers tell WGS 84.
import { signal } from "@preact/signals";
import type { Fix } from "./outbox";

export const GOOD_M = 10;
export const FAIR_M = 30;
const WATCH_MS = 15_000;
const STALE_MS = 30_000;

export const fix = signal<Fix | null>(null);
export const looking = signal(false);
/** Why there is no fix: nobody may ask, there is none, or the page is not of HTTPS. */
export const lacking = signal<"" | "denied" | "none">("");

let stop = () => {};

export function findPlace(anew = false): void {
  stop();
  if (!("geolocation" in navigator)) {
    lacking.value = "none";
    return;
  }
  // Who has walked on since is elsewhere.
  if (fix.value && (anew || Date.now() - Date.parse(fix.value.at) > STALE_MS)) fix.value = null;
  let best = Infinity;
  looking.value = true;
  lacking.value = "";
  const take = ({ coords, timestamp }: GeolocationPosition) => {
    const found = { lon: coords.longitude, lat: coords.latitude, accuracy_m: Math.max(1, Math.round(coords.accuracy)), at: new Date(timestamp).toISOString() };
    if (found.accuracy_m > best) return;
    best = found.accuracy_m;
    fix.value = found;
    if (found.accuracy_m <= GOOD_M) stop();
  };
  const fail = (e: GeolocationPositionError) => {
    lacking.value = e.code === e.PERMISSION_DENIED ? "denied" : "none";
    stop();
  };
  const watch = navigator.geolocation.watchPosition(take, fail, { enableHighAccuracy: true, maximumAge: 0, timeout: WATCH_MS });
  const timer = setTimeout(() => stop(), WATCH_MS);
  stop = () => {
    clearTimeout(timer);
    navigator.geolocation.clearWatch(watch);
    looking.value = false;
    stop = () => {};
  };
}
