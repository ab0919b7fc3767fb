// One case: what, where, whose and why, until when, what happened, and what may be done.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useKeys } from "../app/keys";
import { go, place, query, setQuery } from "../app/route";
import { readSimilar } from "../data/acts";
import { readCase, type Case } from "../data/cases";
import { className, matterName } from "../data/catalogue";
import { minute } from "../data/lights";
import { asProblem } from "../data/problem";
import { listen } from "../data/stream";
import { phaseOf, titleOf } from "../data/titles";
import { flyTo } from "../map/stage";
import { metres, moment } from "../words/format";
import { t } from "../words";
import { Actions } from "./actions";
import { placeOf } from "./case-row";
import { Clocks } from "./clocks";
import { Glyph } from "./glyph";
import { Clocked } from "./mark";
import { Masked, Who } from "./people";
import { Photos } from "./photos";
import { Requests } from "./requests";
import { Timeline } from "./timeline";
import { Why, whyOpen } from "./why";

/** The case that the address names, kept up to date. */
export function useCase(number: string | undefined): { one: Case | null; fault: string } {
  const at = useSignal<{ value: Case } | null>(null);
  const fault = useSignal("");
  useEffect(() => {
    if (!number) {
      at.value = null;
      return;
    }
    const stop = new AbortController();
    const read = () => readCase(number, stop.signal).then(
      (found) => {
        at.value = found;
        fault.value = "";
      },
      (e: unknown) => {
        if (!stop.signal.aborted) fault.value = asProblem(e).sentence();
      },
    );
    void read();
    const quiet = listen((told) => {
      if (told.event === "resync" || (told.event === "case" && (told.data.case === at.peek()?.value.id) && told.data.version > (at.peek()?.value.version ?? 0))) void read();
    });
    return () => {
      stop.abort();
      quiet();
    };
  }, [number]);
  const one = at.value?.value ?? null;
  return { one: one && (one.number === number || one.id === number) ? one : null, fault: fault.value };
}

export function CasePanel({ close, number = place.value.args[0] }: { close: () => void; number?: string | undefined }) {
  const { one, fault } = useCase(number);
  useEffect(() => {
    if (one && query.peek()["sel"] !== `case:${one.id}`) setQuery({ sel: `case:${one.id}` }, "replace");
  }, [one?.id]);
  useKeys([
    { key: "Escape", word: "keys.close", run: close },
    { key: "W", word: "keys.why", run: () => (whyOpen.value = !whyOpen.value) },
    { key: "F", word: "keys.fit", run: () => one && flyTo(one.point.lon, one.point.lat, 17) },
  ], [one]);
  if (fault) return <div class="empty stack" role="alert"><p>{fault}</p><div><button onClick={close}>{t("part.close")}</button></div></div>;
  if (!one) return <div class="empty" aria-busy="true">{t("part.loading")}</div>;
  return <CaseSheet one={one} close={close} />;
}

function CaseSheet({ one, close }: { one: Case; close: () => void }) {
  return (
    <article class="case" data-number={one.number} data-status={one.status} data-version={one.version} aria-label={`${matterName(one.category)} ${one.number}`}>
      <header class="case-head">
        <div class="row between">
          <h2>{matterName(one.category)}</h2>
          <button class="plain" aria-label={t("part.close")} title="Esc" onClick={close}><Glyph name="close" /></button>
        </div>
        <p class="row between">
          <span class="row"><code>{one.number}</code> <span class="chip phase" data-phase={phaseOf(one.status)}>{titleOf("status", one.status)}</span></span>
          <Clocked one={one} />
        </p>
        <Actions key={one.id} one={one} />
      </header>
      <Requests one={one} />
      <Facts one={one} />
      <Who one={one} />
      <Why one={one} />
      <Photos one={one} />
      <Clocks one={one} />
      <Timeline one={one} />
    </article>
  );
}

export function Facts({ one }: { one: Case }) {
  const alike = useSignal(0);
  useEffect(() => {
    alike.value = 0;
    if (["reported", "accepted", "verifying", "registered", "undecided"].includes(one.status)) readSimilar(one.id).then((found) => (alike.value = found.length), () => undefined);
  }, [one.id]);
  const { component } = one.decision;
  return (
    <section class="part" aria-label={t("fact.title")}>
      {one.description && <p class="told-by">{one.description}</p>}
      {one.description?.includes("***") && <Masked one={one} what="description" masked="" />}
      <dl class="facts">
        <dt>{t("fact.where")}</dt><dd>{placeOf(one)} <button class="plain small" onClick={() => flyTo(one.point.lon, one.point.lat, 17)}><Glyph name="locate" size={12} /> {t("fact.fit")} <kbd>F</kbd></button></dd>
        <dt>{t("fact.source")}</dt><dd>{titleOf("source", one.source)} · <time dateTime={one.reported_at} title={one.reported_at}>{moment(one.reported_at, minute.value)}</time></dd>
        {component && <><dt>{t("fact.component")}</dt><dd>{className(component.class)} <code>{component.code}</code> · {metres(component.distance_m)}</dd></>}
        {one.links.length > 0 && <><dt>{t("fact.links")}</dt><dd>{one.links.map((l) => <a key={l.case} href={`/case/${l.number}`} onClick={(e) => { e.preventDefault(); go("case", [l.number]); }}>{titleOf("link", l.as)} {l.number}</a>)}</dd></>}
      </dl>
      {alike.value > 0 && <p class="note"><a href={`/duplicates/${one.number}`} onClick={(e) => { e.preventDefault(); go("duplicates", [one.number]); }}>{t("fact.alike", { n: alike.value })}</a></p>}
    </section>
  );
}
