// A queue that is short enough to be read whole: read anew, a little later, when something happens to a case.
import { useEffect, useState } from "preact/hooks";
import { useKeys } from "../app/keys";
import { go, place } from "../app/route";
import { kept, readPage, type Case } from "../data/cases";
import type { Query } from "../data/api";
import { asProblem } from "../data/problem";
import { listen } from "../data/stream";

const WAIT_MS = 500;

/** Whatever is read, read again when cases change; null until it was read once. */
export function useRead<T>(read: () => Promise<T>, when: readonly unknown[] = []): { found: T | null; fault: string; again: () => void } {
  const [found, setFound] = useState<T | null>(null);
  const [fault, setFault] = useState("");
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let mine = true;
    let due = 0;
    const ask = () => {
      due = 0;
      read().then(
        (told) => {
          if (!mine) return;
          setFound(() => told);
          setFault("");
          document.documentElement.dataset.listReady = "1";
        },
        (e: unknown) => mine && setFault(asProblem(e).sentence()),
      );
    };
    ask();
    const quiet = listen((told) => {
      if (told.event === "case" || told.event === "resync") due ||= window.setTimeout(ask, WAIT_MS);
    });
    return () => {
      mine = false;
      clearTimeout(due);
      quiet();
    };
  }, [...when, turn]);
  return { found, fault, again: () => setTurn(turn + 1) };
}

/** The cases of a query, as many as one answer has. */
export async function readCases(query: Query): Promise<readonly Case[]> {
  const { ids } = await readPage({ limit: 1000, ...query }, null);
  return ids.map((id) => kept(id)?.peek()).filter((one) => one !== undefined);
}

/** J and K walk a queue of numbers on a screen; the first one is open without asking. */
export function useWalk(screen: string, numbers: readonly string[]): { at: string | undefined; open: (number: string, how?: "push" | "replace") => void; next: () => void } {
  const at = place.value.args[0];
  const open = (number: string, how: "push" | "replace" = "push") => go(screen, [number], {}, how);
  const step = (by: number) => {
    const now = numbers.indexOf(place.peek().args[0] ?? "");
    const to = numbers[Math.max(0, Math.min(numbers.length - 1, now + by))];
    if (to) open(to, "replace");
  };
  useKeys([
    { key: "J", word: "keys.next", run: () => step(1) },
    { key: "K", word: "keys.previous", run: () => step(-1) },
  ], [numbers.join()]);
  const next = () => {
    const now = numbers.indexOf(place.peek().args[0] ?? "");
    const to = numbers.filter((n) => n !== numbers[now])[Math.max(0, now)] ?? numbers.find((n) => n !== numbers[now]);
    if (to) open(to, "replace");
    else go(screen);
  };
  return { at, open, next };
}
