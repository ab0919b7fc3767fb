// Opens the field page without a network, and nothing else of the site. What it keeps is named by the service.
import { sendAll } from "./sender";

// Put before this file by the service: the version of all that follows, and the addresses that belong to it.
declare const SHELL: { version: string; page: string; files: string[] };
interface Extendable extends Event { waitUntil: (work: Promise<unknown>) => void }
interface Fetched extends Extendable { request: Request; respondWith: (answer: Promise<Response>) => void }
interface Worker {
  addEventListener: (kind: string, act: (e: never) => void) => void;
  skipWaiting: () => Promise<void>;
  clients: { claim: () => Promise<void> };
  location: Location;
}
const worker = self as unknown as Worker;
const NAME = `gridsvc-field-${SHELL.version}`;

worker.addEventListener("install", (e: Extendable) => e.waitUntil(install()));
worker.addEventListener("activate", (e: Extendable) => e.waitUntil(activate()));
worker.addEventListener("sync", (e: Extendable) => e.waitUntil(sendAll(true)));
worker.addEventListener("fetch", (e: Fetched) => {
  const { pathname, search, origin } = new URL(e.request.url);
  if (e.request.method !== "GET" || origin !== worker.location.origin) return;
  const file = pathname + search;
  if (e.request.mode === "navigate" && pathname === SHELL.page) e.respondWith(kept(SHELL.page, e.request));
  else if (SHELL.files.includes(file)) e.respondWith(kept(file, e.request));
});

async function install(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll([SHELL.page, ...SHELL.files].map((path) => new Request(path, { cache: "reload", credentials: "same-origin" })));
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith("gridsvc-field-") && name !== NAME) await caches.delete(name);
  await worker.clients.claim();
}

async function kept(path: string, request: Request): Promise<Response> {
  const found = await (await caches.open(NAME)).match(path);
  return found ?? fetch(request);
}
