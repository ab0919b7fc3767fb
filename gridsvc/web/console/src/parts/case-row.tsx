// One case in two lines: its clock, what it is about, where, and whose it is.
import { keptName } from "../data/areas";
import { kept, type Case } from "../data/cases";
import { matterName, unitName } from "../data/catalogue";
import { markOf, minute } from "../data/lights";
import { titleOf } from "../data/titles";
import { t } from "../words";
import { clockWords, MarkOf } from "./mark";

export const placeOf = (one: Case): string => {
  const { grid, street } = one.decision.areas;
  return one.address ?? (grid ? keptName("grid", grid) : street ? keptName("street", street) : t("case.outside"));
};

export const whoseOf = (one: Case): string =>
  one.decision.accountable ? unitName(one.decision.accountable.unit) || one.decision.accountable.name : t("case.nobody_yet");

export function CaseRow({ id }: { id: string }) {
  const one = kept(id)?.value;
  if (!one) return null;
  const mark = markOf(one, minute.value);
  return (
    <div class="case-row" data-number={one.number} data-status={one.status} title={one.number}>
      <MarkOf mark={mark} size={18} />
      <p><span class="what">{matterName(one.category)}</span><span class={`when light-${mark}`}>{clockWords(one)}</span></p>
      <p class="muted"><span class="what">{placeOf(one)}</span><span class="whose" key={one.version}>{[titleOf("status", one.status), ...(one.decision.accountable ? [whoseOf(one)] : [])].join(" \u00B7 ")}</span><span class="unseen">{one.number}</span></p>
    </div>
  );
}
