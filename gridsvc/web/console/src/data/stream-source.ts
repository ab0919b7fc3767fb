// Follows the events of the server, and comes back by itself with the last number it heard.
import type { Told } from "./stream";

// A cable that is pulled closes nothing: whether the server is there is asked, too.
const ASK_EVERY_MS = 2500;
const ANSWER_WITHIN_MS = 2500;

export function follow(to: (told: Told) => void): void {
  let source: EventSource | null = null;
  let last = "";
  let again_ms = 1000;
  let there = false;

  const lost = () => {
    if (there) to({ event: "lost" });
    there = false;
  };
  const open = () => {
    source?.close();
    source = new EventSource(last ? `/v1/events?after=${encodeURIComponent(last)}` : "/v1/events");
    source.onopen = () => {
      again_ms = 1000;
      there = true;
      to({ event: "open" });
    };
    source.onerror = () => {
      lost();
      // Closed for good (an answer that is no stream): try anew, less and less often.
      if (source?.readyState === EventSource.CLOSED) {
        setTimeout(open, again_ms);
        again_ms = Math.min(again_ms * 2, 30_000);
      }
    };
    for (const event of ["case", "edition", "resync"] as const) {
      source.addEventListener(event, (message) => {
        last = message.lastEventId || last;
        to({ event, id: message.lastEventId, data: JSON.parse(message.data) } as Told);
      });
    }
  };

  const ask = async () => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), ANSWER_WITHIN_MS);
    try {
      await fetch("/health/live", { cache: "no-store", signal: stop.signal });
      // The server answers, but the stream of before is dead on its way: a new one.
      if (!there && source?.readyState === EventSource.OPEN) open();
    } catch {
      lost();
    } finally {
      clearTimeout(timer);
    }
  };
  open();
  setInterval(() => void ask(), ASK_EVERY_MS);
}
