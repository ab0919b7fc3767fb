// Scheduling and publishing: from when, what changes for how many, and then the code typed and a reason.
import { useState } from "preact/hooks";
import { now } from "../../data/clock";
import { callOff, publish, replay, replays, report, type EditionAbout } from "../../data/editions";
import { loadCatalogue } from "../../data/catalogue";
import { may } from "../../data/me";
import { Await, useAsked } from "../../parts/await";
import { instantOf } from "../../parts/local";
import { Standing } from "../../parts/standing";
import { Sure } from "../../parts/sure";
import { moment, number } from "../../words/format";
import { t } from "../../words";
import { tell } from "../../app/announce";

export function Publish({ one, again }: { one: EditionAbout; again: () => void }) {
  const [calling, setCalling] = useState(false);
  const draft = one.state === "draft" || one.state === "checked";
  if (draft) return <Schedule one={one} again={again} />;
  const when = one.holds_from ? moment(one.holds_from, now.value) : "";
  return (
    <div class="stack pad">
      <p>{t(one.planned ? "ed.planned_from" : one.state === "retired" ? "ed.is_over" : "ed.holds_from", { from: when })}</p>
      {one.planned && may("edition:publish") && <div><button onClick={() => setCalling(true)}>{t("ed.call_off")}</button></div>}
      {calling && (
        <Sure title={t("ed.call_off_title", { code: one.code })} what={t("ed.call_off_what", { before: one.before ?? "-" })} code={one.code} label={t("ed.call_off")} close={() => setCalling(false)}
          run={async (reason) => { await callOff(one.code, one.code, reason); tell(t("ed.called_off", { code: one.code })); again(); }} />
      )}
    </div>
  );
}

function Schedule({ one, again }: { one: EditionAbout; again: () => void }) {
  const [from, setFrom] = useState("");
  const instant = instantOf(from);
  const [sure, setSure] = useState(false);
  const [waive, setWaive] = useState<Record<string, string>>({});
  const asked = useAsked(async () => {
    const [last] = may("edition:write") ? await replays(one.code) : [];
    const found = await report(one.code);
    return { found, job: last ? await replay(one.code, last.id) : null };
  }, [one.code]);
  return (
    <div class="stack pad scroll">
      <Await asked={asked}>
        {({ found, job }) => {
          const standing = [...found.findings, ...found.rules].filter((f) => f.severity === "error" && !f.waived);
          const open = standing.filter((f) => f.name && !waive[f.name]);
          const result = job?.current ? job.result : null;
          return (
            <>
              <label>{t("ed.from")}<input type="datetime-local" value={from} onInput={(e) => setFrom(e.currentTarget.value)} /></label>
              <p class="muted">{t("ed.from_hint")}</p>
              <p class="note">{result ? t("ed.changes_cases", { open: number(result.open.changed), past: number(result.changed + result.failed) }) : t("ed.not_replayed")} {t("ed.frozen")}</p>
              <Standing all={standing} reasons={waive} change={setWaive} />
              <div><button class="primary" disabled={open.length > 0} onClick={() => setSure(true)}>{t("ed.step.publish")}…</button></div>
              {open.length > 0 && <p class="muted">{t("ed.not_yet", { n: open.length })}</p>}
              {sure && (
                <Sure title={t("ed.publish_title", { code: one.code })} code={one.code} label={t("ed.step.publish")} close={() => setSure(false)}
                  what={`${t("ed.publish_what", { from: instant ? moment(instant, now.value) : t("ed.now"), before: one.before ?? "-" })} ${result ? t("ed.changes_cases", { open: number(result.open.changed), past: number(result.changed + result.failed) }) : t("ed.not_replayed")} ${t("ed.frozen")}`}
                  run={async (reason) => {
                    await publish(one.code, { from: instant?.toISOString() ?? null, confirm: one.code, reason, waive });
                    tell(t("ed.published", { code: one.code }));
                    void loadCatalogue();
                    again();
                  }} />
              )}
            </>
          );
        }}
      </Await>
    </div>
  );
}
