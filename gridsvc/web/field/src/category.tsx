// What it is about: those used last within one touch, all others behind a word of their name.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { Glyph } from "../../shared/glyph";
import { lang } from "../../shared/lang";
import { categories } from "./pack";
import { keepThing, keptThing } from "./store";
import { tasks } from "./tasks";
import { t } from "./words";

const CHIPS = 5;
const MOST_FOUND = 60;
const recent = signal<readonly string[]>([]);

export async function loadRecent(): Promise<void> {
  recent.value = (await keptThing<string[]>("recent")) ?? [];
}

export async function noteUse(code: string): Promise<void> {
  recent.value = [code, ...recent.value.filter((c) => c !== code)].slice(0, CHIPS);
  await keepThing("recent", recent.value);
}

export function matterName(code: string): string {
  const found = categories.value.find((c) => c.kind === "matter" && c.code === code);
  return found ? (lang.value === "zh" ? found.zh : found.en) : code;
}

/** What the tasks around here are about, the most frequent first. */
function common(): string[] {
  const n = new Map<string, number>();
  for (const { category } of tasks.value) n.set(category, (n.get(category) ?? 0) + 1);
  return [...n].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([code]) => code);
}

export function CategoryPick({ value, set }: { value: string | null; set: (code: string) => void }) {
  const [all, setAll] = useState(false);
  const [part, setPart] = useState("");
  const matters = categories.value.filter((c) => c.kind === "matter");
  const known = new Set(matters.map((c) => c.code));
  const first = [...new Set([...(value ? [value] : []), ...[...recent.value, ...common()].filter((c) => known.has(c)), ...matters.map((c) => c.code)])].slice(0, CHIPS);
  const sought = part.trim().toLowerCase();
  const found = matters.filter((c) => `${c.code} ${c.zh} ${c.en}`.toLowerCase().includes(sought)).slice(0, MOST_FOUND);
  const choose = (code: string) => {
    set(code);
    setAll(false);
  };
  return (
    <section class="categories" aria-label={t("report.category")}>
      <div class="chips">
        <button class="chip" aria-expanded={all} onClick={() => setAll(!all)}><Glyph name="search" /> {t("report.category_more")}</button>
        {first.map((code) => <button key={code} class="chip" aria-pressed={code === value} onClick={() => choose(code)}>{matterName(code)}</button>)}
      </div>
      {all && (
        <div class="all">
          <input type="search" value={part} placeholder={t("report.find")} aria-label={t("report.find")} onInput={(e) => setPart(e.currentTarget.value)} />
          <ul>{found.map((c) => <li key={c.code}><button class="plain wide" onClick={() => choose(c.code)}><span class="muted">{c.code}</span> {lang.value === "zh" ? c.zh : c.en}</button></li>)}</ul>
        </div>
      )}
    </section>
  );
}
