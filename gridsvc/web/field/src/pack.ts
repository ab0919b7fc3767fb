// The signed bundle on this device: kept, opened, renewed; and everything else that is needed without a network.
import { computed, signal } from "@preact/signals";
import { type Answer, OfflineRouter, Refusal, type Question } from "../../bundle/src";
import { instant, now } from "../../shared/clock";
import { get, getBytes, online, whoAmI } from "./api";
import { keepThing, keptThing } from "./store";

export interface Category { kind: "component" | "matter"; code: string; zh: string; en: string }
export interface Layer { layer: string; title_zh: string; title_en: string }
type Titles = Record<string, Record<string, { zh: string; en: string }>>;
interface Kept { data: ArrayBuffer; etag: string; key: string }

export const router = signal<OfflineRouter | null>(null);
/** Why there is no bundle, or why the newest was not taken. */
export const refused = signal<Refusal | null>(null);
export const categories = signal<readonly Category[]>([]);
export const layers = signal<readonly Layer[]>([]);
export const titles = signal<Titles>({});
export const person = signal<string | null>(null);

export const expired = computed(() => router.value !== null && !(now.value.getTime() < Date.parse(router.value.head.expires)));

// A phone whose clock was put back does not make an old bundle young: the service told once how late it was.
const latest = async (): Promise<number> => Math.max(instant().getTime(), (await keptThing<number>("latest")) ?? 0);

async function opened({ data, key }: Kept): Promise<OfflineRouter> {
  return OfflineRouter.open(new Uint8Array(data), { now: await latest(), publicKey: key });
}

const asRefusal = (e: unknown): Refusal => {
  if (e instanceof Refusal) return e;
  throw e;
};

/** What was kept, before anything is asked of the service. */
export async function loadPack(): Promise<void> {
  categories.value = (await keptThing<Category[]>("categories")) ?? [];
  layers.value = (await keptThing<Layer[]>("layers")) ?? [];
  titles.value = (await keptThing<Titles>("titles")) ?? {};
  person.value = (await keptThing<string>("person")) ?? null;
  const kept = await keptThing<Kept>("bundle");
  if (!kept || router.value) return;
  try {
    router.value = await opened(kept);
  } catch (e) {
    refused.value = asRefusal(e);
  }
}

/** Ask for what is new. A bundle that is refused replaces none that is good. */
export async function renewPack(): Promise<void> {
  person.value = (await whoAmI()).name;
  await Promise.all([keepThing("person", person.value), keepThing("latest", instant().getTime())]);
  await Promise.allSettled([renewBundle(), renewWords()]);
}

async function renewBundle(): Promise<void> {
  const { public_key } = await get<{ public_key: string }>("/v1/bundle/key");
  const kept = await keptThing<Kept>("bundle");
  const known = kept?.key === public_key && router.value && !expired.value ? kept.etag : undefined;
  const told = await getBytes("/v1/bundle", known);
  if (!told) {
    refused.value = null;
    return;
  }
  const bundle = { ...told, key: public_key };
  try {
    router.value = await opened(bundle);
    refused.value = null;
    await keepThing("bundle", bundle);
  } catch (e) {
    refused.value = asRefusal(e);
  }
}

async function renewWords(): Promise<void> {
  const [of_categories, of_layers, of_titles] = await Promise.all([
    get<{ items: Category[] }>("/v1/categories"), get<{ items: Layer[] }>("/v1/layers"), get<Titles>("/v1/words"),
  ]);
  categories.value = of_categories.items;
  layers.value = of_layers.items;
  titles.value = of_titles;
  await Promise.all([keepThing("categories", categories.value), keepThing("layers", layers.value), keepThing("titles", titles.value)]);
}

/** Who answers, by the bundle; null where there is none that may be used, and a refusal where it has no answer. */
export function preview(question: Question): Answer | Refusal | null {
  if (!router.value || expired.value) return null;
  try {
    return router.value.decide(question);
  } catch (e) {
    return asRefusal(e);
  }
}

export function keepRenewing(): void {
  const go = () => void renewPack().catch(() => undefined);
  addEventListener("online", go);
  setInterval(() => online.value && go(), 600_000);
  go();
}
