// Who answers here, by the bundle, and why: the chain of areas, the unit, its chiefs, the steps that led there.
import type { Answer, Chief } from "../../bundle/src";
import { Refusal } from "../../bundle/src";
import { lang } from "../../shared/lang";
import { day } from "../../shared/words/format";
import { expired, layers, refused, router } from "./pack";
import { t, tOf } from "./words";

const CHAIN = ["street", "community", "grid", "unit_grid"];

/** The sentence where there is no answer: no bundle, one that expired or was refused. */
export function PackNote() {
  const why = refused.value;
  const said = why && (lang.value === "zh" ? why.zh : why.en);
  if (expired.value && router.value) return <p class="note" role="status">{t("pack.expired", { at: day(new Date(router.value.head.expires), false) })}</p>;
  const lapsed = why && /(\d{4}-\d\d-\d\dT[^ ]+)/.exec(why.en)?.[1];
  if (lapsed && !router.value) return <p class="note" role="status">{t("pack.expired", { at: day(new Date(lapsed.replace(/;$/, "")), false) })}</p>;
  if (said) return <p class="note" role="status">{t(router.value ? "pack.kept" : "pack.refused", { why: said })}</p>;
  return router.value ? null : <p class="note" role="status">{t("pack.none")}</p>;
}

/** What has no name has a long code, of which people on the spot say the last three digits. */
const shortName = ({ code, name }: { code: string; name: string }): string => (!name || name === code ? code.slice(-3) : name);

export const layerName = (code: string): string => {
  const found = layers.value.find((l) => l.layer === code);
  return found ? (lang.value === "zh" ? found.title_zh : found.title_en) : code;
};

export function Who({ answer, maybe, chosen }: { answer: Answer | Refusal | null; maybe: string[]; chosen: boolean }) {
  if (!answer) return null;
  if (answer instanceof Refusal) return <p class="note" role="status">{lang.value === "zh" ? answer.zh : answer.en}</p>;
  const chain = CHAIN.map((layer) => answer.areas[layer]).filter((area) => area !== undefined);
  return (
    <section class="who" aria-label={t("who.unit")}>
      <p class="chain">{chain.map((area) => shortName(area)).join(" \u203A ")}</p>
      {maybe.length > 0 && <p class="maybe">{t("who.maybe", { areas: maybe.join(t("part.and")) })}</p>}
      <p class="unit"><span class="muted">{t("who.unit")}</span> {chosen ? <b>{answer.accountable ? answer.accountable.name : t("who.nobody", { why: tOf("desk", answer.desk ?? "no_rule") })}</b> : t("who.choose")}</p>
      <p class="chiefs"><Named role="grid_chief" chief={answer.grid_chief} /> <Named role="street_chief" chief={answer.street_chief} /></p>
      <details>
        <summary>{t("who.why")} <span class="muted">{t("who.offline")}</span></summary>
        <Why answer={answer} />
      </details>
    </section>
  );
}

function Named({ role, chief }: { role: "grid_chief" | "street_chief"; chief: Chief | null }) {
  if (!chief) return null;
  return <span><span class="muted">{t(`who.${role}`)}</span> {chief.name} <span class="muted">{t(chief.on_duty ? "who.on_duty" : "who.off_duty")}</span></span>;
}

function Why({ answer }: { answer: Answer }) {
  const steps = answer.because.map(({ step, id }) => {
    if (step === "area") {
      const [layer, area] = [id.slice(0, id.indexOf(":")), answer.areas[id.slice(0, id.indexOf(":"))]];
      return t("why.area", { layer: layerName(layer), name: area.name, how: tOf("how", area.how) });
    }
    if (step === "component") return t("why.component", { id, m: (answer.component?.distance_m ?? 0).toFixed(1) });
    if (step === "rule") return t("why.rule", { id, via: tOf("via", answer.accountable?.via ?? "") });
    return step === "desk" ? t("who.nobody", { why: tOf("desk", id) }) : null;
  });
  return (
    <ol class="why">
      {steps.filter((s) => s !== null).map((s) => <li key={s}>{s}</li>)}
      {answer.assisting.length > 0 && <li>{t("who.assisting")} {answer.assisting.map((u) => u.name).join(t("part.and"))}</li>}
      <li class="muted">{t("why.edition", { edition: answer.edition, ruleset: answer.ruleset ?? "" })}</li>
    </ol>
  );
}
