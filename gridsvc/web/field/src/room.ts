// How much room there is on the device, and asking the browser to keep what is there.
import { signal } from "@preact/signals";

const LEAST_BYTES = 200_000_000;
export const free_mb = signal<number | null>(null);
export const isShort = signal(false);

export async function lookAtRoom(): Promise<void> {
  const told = await navigator.storage?.estimate?.();
  if (!told?.quota) return;
  const free = told.quota - (told.usage ?? 0);
  free_mb.value = Math.floor(free / 1e6);
  isShort.value = free < LEAST_BYTES;
}

let asked = false;

/** Browsers clear what pages keep, unless they are asked not to; once a visit, after there is something to lose. */
export function askToKeep(): void {
  if (!asked) void navigator.storage?.persist?.();
  asked = true;
  void lookAtRoom();
}
