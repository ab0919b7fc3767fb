// Walking through a list by J and K; a key that comes before the page is drawn anew finds the list as it is already.
import { useRef } from "preact/hooks";
import { useKeys } from "../app/keys";

export function useWalk(step: (by: number) => void, next = "ed.key.next", previous = "ed.key.previous"): void {
  const latest = useRef(step);
  latest.current = step;
  useKeys([
    { key: "J", word: next, run: () => latest.current(1) },
    { key: "K", word: previous, run: () => latest.current(-1) },
  ]);
}
