// One event stream per browser, shared between its tabs by a worker; a tab of its own where there are no such workers.
import { computed, signal } from "@preact/signals";
import { now } from "./clock";
import { edition, loadCatalogue } from "./catalogue";

export interface CaseEvent {
  case: string;
  number: string;
  n: number;
  version: number;
  kind: string;
  status: string;
  at: string;
  unit: string | null;
  category: string;
  point: { lon: number; lat: number } | null;
}

export type Told =
  | { event: "case"; id: string; data: CaseEvent }
  | { event: "edition"; id: string; data: { edition: string; ruleset: string | null } }
  | { event: "resync"; id: string; data: unknown }
  | { event: "open" }
  /** Lost, after so long without a sign of the server. */
  | { event: "lost"; quiet_ms: number };

const listeners = new Set<(told: Told) => void>();
/** When the stream was heard last, and whether it is there. */
export const heardAt = signal(new Date());
export const connected = signal(false);
/** Lost for more than five seconds: what is shown may be old. */
export const stale = computed(() => !connected.value && now.value.getTime() - heardAt.value.getTime() > 5000);

export function listen(to: (told: Told) => void): () => void {
  listeners.add(to);
  return () => listeners.delete(to);
}

let held = "";

function hear(told: Told): void {
  if (told.event === "lost") {
    connected.value = false;
    // What is shown is as old as the last sign was, not as the moment at which its absence was noticed.
    heardAt.value = new Date(Math.min(heardAt.peek().getTime(), now.peek().getTime() - told.quiet_ms));
  } else {
    // After a time without, nobody knows what was missed: whoever shows something reads it anew.
    const again = told.event === "open" && !connected.value && held !== "";
    connected.value = true;
    heardAt.value = now.peek();
    if (again) for (const to of listeners) to({ event: "resync", id: "", data: null });
  }
  if (told.event === "edition") {
    const holds = `${told.data.edition} ${told.data.ruleset}`;
    if (held && held !== holds && edition.peek()) void loadCatalogue();
    held = holds;
  }
  for (const to of listeners) to(told);
}

export function startStream(): void {
  const script = document.documentElement.dataset.streamWorker;
  if (script && "SharedWorker" in window) {
    const worker = new SharedWorker(script, { type: "module", name: "gridsvc-events" });
    worker.port.onmessage = (message: MessageEvent<Told>) => hear(message.data);
    worker.port.start();
    addEventListener("pagehide", () => worker.port.postMessage("bye"));
  } else {
    void import("./stream-source").then(({ follow }) => follow(hear));
  }
  // The age of the data is the age of the last sign of life, and pings are not shown to scripts.
  setInterval(() => {
    if (connected.peek()) heardAt.value = now.peek();
  }, 1000);
}
