// One box for go, find and do: actions on what is selected, screens, and whatever the service finds.
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get } from "../data/api";
import { may } from "../data/me";
import { flyTo } from "../map/stage";
import { t, tOf } from "../words";
import { bindings } from "./keys";
import { lang } from "./looks";
import { go, setQuery } from "./route";
import { SCREENS } from "./screens";

export const paletteShown = signal(false);

interface Found { kind: string; title: string; subtitle?: string; code?: string; id?: string; number?: string; layer?: string; lon?: number; lat?: number }
interface Choice { id: string; group: string; title: string; subtitle?: string; key?: string; run: () => void }

function chosen(item: Found): void {
  if (item.kind === "case") go("case", [item.number ?? item.id ?? ""]);
  else if (item.kind === "person") go("people", [], { q: item.title });
  else setQuery({ sel: item.kind === "component" ? `component:${item.code}` : item.layer ? `area:${item.layer}:${item.code}` : null, pt: null });
  if (item.lon !== undefined && item.lat !== undefined) flyTo(item.lon, item.lat);
}

function offered(text: string, found: readonly Found[]): readonly Choice[] {
  const has = (title: string) => !text || title.toLowerCase().includes(text.toLowerCase());
  const does = bindings.value
    .filter((b) => b.word.startsWith("action.") && !b.idle?.() && has(t(b.word as never)))
    .map((b) => ({ id: `do-${b.word}-${b.key}`, group: t("palette.do"), title: t(b.word as never), key: b.key, run: () => b.run(new KeyboardEvent("keydown")) }));
  const finds = found.map((f, i) => ({ id: `find-${i}`, group: tOf("found", f.kind), title: f.title, ...(f.subtitle ? { subtitle: f.subtitle } : {}), run: () => chosen(f) }));
  const goes = SCREENS.filter((s) => s.name !== "case" && may(s.needs) && has(t(`nav.${s.name}`)))
    .map((s) => ({ id: `go-${s.name}`, group: t("palette.go"), title: t(`nav.${s.name}`), ...(s.key ? { key: `G ${s.key}` } : {}), run: () => go(s.name) }));
  // The box itself does not read what was reported; the list does, by the same words.
  const reads = text.length > 1 && may("case:read") ? [{ id: "list-text", group: t("found.case"), title: t("palette.in_text", { text }), run: () => go("live", [], { q: text }) }] : [];
  return [...does, ...finds, ...reads, ...goes];
}

export function Palette() {
  const [text, setText] = useState("");
  const [found, setFound] = useState<readonly Found[]>([]);
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    box.current?.showModal();
  }, []);
  useEffect(() => {
    const stop = new AbortController();
    if (!text.trim()) {
      setFound([]);
      return;
    }
    get<{ groups: { kind: string; items: Omit<Found, "kind">[] }[] }>("/v1/search", { q: text, limit: 6, lang: lang.value }, stop.signal).then(
      ({ groups }) => setFound(groups.flatMap((g) => g.items.map((item) => ({ ...item, kind: g.kind })))),
      () => undefined,
    );
    return () => stop.abort();
  }, [text]);
  const choices = useMemo(() => offered(text.trim(), found), [text, found, bindings.value]);
  const here = Math.min(at, Math.max(choices.length - 1, 0));
  const close = () => {
    box.current?.close();
    paletteShown.value = false;
  };
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    close();
    choice.run();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing) return;
    const step = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
    if (step && choices.length) {
      e.preventDefault();
      setAt((here + step + choices.length) % choices.length);
    } else if (e.key === "Enter") {
      e.preventDefault();
      take(choices[here]);
    }
  };
  return (
    <dialog class="palette" ref={box} aria-label={t("palette.label")} onClose={() => (paletteShown.value = false)} onClick={(e) => e.target === box.current && close()}>
      <input
        autofocus type="text" role="combobox" aria-expanded="true" aria-controls="palette-choices" aria-activedescendant={choices[here]?.id}
        aria-label={t("palette.label")} placeholder={t("palette.placeholder")} value={text}
        onInput={(e) => { setText(e.currentTarget.value); setAt(0); }} onKeyDown={onKeyDown}
      />
      <ul id="palette-choices" role="listbox" aria-label={t("palette.label")}>
        {choices.map((choice, i) => (
          <li key={choice.id} id={choice.id} role="option" aria-selected={i === here} data-group={choice.group !== choices[i - 1]?.group ? choice.group : undefined} onClick={() => take(choice)}>
            <span>{choice.title}</span> {choice.subtitle && <small class="muted">{choice.subtitle}</small>} {choice.key && <kbd>{choice.key}</kbd>}
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p class="empty">{t("palette.empty")}</p>}
      <p class="muted small">{t("palette.scope")}</p>
    </dialog>
  );
}
