// Asks the offline router: reads questions, one JSON a line, writes what it says of each. Arguments: router, bundle, questions, answers.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module, bundle, questions, answers] = process.argv.slice(2);
const { OfflineRouter, Refusal } = await import(pathToFileURL(module));
const asked = readFileSync(questions, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
const { now, publicKey } = asked.shift();
const told = [];
const say = (work) => {
  try {
    told.push(JSON.stringify(work()));
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    told.push(JSON.stringify({ refused: e.field, zh: e.zh, en: e.en }));
  }
};
let router;
try {
  router = await OfflineRouter.open(new Uint8Array(readFileSync(bundle)), { now, publicKey });
} catch (e) {
  if (!(e instanceof Refusal)) throw e;
  say(() => { throw e; });
}
const began = performance.now();
if (router) for (const { locate, ...question } of asked) say(() => (locate ? router.locate(locate[0] ?? NaN, locate[1], locate[2]) : router.decide(question)));
console.log(`${asked.length} questions, ${((performance.now() - began) * 1000 / Math.max(asked.length, 1)).toFixed(1)} microseconds each`);
writeFileSync(answers, told.join("\n") + "\n");
