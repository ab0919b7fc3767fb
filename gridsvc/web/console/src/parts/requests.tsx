// What has been asked about a case and waits for an answer.
import type { Case } from "../data/cases";
import { unitName } from "../data/catalogue";
import { minute } from "../data/lights";
import { titleOf, whoOf } from "../data/titles";
import { moment } from "../words/format";
import { t } from "../words";

export function Requests({ one }: { one: Case }) {
  if (one.requests.length === 0) return null;
  return (
    <section class="part" aria-label={t("request.title")}>
      {one.requests.map((r) => (
        <div key={r.n} class="note" data-request={r.n}>
          <p><strong>{titleOf("request", r.kind)}</strong>{r.by && <span class="muted"> {whoOf(r.by)} {r.at && moment(r.at, minute.value)}</span>}</p>
          {r.reason && <p>{r.reason}</p>}
          {r.basis && <p class="muted">{t("request.basis", { basis: r.basis })}</p>}
          {r.proposed && <p>{t("request.proposed", { unit: unitName(r.proposed.unit) })}</p>}
          {r.asked && r.asked.length > 0 && <p>{r.asked.map((u) => `${unitName(u)} ${r.arrived?.[u] ? t("request.arrived", { at: moment(r.arrived[u], minute.value) }) : t("request.waiting")}`).join(" \u00B7 ")}</p>}
          {r.due_at && <p class="muted">{t("clock.due", { at: moment(r.due_at, minute.value) })}</p>}
        </div>
      ))}
    </section>
  );
}
