// Sends what waits, one tab at a time, each thing until the service has said that it has it, and once only.
import { signal } from "@preact/signals";
import { Problem } from "../../shared/problem";
import { online, post, signedOut, whoAmI } from "./api";
import { compared, type Decided } from "./differences";
import { items, loadItems, photosOf, reportBody, save, type Item } from "./outbox";
import { write } from "./store";

const FIRST_MS = 5_000;
const MOST_MS = 600_000;
export const sending = signal(false);

interface Made { id: string; number: string; version: number; reported_at: string; decision: Decided }

/** Send what is due; with `now` also what would wait a while longer after it failed. */
export async function sendAll(now = false): Promise<void> {
  const run = async (lock: unknown) => {
    if (lock) await sendDue(now);
  };
  sending.value = true;
  try {
    // Without locks (plain HTTP) two tabs may send the same thing, which the service takes once.
    if (navigator.locks) await navigator.locks.request("gridsvc-field-send", { ifAvailable: true }, run);
    else await run(true);
  } finally {
    sending.value = false;
  }
}

async function sendDue(all: boolean): Promise<void> {
  await loadItems();
  if (!items.value.some((i) => i.state === "waiting" || i.state === "sending")) return;
  let name: string;
  try {
    name = (await whoAmI()).name;
  } catch {
    return;
  }
  for (const { id } of items.value) {
    const item = items.value.find((i) => i.id === id);
    // Whoever is "sending" while we have the lock was cut off in the middle of it.
    if (!item || (item.state !== "waiting" && item.state !== "sending")) continue;
    if ((item.by ?? name) !== name || (!all && item.next_ms > Date.now()) || isBlocked(item)) continue;
    if (!(await sendOne({ ...item, by: name }))) return;
  }
}

// What is done to a case is done in order.
function isBlocked(item: Item): boolean {
  return items.value.some((i) => i.case && i.case.id === item.case?.id && i.at < item.at && i.state !== "sent" && i.state !== "draft");
}

/** Whether to go on with the next. */
async function sendOne(item: Item): Promise<boolean> {
  await save({ ...item, state: "sending" });
  try {
    const made = await delivered(item, true);
    await follow(item, made.version);
    const outcome = item.kind === "report" ? compared(item.preview, made, item.at) : { number: made.number, differences: [], reasons: [] };
    await save({ ...item, state: "sent", sent_ms: Date.now(), outcome, problem: undefined });
    return true;
  } catch (e) {
    if (!(e instanceof Problem)) throw e;
    const later = e.status === 0 || e.status === 401 || e.status === 408 || e.status === 429 || e.status >= 500;
    const next_ms = Date.now() + Math.min(MOST_MS, FIRST_MS * 2 ** item.tries) * (0.8 + 0.4 * Math.random());
    const problem = { status: e.status, zh: e.zh, en: e.en, errors: e.errors };
    await save({ ...item, state: later ? "waiting" : "needs-you", tries: item.tries + 1, next_ms: e.status === 401 ? 0 : next_ms, problem: e.status === 401 ? undefined : problem });
    return online.value && !signedOut.value;
  }
}

async function delivered(item: Item, again: boolean): Promise<Made> {
  const attachments = [];
  for (const photo of await photosOf(item)) {
    if (!photo.sent) {
      const form = new FormData();
      form.append("file", new Blob([photo.bytes], { type: "image/jpeg" }), "photo.jpg");
      photo.sent = (await post<{ id: string }>("/v1/attachments", form, photo.id)).id;
      await write(["photos", photo.id, photo]);
    }
    attachments.push(photo.sent);
  }
  const own = item.kind === "report" ? reportBody(item) : { version: item.case?.version, ...item.said };
  const path = item.kind === "report" ? "/v1/cases" : `/v1/cases/${item.case?.id}/actions/${item.action}`;
  try {
    return await post<Made>(path, { ...own, attachments }, item.id);
  } catch (e) {
    const gone = e instanceof Problem && again && e.errors.some((f) => f.field.startsWith("attachments."));
    if (!gone) throw e;
    // Photos that no case took within a day are gone there; they are still here.
    for (const photo of await photosOf(item)) await write(["photos", photo.id, { ...photo, sent: undefined }]);
    return delivered(item, false);
  }
}

// What was queued after it on the same version of the case goes on from the version that it made.
async function follow(done: Item, version: number): Promise<void> {
  for (const item of items.value) {
    if (item.case && item.case.id === done.case?.id && item.id !== done.id && item.state === "waiting") await save({ ...item, case: { ...item.case, version } });
  }
}

/** At the start, when the page is looked at again, when the network comes, and each minute. */
export function keepSending(): void {
  const go = () => void sendAll();
  addEventListener("online", () => void sendAll(true));
  addEventListener("focus", go);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && go());
  setInterval(go, 60_000);
  go();
}
