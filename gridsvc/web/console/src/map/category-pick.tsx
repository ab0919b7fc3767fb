// What it is about: a matter, found by its words in either language or by its code.
import { useId, useState } from "preact/hooks";
import { lang } from "../app/looks";
import { categories, matterName, type Category } from "../data/catalogue";
import { t } from "../words";

const MOST = 8;

export function matching(text: string, all: readonly Category[]): readonly Category[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const rank = (c: Category) => (c.code.startsWith(wanted) || c.zh.startsWith(wanted) || c.en.toLowerCase().startsWith(wanted) ? 0 : 1);
  return all
    .filter((c) => c.kind === "matter" && (c.code.startsWith(wanted) || c.zh.includes(wanted) || c.en.toLowerCase().includes(wanted)))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, MOST);
}

export function CategoryPick({ value, set }: { value: string; set: (code: string) => void }) {
  const id = useId();
  const [text, setText] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const found = matching(text ?? "", categories.value);
  const take = (one: Category | undefined) => {
    if (!one) return;
    set(one.code);
    setText(null);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing) return;
    const step = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
    if (step && found.length) setAt((at + step + found.length) % found.length);
    else if (e.key === "Enter" && found.length) take(found[at]);
    else if (e.key === "Escape" && text !== null) setText(null);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <span class="pick">
      <input
        type="text" role="combobox" aria-expanded={found.length > 0} aria-controls={`${id}-list`} aria-activedescendant={found[at] ? `${id}-${found[at]?.code}` : undefined}
        aria-label={t("ask.matter")} placeholder={t("ask.matter_hint")} value={text ?? (value ? `${matterName(value)} ${value}` : "")}
        onInput={(e) => { setText(e.currentTarget.value); setAt(0); if (!e.currentTarget.value) set(""); }}
        onFocus={(e) => e.currentTarget.select()} onBlur={() => setText(null)} onKeyDown={onKeyDown}
      />
      {found.length > 0 && (
        <ul id={`${id}-list`} role="listbox" aria-label={t("ask.matter")}>
          {found.map((c, i) => (
            <li key={c.code} id={`${id}-${c.code}`} role="option" aria-selected={i === at} onPointerDown={(e) => { e.preventDefault(); take(c); }}>
              {lang.value === "zh" ? c.zh : c.en} <small class="muted code">{c.code}</small>
            </li>
          ))}
        </ul>
      )}
      {text?.trim() && found.length === 0 && <small class="muted" role="status">{t("ask.no_matter")}</small>}
    </span>
  );
}
