// One control for each kind of field that the service asks for.
import { useState } from "preact/hooks";
import { query } from "../app/route";
import { upload, type Choice, type Field } from "../data/acts";
import { categories, layerName, units } from "../data/catalogue";
import { asProblem } from "../data/problem";
import { said } from "../data/titles";
import { t } from "../words";

interface Asked { field: Field; id: string; value: unknown; invalid: boolean; set: (value: unknown) => void }

export function Control(asked: Asked) {
  const { field, id, value, invalid, set } = asked;
  const common = { id, "aria-invalid": invalid, "aria-describedby": `${id}-note`, "aria-required": field.required };
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  switch (field.kind) {
    case "reason":
    case "text":
      return field.most && field.most <= 100
        ? <input type="text" {...common} value={text} maxLength={field.most} onInput={(e) => set(e.currentTarget.value)} />
        : <textarea {...common} value={text} maxLength={field.most} rows={2} onInput={(e) => set(e.currentTarget.value)} />;
    case "choice":
      return <Choices {...asked} choices={field.choices ?? []} />;
    case "unit":
      return <Select {...common} value={text} none={!field.required} choices={field.choices ?? everyUnit()} set={set} />;
    case "category":
      return <Select {...common} value={text} none choices={categories.value.filter((c) => c.kind === "matter").map((c) => ({ value: c.code, zh: c.zh, en: c.en }))} set={set} />;
    case "units":
      return <Several {...asked} choices={field.choices ?? everyUnit()} />;
    case "number":
      return <input type="number" {...common} value={text} min={field.least ?? field.above} max={field.most} step="any" onInput={(e) => set(e.currentTarget.value === "" ? null : e.currentTarget.valueAsNumber)} />;
    case "flag":
      return <label class="row"><input type="checkbox" {...common} checked={Boolean(value)} onChange={(e) => set(e.currentTarget.checked)} /> {said(field)}</label>;
    case "scores":
      return <Scores {...asked} />;
    case "precedent":
      return <Precedent {...asked} />;
    case "attachments":
      return <Files {...asked} />;
    case "point":
      return <Place {...asked} />;
    default:
      return <input type="text" {...common} value={text} maxLength={field.most ?? 64} onInput={(e) => set(e.currentTarget.value)} />;
  }
}

const everyUnit = (): readonly Choice[] => units.value.map((u) => ({ value: u.code, zh: u.name, en: u.name_en ?? u.name }));

function Select({ value, choices, none, set, ...common }: { value: string; choices: readonly Choice[]; none: boolean; set: (v: unknown) => void; id: string }) {
  return (
    <select {...common} value={value} onChange={(e) => set(e.currentTarget.value || null)}>
      {(none || !value) && <option value="">{t(none ? "part.none" : "form.choose")}</option>}
      {choices.map((c) => <option key={c.value} value={String(c.value)}>{said(c)}</option>)}
    </select>
  );
}

function Choices({ field, id, value, invalid, set, choices }: Asked & { choices: readonly Choice[] }) {
  if (choices.length > 6) return <Select id={id} value={String(value ?? "")} choices={choices} none={!field.required} set={(v) => set(choices.find((c) => String(c.value) === v)?.value ?? null)} />;
  return (
    <div class="choices" role="radiogroup" aria-labelledby={`${id}-label`} aria-invalid={invalid}>
      {choices.map((c, i) => (
        <label key={c.value} class="chip">
          <input type="radio" id={i === 0 ? id : undefined} name={id} checked={value === c.value} onChange={() => set(c.value)} /> {said(c)}
        </label>
      ))}
    </div>
  );
}

function Several({ id, value, set, choices }: Asked & { choices: readonly Choice[] }) {
  const chosen = Array.isArray(value) ? (value as string[]) : [];
  const [part, setPart] = useState("");
  const shown = choices.filter((c) => !part || said(c).toLowerCase().includes(part.toLowerCase()) || chosen.includes(String(c.value)));
  return (
    <div class="several" role="group" aria-labelledby={`${id}-label`}>
      {choices.length > 8 && <input type="text" id={id} value={part} placeholder={t("form.narrow")} aria-label={t("form.narrow")} onInput={(e) => setPart(e.currentTarget.value)} />}
      <div>
        {shown.map((c) => (
          <label key={c.value}>
            <input type="checkbox" checked={chosen.includes(String(c.value))} onChange={(e) => set(e.currentTarget.checked ? [...chosen, c.value] : chosen.filter((v) => v !== c.value))} /> {said(c)}
          </label>
        ))}
      </div>
    </div>
  );
}

function Scores({ field, id, value, set }: Asked) {
  const scores = (value ?? {}) as Record<string, number>;
  return (
    <div class="stack" role="group" aria-labelledby={`${id}-label`}>
      {(field.choices ?? []).map((c, i) => (
        <label key={c.value} class="row between">
          <span>{said(c)}</span>
          <input class="short" id={i === 0 ? id : undefined} type="number" min={field.least} max={field.most} value={scores[c.value] ?? ""} onInput={(e) => set({ ...scores, [c.value]: e.currentTarget.valueAsNumber })} />
        </label>
      ))}
    </div>
  );
}

function Precedent({ id, value, set }: Asked) {
  const kept = value as { scope: string; until?: string } | null | undefined;
  const scopes = [["grid", layerName("grid")], ["community", layerName("community")], ["street", layerName("street")], ["disc:200", t("form.around")]] as const;
  return (
    <div class="stack">
      <label class="row"><input type="checkbox" id={id} checked={Boolean(kept)} onChange={(e) => set(e.currentTarget.checked ? { scope: "grid" } : null)} /> {t("form.precedent")} <kbd>P</kbd></label>
      {kept && (
        <div class="row">
          <select class="half" aria-label={t("form.scope")} value={kept.scope} onChange={(e) => set({ ...kept, scope: e.currentTarget.value })}>
            {scopes.map(([v, name]) => <option key={v} value={v}>{name}</option>)}
          </select>
          <input class="half" type="date" aria-label={t("form.until")} value={kept.until?.slice(0, 10) ?? ""} onInput={(e) => set(e.currentTarget.value ? { ...kept, until: `${e.currentTarget.value}T00:00:00+08:00` } : { scope: kept.scope })} />
        </div>
      )}
    </div>
  );
}

function Files({ id, value, set }: Asked) {
  const ids = Array.isArray(value) ? (value as string[]) : [];
  const [state, setState] = useState("");
  const add = async (files: FileList | null) => {
    setState(t("form.sending"));
    try {
      const sent = [...ids];
      for (const file of files ?? []) sent.push(await upload(file));
      set(sent);
      setState("");
    } catch (e) {
      setState(asProblem(e).sentence());
    }
  };
  return (
    <div class="stack">
      <input type="file" id={id} multiple accept="image/*,application/pdf,video/mp4" onChange={(e) => void add(e.currentTarget.files)} />
      {ids.length > 0 && <p class="muted">{t("form.files", { n: ids.length })} <button type="button" class="plain" onClick={() => set([])}>{t("form.remove")}</button></p>}
      {state && <p role="status">{state}</p>}
    </div>
  );
}

function Place({ id, value, set }: Asked) {
  const at = value as { x: number; y: number; crs: string } | null | undefined;
  const [x, y, crs] = (query.value["pt"] ?? "").split(",");
  return (
    <div class="row">
      <span id={id}>{at ? `${at.x.toFixed(6)}, ${at.y.toFixed(6)} (${at.crs})` : t("form.place_kept")}</span>
      <button type="button" disabled={!x || !y} onClick={() => set({ x: Number(x), y: Number(y), crs: crs || "wgs84" })}>{t("form.place_asked")}</button>
      {at && <button type="button" class="plain" onClick={() => set(null)}>{t("form.remove")}</button>}
    </div>
  );
}

