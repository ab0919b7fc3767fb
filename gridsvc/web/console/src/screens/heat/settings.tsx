// What is measured, of which cases, when, and against what.
import { query, setQuery } from "../../app/route";
import { categories, layerName, layers, matterName } from "../../data/catalogue";
import { daysOf, monthOf, pictureOf } from "../../data/heat";
import { titleOf } from "../../data/titles";
import { t, tOf } from "../../words";

const RATES = ["km2", "components", "residents", "none"] as const;
const SOURCES = ["patrol", "hotline_12345", "hotline_12319", "police_110", "app", "sensor", "transfer", "supervision"];
const LATTICES = ["hex", "kde"] as const;

interface Chosen { name: string; value: string; values: readonly (readonly [string, string])[]; set?: (value: string) => void }

function Choice({ name, value, values, set = (to) => setQuery({ [name]: to }) }: Chosen) {
  return (
    <label class="field">
      <span>{tOf("heat", name)}</span>
      <select value={value} onChange={(e) => set(e.currentTarget.value)}>
        {values.map(([code, title]) => <option key={code} value={code}>{title}</option>)}
      </select>
    </label>
  );
}

/** This month against the last one is this month up to today, and the whole one before. */
function against(vs: string): void {
  const today = daysOf({}).to;
  setQuery(vs === "month" ? { vs, from: monthOf(today), to: today } : { vs });
}

/** Layers that share out the ground, finest last. */
function areas(): readonly (readonly [string, string])[] {
  const known = layers.value.filter((l) => l.geometry === "polygon" && l.coverage === "partition" && l.areas > 1).sort((a, b) => a.areas - b.areas);
  return [...known.map((l) => [l.layer, layerName(l.layer)] as const), ...LATTICES.map((l) => [l, t(`heat.${l}`)] as const)];
}

function rates(area: string): readonly (readonly [string, string])[] {
  const fitting = area === "kde" ? ["km2", "none"] : area === "hex" ? ["km2", "components", "none"] : RATES;
  return fitting.map((rate) => [rate, tOf("heat.rate", rate)] as const);
}

export function Settings() {
  const asked = query.value;
  const { from, to } = daysOf(asked);
  const area = asked["area"] ?? "grid";
  const matters = categories.value.filter((c) => c.kind === "matter").map((c) => [c.code, `${c.code} ${matterName(c.code)}`] as const);
  const any = ["", t("heat.any")] as const;
  const day = (name: "from" | "to", value: string) => (
    <label class="field">
      <span>{t(`heat.${name}`)}</span>
      <input type="date" value={value} onChange={(e) => setQuery({ from, to, [name]: e.currentTarget.value || null })} />
    </label>
  );
  return (
    <form class="heat-settings" aria-label={t("heat.settings")} onSubmit={(e) => e.preventDefault()}>
      <Choice name="rate" value={asked["rate"] ?? "km2"} values={rates(area)} />
      <Choice name="area" value={area} values={areas()} />
      <Choice name="category" value={asked["category"] ?? ""} values={[any, ...matters]} />
      <Choice name="source" value={asked["source"] ?? ""} values={[any, ...SOURCES.map((s) => [s, titleOf("source", s)] as const)]} />
      {day("from", from)}
      {day("to", to)}
      <Choice name="vs" value={asked["vs"] ?? ""} values={[["", t("heat.vs_none")], ["previous", t("heat.vs_previous")], ["month", t("heat.vs_month")], ["year", t("heat.vs_year")]]} set={against} />
      <div class="field row">
        <button aria-pressed={Boolean(asked["table"])} onClick={() => setQuery({ table: asked["table"] ? null : "1" })}>{t("heat.table")}</button>
        <a class="button" href={pictureOf(asked)} download="heat.png">{t("heat.png")}</a>
      </div>
    </form>
  );
}
