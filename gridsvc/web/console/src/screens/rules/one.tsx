// One ruleset: what was found on it, its tables as they were written, and publication.
import { useState } from "preact/hooks";
import { tell } from "../../app/announce";
import { lang } from "../../app/looks";
import { now } from "../../data/clock";
import type { Finding } from "../../data/editions";
import { may } from "../../data/me";
import { publishRuleset, ruleset, table, type RulesetAbout } from "../../data/rulesets";
import { Await, useAsked } from "../../parts/await";
import { instantOf } from "../../parts/local";
import { Standing } from "../../parts/standing";
import { Sure } from "../../parts/sure";
import { moment, number } from "../../words/format";
import { t, tOf } from "../../words";

const MOST_ROWS = 500;

export function One({ code }: { code: string }) {
  const asked = useAsked(() => ruleset(code), [code]);
  return <div class="ruleset stack"><Await asked={asked}>{(one) => <About one={one} again={asked.again} />}</Await></div>;
}

function About({ one, again }: { one: RulesetAbout; again: () => void }) {
  const names = Object.keys(one.tables);
  const [shown, setShown] = useState(names.includes("rules") ? "rules" : (names[0] ?? ""));
  const draft = one.state === "draft" || one.state === "checked";
  const findings = one.report?.findings ?? [];
  return (
    <>
      <h2>{one.code} <span class="chip" data-state={one.state}>{tOf("ed.state", one.state)}</span></h2>
      {one.title && <p class="muted">{one.title}</p>}
      {one.report && <Found findings={findings} />}
      {draft && may("rule:write") && <Publish one={one} findings={findings} again={again} />}
      <section class="stack" aria-label={t("rules.tables")}>
        <div class="row" role="group" aria-label={t("rules.tables")}>
          {names.map((name) => <button key={name} class="chip" aria-pressed={name === shown} onClick={() => setShown(name)}>{tOf("rules.table", name)} {number(one.tables[name] ?? 0)}</button>)}
        </div>
        {shown && <Table key={shown} code={one.code} name={shown} />}
      </section>
    </>
  );
}

function Found({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return <p class="note">{t("rules.sound")}</p>;
  const gravest = [...findings].sort((a, b) => a.severity.localeCompare(b.severity));
  return (
    <details open={findings.some((f) => f.severity === "error")}>
      <summary>{t("rules.found", { errors: findings.filter((f) => f.severity === "error").length, warnings: findings.filter((f) => f.severity === "warning").length })}</summary>
      <table>
        <thead><tr><th>{t("rules.severity")}</th><th>{t("rules.where")}</th><th>{t("rules.what")}</th></tr></thead>
        <tbody>{gravest.slice(0, MOST_ROWS).map((f, i) => <tr key={i}><td>{t(`ed.${f.severity}`)}</td><td class="code">{[f.table, f.line].filter(Boolean).join(":")}</td><td>{lang.value === "zh" ? f.zh : f.en}</td></tr>)}</tbody>
      </table>
    </details>
  );
}

function Table({ code, name }: { code: string; name: string }) {
  const asked = useAsked(() => table(code, name), [code, name]);
  return (
    <Await asked={asked}>
      {(found) => (
        <div class="wide-table" tabIndex={0} role="region" aria-label={tOf("rules.table", name)}>
          <table>
            <thead><tr>{found.columns.map((c) => <th key={c}>{tOf("rules.col", c)}{tOf("rules.col", c) !== c && <small class="muted code"> {c}</small>}</th>)}</tr></thead>
            <tbody>{found.items.slice(0, MOST_ROWS).map((row, i) => <tr key={i}>{found.columns.map((c) => <td key={c}>{row[c]}</td>)}</tr>)}</tbody>
          </table>
          {found.items.length > MOST_ROWS && <p class="muted">{t("rules.more", { n: number(found.items.length - MOST_ROWS) })}</p>}
        </div>
      )}
    </Await>
  );
}

function Publish({ one, findings, again }: { one: RulesetAbout; findings: readonly Finding[]; again: () => void }) {
  const [from, setFrom] = useState("");
  const [waive, setWaive] = useState<Record<string, string>>({});
  const [sure, setSure] = useState(false);
  const instant = instantOf(from);
  const standing = findings.filter((f) => f.severity === "error");
  return (
    <section class="card stack" aria-label={t("ed.step.publish")}>
      <label>{t("ed.from")}<input type="datetime-local" value={from} onInput={(e) => setFrom(e.currentTarget.value)} /></label>
      <Standing all={standing.filter((f) => f.name)} reasons={waive} change={setWaive} />
      {standing.length > 0 && !standing.every((f) => f.name && waive[f.name]) && <p class="muted">{t("rules.not_yet", { n: standing.length })}</p>}
      <div><button class="primary" disabled={!standing.every((f) => f.name && waive[f.name])} onClick={() => setSure(true)}>{t("ed.step.publish")}…</button></div>
      {sure && (
        <Sure title={t("ed.publish_title", { code: one.code })} code={one.code} label={t("ed.step.publish")} close={() => setSure(false)}
          what={`${t("rules.publish_what", { from: instant ? moment(instant, now.value) : t("ed.now") })} ${t("ed.frozen")}`}
          run={async (reason) => { await publishRuleset(one.code, instant?.toISOString() ?? null, waive, reason); tell(t("ed.published", { code: one.code })); again(); }} />
      )}
    </section>
  );
}
