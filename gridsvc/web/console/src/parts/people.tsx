// Who answers for a case, by what; who is chief and on duty. What is masked is shown in full to who says why, and that is written down.
import { useEffect, useState } from "preact/hooks";
import { saysSomething, unmask, type Unmasked } from "../data/acts";
import type { Case, Chief } from "../data/cases";
import { unitName } from "../data/catalogue";
import { may } from "../data/me";
import { asProblem } from "../data/problem";
import { said, titleOf } from "../data/titles";
import { t } from "../words";

export function Who({ one }: { one: Case }) {
  const { accountable, assisting, grid_chief, street_chief, desk } = one.decision;
  return (
    <section class="part" aria-label={t("who.title")}>
      <h3>{t("who.title")}</h3>
      <dl class="facts">
        <dt>{t("who.unit")}</dt>
        <dd>
          {accountable ? <strong>{unitName(accountable.unit)}</strong> : <strong class="light-undecided">{t("case.nobody_yet")}</strong>}
          {accountable && <span class="muted"> {titleOf("via", accountable.via)}</span>}
          {!accountable && desk && <p>{said(desk)}</p>}
        </dd>
        {assisting.length > 0 && <><dt>{t("who.assisting")}</dt><dd>{assisting.map((u) => unitName(u.unit)).join(", ")}</dd></>}
        {grid_chief && <ChiefRow one={one} what="grid_chief" chief={grid_chief} />}
        {street_chief && <ChiefRow one={one} what="street_chief" chief={street_chief} />}
        {one.reporter && <><dt>{t("who.reporter")}</dt><dd><Masked one={one} what="reporter" masked={[one.reporter.name, one.reporter.phone].filter(Boolean).join(" ")} /></dd></>}
        {one.subject && <><dt>{t("who.subject")}</dt><dd><Masked one={one} what="subject" masked={one.subject} /></dd></>}
      </dl>
    </section>
  );
}

function ChiefRow({ one, what, chief }: { one: Case; what: "grid_chief" | "street_chief"; chief: Chief }) {
  return (
    <>
      <dt>{titleOf("post", what)}</dt>
      <dd>
        {chief.name} <span class="chip" data-duty={chief.on_duty}>{t(chief.on_duty ? "who.on_duty" : "who.off_duty")}</span>{chief.acting && <span class="muted"> {t("who.acting")}</span>}
        {chief.phone && <div><Masked one={one} what={what} masked={chief.phone} /></div>}
      </dd>
    </>
  );
}

export function Masked({ one, what, masked }: { one: Case; what: string; masked: string }) {
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const [shown, setShown] = useState<Unmasked | null>(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    setShown(null);
    setAsking(false);
  }, [one.id]);
  const look = async () => {
    if (!saysSomething(reason)) return setFault(t("form.reason_short"));
    try {
      setShown(await unmask(one.id, what, reason));
      setAsking(false);
    } catch (e) {
      setFault(asProblem(e).sentence());
    }
  };
  if (shown) return <span class="unmasked">{[shown.name, shown.phone, shown.text].filter(Boolean).join(" ")}</span>;
  return (
    <>
      <span>{masked}</span>
      {may("personal:unmask") && !asking && <button class="plain small" onClick={() => setAsking(true)}>{t("who.unmask")}</button>}
      {asking && (
        <form class="row" onSubmit={(e) => { e.preventDefault(); void look(); }}>
          <input type="text" class="half" autoFocus value={reason} aria-label={t("who.why")} placeholder={t("who.why")} onInput={(e) => { setReason(e.currentTarget.value); setFault(""); }} />
          <button type="submit">{t("who.show")}</button>
          {fault && <p class="fault" role="alert">{fault}</p>}
        </form>
      )}
    </>
  );
}
