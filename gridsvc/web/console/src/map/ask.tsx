// The ask card, in a fixed dock at the lower left: who answers at a point, how sure that is, and why.
import { useEffect, useState } from "preact/hooks";
import { tell } from "../app/announce";
import { query, setQuery } from "../app/route";
import type { Chief } from "../data/cases";
import { keptName } from "../data/areas";
import { layerName, matterName, unitName } from "../data/catalogue";
import { may } from "../data/me";
import { lang } from "../app/looks";
import { Glyph } from "../parts/glyph";
import { metres, percent } from "../words/format";
import { t, tOf } from "../words";
import { decidedAt, groundOf } from "../data/why";
import { answer, leaveStep, matter, problem, showGround, showStep, startAsking, vertical, type Answer, type Step } from "./answer";
import { fit, fitHome } from "./camera";
import { CategoryPick } from "./category-pick";
import { copyText, DATUMS } from "./copy";
import { asked } from "./picked";
import { ReportForm } from "./report";

export function AskCard() {
  useEffect(startAsking, []);
  const at = asked.value;
  const [reporting, setReporting] = useState(false);
  useEffect(() => setReporting(false), [at?.lon, at?.lat]);
  if (!at) return null;
  const close = () => {
    leaveStep();
    setQuery({ pt: null, ...(query.peek()["sel"]?.startsWith("component:") ? { sel: null } : {}) });
    document.querySelector<HTMLElement>(".maplibregl-canvas")?.focus();
  };
  const found = answer.value;
  const outside = found?.match.how === "outside";
  return (
    <section class="card dock-card ask" aria-label={t("ask.title")} aria-live="polite" onKeyDown={(e) => e.key === "Escape" && !e.isComposing && close()}>
      <div class="row between head">
        <h2>{reporting ? t("report.title") : found ? (outside ? t("ask.outside_title") : placeName(found)) : t("ask.title")}</h2>
        <button class="plain" aria-label={t("part.close")} title={`${t("part.close")} (Esc)`} onClick={close}><Glyph name="close" /></button>
      </div>
      {problem.value && <p class="note">{problem.value.sentence()}</p>}
      {problem.value?.status === 422 && <div><button onClick={() => void fitHome()}>{t("ask.fly_home")}</button></div>}
      {!found && !problem.value && <p class="muted">{t("part.loading")}</p>}
      {found && (reporting
        ? <ReportForm at={at} close={() => setReporting(false)} />
        : <Told found={found} at={at} outside={outside} report={() => setReporting(true)} />)}
    </section>
  );
}

function placeName(found: Answer): string {
  const layer = ["grid", "street", "district"].find((l) => found.areas[l]);
  return layer ? keptName(layer, found.areas[layer]!) : t("ask.title");
}

function Told({ found, at, outside, report }: { found: Answer; at: { lon: number; lat: number }; outside: boolean; report: () => void }) {
  return (
    <>
      {outside ? <Outside found={found} at={at} /> : <How found={found} />}
      {"viaduct" in found.areas && <Levels />}
      {found.desk?.reason !== "outside" && <Who found={found} />}
      <label class="field">
        <span class="muted">{t("ask.matter")}</span>
        <CategoryPick value={matter.value} set={(code) => (matter.value = code)} />
      </label>
      {!outside && <Chiefs found={found} />}
      {found.match.candidates.length > 1 && !outside && <Candidates found={found} />}
      <div class="row acts">
        {may("case:report") && <button class="primary" onClick={report}>{t("ask.report")}</button>}
        <CopyPlace at={at} />
      </div>
      <Why found={found} at={at} />
    </>
  );
}

function How({ found }: { found: Answer }) {
  const { how, distance_m } = found.match;
  const chain = ["district", "street", "community", "grid"].flatMap((layer) => (found.areas[layer] ? [keptName(layer, found.areas[layer]!)] : []));
  const unit = found.areas["unit_grid"]?.code;
  return (
    <p class="muted">
      {chain.join(" \u203a ")}{unit && <> {"\u203a"} <span class="code">{unit}</span></>}
      <br />
      {tOf("how", how)}{distance_m !== null && t("ask.edge", { far: metres(distance_m) })}
    </p>
  );
}

function Outside({ found, at }: { found: Answer; at: { lon: number; lat: number } }) {
  const [near] = found.match.candidates;
  const show = () => near && void nearest(near.layer, near.code, at, found.match.distance_m ?? 0);
  return (
    <div class="note stack">
      <p>{near && found.match.distance_m !== null ? t("ask.outside", { far: metres(found.match.distance_m), code: near.code }) : t("ask.far_outside")}</p>
      <div class="row">
        {near && <button onClick={show}>{t("ask.show_nearest")}</button>}
        <button onClick={() => void fitHome()}>{t("ask.fly_home")}</button>
      </div>
    </div>
  );
}

async function nearest(layer: string, code: string, at: { lon: number; lat: number }, far_m: number): Promise<void> {
  await showStep({ step: "area", id: `${layer}:${code}`, zh: "", en: "" }, at);
  const deg = far_m / 90_000;
  fit([[at.lon - deg, at.lat - deg], [at.lon + deg, at.lat + deg]]);
}

/** A viaduct's deck and the ground below it are asked apart. */
function Levels() {
  return (
    <div class="row" role="group" aria-label={t("ask.level")}>
      {(["above", "below"] as const).map((level) => (
        <button key={level} aria-pressed={vertical.value === level} onClick={() => (vertical.value = vertical.value === level ? null : level)}>{t(`ask.${level}`)}</button>
      ))}
    </div>
  );
}

function Who({ found }: { found: Answer }) {
  const { accountable, desk, assisting } = found;
  if (!accountable) {
    return desk && !matter.value && desk.reason === "no_rule"
      ? <p class="who"><Glyph name="search" /> {t("ask.say_matter")}</p>
      : <p class="who"><Glyph name="desk" /> {lang.value === "zh" ? desk?.zh : desk?.en}</p>;
  }
  return (
    <div class="who">
      <strong>{unitName(accountable.unit) || accountable.name}</strong> <span class="chip">{tOf("via", accountable.via)}</span>
      {matter.value && <span class="muted"> {matterName(matter.value)}</span>}
      {assisting.length > 0 && <p class="muted">{t("ask.assisting", { units: assisting.map((u) => unitName(u.unit)).join(lang.value === "zh" ? "\u3001" : ", ") })}</p>}
    </div>
  );
}

function Chiefs({ found }: { found: Answer }) {
  const line = (word: "ask.grid_chief" | "ask.street_chief", chief: Chief | null) => (
    <div>
      <dt>{t(word)}</dt>
      <dd>
        {chief ? <>{chief.name} <span class="code muted">{chief.phone}</span> <span class={chief.on_duty ? "" : "muted"}>{t(chief.on_duty ? "ask.on_duty" : "ask.off_duty")}{chief.acting && t("ask.acting")}</span></> : <span class="muted">{t("ask.no_chief")}</span>}
      </dd>
    </div>
  );
  return <dl class="chiefs">{line("ask.grid_chief", found.grid_chief)}{line("ask.street_chief", found.street_chief)}</dl>;
}

function Candidates({ found }: { found: Answer }) {
  return (
    <div>
      <h3>{t("ask.candidates")}</h3>
      <ul class="candidates">
        {found.match.candidates.filter((c) => c.probability >= 0.01).map((c, i) => (
          <li key={c.code}>
            <span><b>{i + 1}</b> {layerName(c.layer)} <span class="code">{c.code}</span></span>
            <meter min={0} max={1} value={c.probability} aria-label={percent(c.probability, 0)} />
            <b>{percent(c.probability, 0)}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Why({ found, at }: { found: Answer; at: { lon: number; lat: number } }) {
  // A step that goes while it is pointed at is left by no event.
  useEffect(() => leaveStep, []);
  const passed = found.because.filter((s) => s.step === "passed");
  const led = found.because.filter((s) => s.step !== "passed");
  const settled = led[decidedAt(led)];
  const line = (s: Step, i: number) => {
    const place = groundOf(s, led);
    const show = () => void (place && showGround(place, at));
    const words = lang.value === "zh" ? s.zh : s.en;
    return (
      <li key={`${s.step}${s.id}${i}`} data-decides={s === settled}>
        {place ? <button class="plain step" onPointerEnter={show} onPointerLeave={leaveStep} onFocus={show} onBlur={leaveStep}>{words}</button> : <span class="step">{words}</span>}
        {s === settled && <strong class="here">{"\u2190"} {t(found.accountable ? "why.here" : "why.to_desk")}</strong>}
      </li>
    );
  };
  return (
    <details class="why" open={Boolean(found.accountable)}>
      <summary>{t("ask.why", { n: led.length })}</summary>
      <ol>{led.map(line)}</ol>
      {passed.length > 0 && (
        <details>
          <summary class="muted">{t("ask.passed", { n: passed.length })}</summary>
          <ol>{passed.map(line)}</ol>
        </details>
      )}
      <p class="muted">{t("ask.by", { edition: found.edition, ruleset: found.ruleset ?? "\u2013", sure: percent(found.confidence, 0) })}</p>
    </details>
  );
}

function CopyPlace({ at }: { at: { lon: number; lat: number } }) {
  const copy = async (name: string, text: string) => tell(t((await copyText(text)) ? "ask.copied" : "ask.copy_failed", { what: `${name} ${text}` }));
  return (
    <details class="copy">
      <summary>{t("ask.copy")}</summary>
      <ul>
        {DATUMS.map(({ name, of }) => {
          const text = of([at.lon, at.lat]).map((n) => n.toFixed(6)).join(", ");
          return <li key={name}><button class="plain" onClick={() => void copy(name, text)}>{name} <span class="code">{text}</span></button></li>;
        })}
      </ul>
    </details>
  );
}
