// What this device keeps: reports and actions with their photos, and what it needs to work without a network.
const NAME = "gridsvc-field";
const STORES = ["items", "photos", "kept"] as const;
type Store = (typeof STORES)[number];

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => STORES.forEach((name) => asked.result.createObjectStore(name));
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => {
      opened = null;
      fail(asked.error ?? new Error("storage"));
    };
  });
  return opened;
}

export type Write = [store: Store, key: string, value: unknown];

/** Write, and with `undefined` take away, all of it or nothing; when this returns it is on the disk. */
export async function write(...all: Write[]): Promise<void> {
  const base = await open();
  await new Promise<void>((done, fail) => {
    const transaction = base.transaction([...new Set(all.map(([store]) => store))], "readwrite", { durability: "strict" });
    for (const [store, key, value] of all) {
      if (value === undefined) transaction.objectStore(store).delete(key);
      else transaction.objectStore(store).put(value, key);
    }
    transaction.oncomplete = () => done();
    transaction.onabort = transaction.onerror = () => fail(transaction.error ?? new Error("storage"));
  });
}

async function asked<T>(store: Store, ask: (from: IDBObjectStore) => IDBRequest): Promise<T> {
  const base = await open();
  return new Promise((done, fail) => {
    const request = ask(base.transaction(store).objectStore(store));
    request.onsuccess = () => done(request.result as T);
    request.onerror = () => fail(request.error);
  });
}

export const read = <T>(store: Store, key: string): Promise<T | undefined> => asked(store, (from) => from.get(key));
export const readAll = <T>(store: Store): Promise<T[]> => asked(store, (from) => from.getAll());
export const keepThing = (name: string, value: unknown): Promise<void> => write(["kept", name, value]);
export const keptThing = <T>(name: string): Promise<T | undefined> => read<T>("kept", name);
