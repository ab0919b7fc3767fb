import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { lines } from "./event-lines";
import { follow, QUIET_MS, type Wire } from "./stream-source";
import type { Told } from "./stream";

const CASE = (n: number) => `event: case\nid: ${n}\ndata: {"number":"N${n}"}\n\n`;

test("events are read however their text is cut, and comments carry the number on", () => {
  const text = `retry: 1200\n${CASE(7)}: ping\nid: 9\n\n${CASE(10)}event: resync\ndata: {}\n`;
  for (const size of [1, 3, 1000]) {
    const reading = lines();
    const heard = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => reading.push(text.slice(i * size, (i + 1) * size))).flat();
    assert.deepEqual(heard.map((h) => [h.event, h.id]), [["case", "7"], ["case", "10"]]);
    assert.equal(reading.last(), "10");
  }
});

/** A server that can fall silent: nothing is refused, nothing is closed, nothing comes. */
function server() {
  const opened: string[] = [];
  let say: ((text: string) => void) | null = null;
  const state = { silent: false };
  const never = new Promise<never>(() => undefined);
  const wire: Wire = {
    async open(after) {
      opened.push(after);
      if (state.silent) return never;
      const waiting: string[] = [];
      let wake = () => undefined as void;
      say = (text) => { waiting.push(text); wake(); };
      return (async function* () {
        for (;;) {
          while (waiting.length && !state.silent) yield waiting.shift() as string;
          await new Promise<void>((go) => (wake = go));
        }
      })();
    },
    ask: async () => (state.silent ? never : undefined),
  };
  return { wire, opened, state, say: (text: string) => say?.(text) };
}

/** Let the clock go on, and whoever waits for it. */
async function pass(ms: number, each?: () => void): Promise<void> {
  for (let gone = 0; gone < ms; gone += 250) {
    mock.timers.tick(250);
    if (gone % 5000 === 0) each?.();
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }
}

test("a cut without an error is told within five seconds, with how long it was quiet, and the return within five", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const [told, there]: [Told[], ReturnType<typeof server>] = [[], server()];
  follow((one) => told.push(one), there.wire);
  await pass(1000);
  there.say(CASE(5));
  await pass(1000);
  assert.deepEqual(told.map((one) => one.event), ["open", "case"]);
  there.state.silent = true;
  await pass(5000);
  const lost = told.at(-1);
  assert.equal(lost?.event, "lost");
  assert.ok(lost?.event === "lost" && lost.quiet_ms <= 5000);
  await pass(60_000);
  assert.equal(told.filter((one) => one.event === "lost").length, 1);
  there.state.silent = false;
  await pass(5000);
  assert.equal(told.at(-1)?.event, "open");
  assert.equal(there.opened.at(-1), "5");
  mock.timers.reset();
});

test("a stream that dies alone, while the server answers, is replaced; one that is only quiet stays", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const there = server();
  follow(() => undefined, there.wire);
  await pass(60_000, () => there.say(": ping\nid: 3\n\n"));
  assert.equal(there.opened.length, 1);
  await pass(QUIET_MS + 6000);
  assert.deepEqual(there.opened, ["", "3"]);
  mock.timers.reset();
});
