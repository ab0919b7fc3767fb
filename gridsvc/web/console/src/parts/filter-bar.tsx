// Filters as chips, each value with how many cases it would leave; what is chosen stands there and can be taken away.
import { useEffect, useRef, useState } from "preact/hooks";
import { query, setQuery } from "../app/route";
import { areaName } from "../data/areas";
import { layers, matterName, unitName, units } from "../data/catalogue";
import { facets } from "../data/live";
import { OPEN } from "../data/filters";
import { titleOf } from "../data/titles";
import { number } from "../words/format";
import { t, tOf } from "../words";
import { Glyph } from "./glyph";

const FACET: Readonly<Record<string, string>> = { status: "status", clock: "light", street: "street", unit: "unit", category: "category" };

function valueName(filter: string, value: string): string {
  if (filter === "unit") return value === "none" ? t("case.nobody_yet") : unitName(value);
  if (value === "none") return t("filter.none");
  if (filter === "category") return matterName(value);
  if (filter === "clock") return tOf("light", value);
  if (filter === "street") return areaName("street", value);
  return titleOf(filter, value);
}

const chosen = (filter: string): readonly string[] => (query.value[filter] ?? "").split(",").filter(Boolean);

function toggle(filter: string, value: string): void {
  const now = chosen(filter);
  const next = now.includes(value) ? now.filter((v) => v !== value) : [...now, value];
  setQuery({ [filter]: next.join(","), sel: null });
}

export function FilterBar() {
  const [open, setOpen] = useState("");
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const away = (e: Event) => {
      if (e instanceof KeyboardEvent ? e.key === "Escape" : !box.current?.contains(e.target as Node)) {
        if (e instanceof KeyboardEvent) {
          e.preventDefault();
          box.current?.querySelector<HTMLElement>("[aria-expanded=true]")?.focus();
        }
        setOpen("");
      }
    };
    addEventListener("pointerdown", away, true);
    addEventListener("keydown", away, true);
    return () => {
      removeEventListener("pointerdown", away, true);
      removeEventListener("keydown", away, true);
    };
  }, [open]);
  const names = Object.keys(FACET).filter((f) => f !== "street" || layers.value.some((l) => l.layer === "street"));
  const applied = [...names, "source", "grid"].flatMap((f) => chosen(f).map((v) => [f, v] as const));
  const sort = query.value["sort"] === "newest" ? "newest" : "due";
  return (
    <div class="filters" ref={box} role="group" aria-label={t("filter.label")}>
      {names.map((f) => (
        <div key={f} class="filter">
          <button class="chip" aria-expanded={open === f} data-chosen={chosen(f).length > 0} onClick={() => setOpen(open === f ? "" : f)}>
            {tOf("filter", f)} <Glyph name="down" size={12} />
          </button>
          {open === f && <Values filter={f} />}
        </div>
      ))}
      <button class="chip sort" aria-label={t("filter.sort_is", { sort: t(`filter.${sort}`) })} onClick={() => setQuery({ sort: sort === "due" ? "newest" : null })}>
        {t(`filter.${sort}`)}
      </button>
      {applied.map(([f, v]) => (
        <button key={f + v} class="chip applied" onClick={() => toggle(f, v)} aria-label={t("filter.remove", { what: valueName(f, v) })}>
          {valueName(f, v)} <Glyph name="close" size={12} />
        </button>
      ))}
      {applied.length > 1 && <button class="chip plain" onClick={clear}>{t("filter.clear")}</button>}
    </div>
  );
}

export const clear = (): void => setQuery(Object.fromEntries([...Object.keys(FACET), "source", "grid", "from", "to", "sel"].map((f) => [f, null])));

function Values({ filter }: { filter: string }) {
  const counts = facets.value[FACET[filter] ?? ""] ?? {};
  const known = filter === "status" ? [...OPEN, "closed", "void"] : filter === "clock" ? ["red", "amber", "green", "stopped", "none"] : filter === "unit" ? units.value.map((u) => u.code) : [];
  const all = [...new Set([...known.filter((v) => filter !== "unit" || counts[v] || chosen(filter).includes(v)), ...Object.keys(counts), ...chosen(filter)])];
  const ordered = filter === "status" || filter === "clock" ? all : all.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  return (
    <div class="card values" role="group" aria-label={tOf("filter", filter)}>
      {ordered.map((v) => (
        <label key={v}>
          <input type="checkbox" checked={chosen(filter).includes(v)} onChange={() => toggle(filter, v)} />
          <span>{valueName(filter, v)}</span>
          <span class="muted n">{counts[v] === undefined ? "" : number(counts[v])}</span>
        </label>
      ))}
      {ordered.length === 0 && <p class="muted">{t("filter.nothing")}</p>}
    </div>
  );
}
