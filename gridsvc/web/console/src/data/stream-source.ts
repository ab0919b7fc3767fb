// Follows the events of the server, and comes back by itself with the last number it heard. Read by hand, not by the
// browser's own EventSource: that one neither shows the pings, by which a stream that died in silence is known, nor gives
// up a connection that hangs.
import { lines } from "./event-lines";
import type { Told } from "./stream";

// A cable that is pulled closes nothing: whether the server is there is asked, too.
const ASK_EVERY_MS = 2000;
const ANSWER_WITHIN_MS = 2500;
// The server says something every five seconds; twice nothing is a stream that is dead on its way.
export const QUIET_MS = 12_000;
const OPEN_WITHIN_MS = 6000;
// Not all windows of a centre at once when a service has been started anew.
const AGAIN_MS = [500, 4000] as const;
const KINDS: readonly string[] = ["case", "edition", "resync"];

/** How the server is reached; the browser's way is the last argument of `follow`. */
export interface Wire {
  /** Open the stream after a number; gives its text in pieces until it ends. Throws where there is none. */
  open: (after: string, stop: AbortSignal) => Promise<AsyncIterable<string>>;
  /** Throws where the server does not answer. */
  ask: (stop: AbortSignal) => Promise<void>;
}

async function* texts(body: ReadableStream<Uint8Array>): AsyncIterable<string> {
  const [reader, decoder] = [body.getReader(), new TextDecoder()];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield decoder.decode(value, { stream: true });
  }
}

const browser: Wire = {
  async open(after, stop) {
    const answer = await fetch(after ? `/v1/events?after=${encodeURIComponent(after)}` : "/v1/events", { cache: "no-store", signal: stop, headers: { Accept: "text/event-stream" } });
    if (!answer.ok || !answer.body) throw new Error(String(answer.status));
    return texts(answer.body);
  },
  async ask(stop) {
    await fetch("/health/live", { cache: "no-store", signal: stop });
  },
};

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export function follow(to: (told: Told) => void, wire: Wire = browser): void {
  let last = "";
  let there = false;
  let heardAt = Date.now();
  let drop: () => void = () => undefined;
  let wake: () => void = () => undefined;

  const lost = () => {
    if (there) to({ event: "lost", quiet_ms: Date.now() - heardAt });
    there = false;
  };
  const found = () => {
    heardAt = Date.now();
    if (!there) to({ event: "open" });
    there = true;
  };

  /** One stream from its opening to its end; true where it was open at all. */
  const once = async (): Promise<boolean> => {
    const stop = new AbortController();
    drop = () => stop.abort();
    let opened = false;
    let sign = Date.now();
    const watch = setInterval(() => Date.now() - sign > (opened ? QUIET_MS : OPEN_WITHIN_MS) && stop.abort(), 1000);
    // What hangs is left behind, even where it does not hear that it is to stop.
    const given_up = new Promise<never>((_, no) => stop.signal.addEventListener("abort", () => no(new Error("given up"))));
    const reading = lines();
    try {
      const pieces = (await Promise.race([wire.open(last, stop.signal), given_up]))[Symbol.asyncIterator]();
      opened = true;
      found();
      for (;;) {
        const { done, value } = await Promise.race([pieces.next(), given_up]);
        if (done) break;
        sign = Date.now();
        found();
        for (const { event, id, data } of reading.push(value)) if (KINDS.includes(event)) to({ event, id, data: JSON.parse(data) } as Told);
        last = reading.last() || last;
      }
    } catch {
      // Whatever it was: the stream is over, and the next one begins after what was heard.
    }
    clearInterval(watch);
    stop.abort();
    return opened;
  };

  const run = async () => {
    let again_ms: number = AGAIN_MS[0];
    for (;;) {
      again_ms = (await once()) ? AGAIN_MS[0] : Math.min(again_ms * 2, AGAIN_MS[1]);
      lost();
      await Promise.race([pause(again_ms * (0.5 + Math.random())), new Promise<void>((go) => (wake = go))]);
    }
  };

  const ask = async () => {
    for (;;) {
      const stop = new AbortController();
      const late = new Promise<never>((_, no) => setTimeout(() => { stop.abort(); no(new Error("late")); }, ANSWER_WITHIN_MS));
      try {
        await Promise.race([wire.ask(stop.signal), late]);
        // The server answers, but nobody knows what the stream of before is worth: a new one.
        if (there) heardAt = Date.now();
        else {
          drop();
          // It is back: no use in waiting on, but not all windows at the same moment.
          setTimeout(() => wake(), 1000 * Math.random());
        }
      } catch {
        lost();
      }
      await pause(ASK_EVERY_MS);
    }
  };
  void run();
  void ask();
}
