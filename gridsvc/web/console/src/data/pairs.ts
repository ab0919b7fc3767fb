// Pairs of cases that may be of one thing: what came in and is not sent out yet, each with whatever resembles it.
import { readSimilar, type Similar } from "./acts";
import { readPage, kept, type Case } from "./cases";

export interface Pair { one: Case; like: Similar; more: number }

const INTAKE = "reported,accepted,verifying,registered,undecided";
const AT_ONCE = 4;
const MOST = 200;
// A version of a case resembles what it resembles: asked once.
const known = new Map<string, readonly Similar[]>();

/** Two that resemble each other are one pair; the most alike first. */
export function pairsOf(found: readonly (readonly [Case, readonly Similar[]])[]): readonly Pair[] {
  const seen = new Set<string>();
  const pairs = found.flatMap(([one, likes]): Pair[] => {
    const [like] = [...likes].sort((a, b) => b.score - a.score);
    const name = like && [one.id, like.id].sort().join(" ");
    if (!like || !name || seen.has(name)) return [];
    seen.add(name);
    return [{ one, like, more: likes.length - 1 }];
  });
  return pairs.sort((a, b) => b.like.score - a.like.score);
}

export async function readPairs(told: (done: number, of: number) => void = () => undefined): Promise<readonly Pair[]> {
  const { ids } = await readPage({ status: INTAKE, limit: MOST }, null);
  const cases = ids.map((id) => kept(id)?.peek()).filter((one) => one !== undefined);
  const name = (one: Case) => `${one.id} ${one.version}`;
  const left = cases.filter((one) => !known.has(name(one)));
  let done = cases.length - left.length;
  const work = async () => {
    for (let one = left.shift(); one; one = left.shift()) {
      known.set(name(one), await readSimilar(one.id).catch(() => []));
      told(++done, cases.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const old of [...known.keys()].slice(0, Math.max(0, known.size - 10 * MOST))) known.delete(old);
  return pairsOf(cases.map((one) => [one, known.get(name(one)) ?? []] as const));
}
