// The server's clock, as far as its answers tell it; steps once a second for what counts down.
import { signal } from "@preact/signals";

let offset_ms = 0;
export const now = signal(new Date());

export function syncClock(date: string | null): void {
  const told = date ? Date.parse(date) : NaN;
  // The header is cut to the second, so a difference below it says nothing.
  if (!Number.isNaN(told) && Math.abs(told - Date.now()) > 1500) offset_ms = told - Date.now();
}

/** This very instant by the service's clock. */
export const instant = (): Date => new Date(Date.now() + offset_ms);

export function startClock(): void {
  const step = () => (now.value = instant());
  step();
  setInterval(step, 1000);
}
