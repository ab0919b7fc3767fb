// The only file that asks the service. A session that has ended is no error of what waits: it is thrown as it is.
import { signal } from "@preact/signals";
import { syncClock } from "../../shared/clock";
import { asProblem, problemOf } from "../../shared/problem";

/** Whether the last thing asked for came back at all, and whether the service knew who asked. */
export const online = signal(true);
export const signedOut = signal(false);

export interface Me { name: string; district: string; permissions: string[]; csrf: string | null }
let csrf = "";

const MOST_MS = 30_000;
const MOST_UPLOAD_MS = 180_000;

async function answered(path: string, asked: RequestInit, most_ms: number): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { ...asked, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(most_ms) });
  } catch (e) {
    online.value = false;
    throw asProblem(e);
  }
  online.value = true;
  syncClock(answer.headers.get("date"));
  signedOut.value = answer.status === 401;
  if (!answer.ok && answer.status !== 304) throw await problemOf(answer);
  return answer;
}

export async function get<T>(path: string): Promise<T> {
  return (await (await answered(path, { headers: { Accept: "application/json" } }, MOST_MS)).json()) as T;
}

/** Bytes with their ETag; null where the ones that are known are still the ones. */
export async function getBytes(path: string, etag: string | undefined): Promise<{ data: ArrayBuffer; etag: string } | null> {
  const answer = await answered(path, { headers: etag ? { "If-None-Match": etag } : {} }, MOST_UPLOAD_MS);
  return answer.status === 304 ? null : { data: await answer.arrayBuffer(), etag: answer.headers.get("etag") ?? "" };
}

export async function whoAmI(): Promise<Me> {
  const me = await get<Me>("/v1/me");
  csrf = me.csrf ?? "";
  return me;
}

export async function post<T>(path: string, body: unknown, key: string): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", "Idempotency-Key": key };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  const form = body instanceof FormData;
  if (!form) headers["Content-Type"] = "application/json";
  return (await (await answered(path, { method: "POST", headers, body: form ? body : JSON.stringify(body) }, form ? MOST_UPLOAD_MS : MOST_MS)).json()) as T;
}
