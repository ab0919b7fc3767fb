// Offering to install the page where the browser allows to offer it.
import { signal } from "@preact/signals";

interface Prompt extends Event { prompt: () => Promise<unknown> }
let kept: Prompt | null = null;
export const canInstall = signal(false);

export function watchInstall(): void {
  addEventListener("beforeinstallprompt", (e) => {
    e.preventDefault();
    kept = e as Prompt;
    canInstall.value = true;
  });
}

export async function install(): Promise<void> {
  canInstall.value = false;
  await kept?.prompt();
}

/** The worker that opens this page without a network; it has nothing to do with the rest of the site. */
export async function startWorker(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/field/worker.js", { scope: "/field" });
  await navigator.serviceWorker.ready;
  document.documentElement.dataset.offline = "ready";
}

/** An extra beside our own tries, where the browser has it: it may send after the page was closed. */
export async function registerSync(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration("/field");
  await (registration as unknown as { sync?: { register: (tag: string) => Promise<void> } })?.sync?.register("send").catch(() => undefined);
}
