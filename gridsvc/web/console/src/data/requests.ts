// What was asked about cases, and how it was answered.
import { get } from "./api";
import type { Named } from "./cases";

export interface Asked {
  case: { id: string; number: string; status: string; category: string };
  accountable: (Named & { via: string }) | null;
  n: number;
  at: string;
  by: string;
  reason: string | null;
  request: { kind: string; asked: string[]; basis?: string | null; due_at?: string | null; proposed?: Named | null; for?: string };
  state: "open" | "settled" | "lapsed";
  answer: { at: string; by: string; verdict: string; reason: string | null; accountable: Named | null } | null;
}

export async function readRequests(kind: string, state: string, limit = 200): Promise<readonly Asked[]> {
  return (await get<{ items: Asked[] }>("/v1/requests", { kind, state, limit })).items;
}
