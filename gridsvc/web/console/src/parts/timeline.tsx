// What happened to a case, newest first; equal lines of the system in a row are one line with their number.
import { useEffect, useState } from "preact/hooks";
import { readHistory, type Case, type Entry } from "../data/cases";
import { unitName } from "../data/catalogue";
import { minute } from "../data/lights";
import { asProblem } from "../data/problem";
import { titleOf, whoOf } from "../data/titles";
import { moment } from "../words/format";
import { t } from "../words";

interface Line { entry: Entry; times: number }

/** Fold equal lines of the system that follow each other; others never. */
export function folded(newest: readonly Entry[]): readonly Line[] {
  const lines: Line[] = [];
  for (const entry of newest) {
    const last = lines.at(-1);
    if (last && entry.kind === "noted" && last.entry.kind === "noted") last.times++;
    else lines.push({ entry, times: 1 });
  }
  return lines;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const LISTED: Readonly<Record<string, string>> = { result: "result", cause: "cause", grade: "grade", verdict: "verdict", way: "way", rung: "rung", for: "for" };

/** What an entry says beside its kind. */
function details({ kind, payload }: Entry): readonly string[] {
  const unit = payload["unit"] as { unit?: string } | string | undefined;
  const code = typeof unit === "string" ? unit : unit?.unit;
  const result = kind === "check" ? titleOf("checked", text(payload["result"])) : kind === "verify" ? titleOf("verified", text(payload["result"])) : text(payload["result"]);
  const listed = Object.entries(LISTED).filter(([name]) => name !== "result" && payload[name]).map(([name, of]) => titleOf(of, text(payload[name])));
  const to = text(payload["to"]);
  return [to && titleOf("status", to), code && unitName(code), result, ...listed, text(payload["reason"]), text(payload["basis"])].filter((s): s is string => Boolean(s));
}

export function Timeline({ one }: { one: Case }) {
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [intact, setIntact] = useState(true);
  const [fault, setFault] = useState("");
  useEffect(() => {
    let mine = true;
    readHistory(one.id).then(
      (told) => {
        if (!mine) return;
        setEntries([...told.items].reverse());
        setIntact(told.intact);
        setFault("");
      },
      (e: unknown) => mine && setFault(asProblem(e).sentence()),
    );
    return () => void (mine = false);
  }, [one.id, one.version]);
  return (
    <section class="part" aria-label={t("history.title")}>
      <h3>{t("history.title")}</h3>
      {fault && <p class="note">{fault}</p>}
      {!intact && <p class="note">{t("history.broken")}</p>}
      <ol class="timeline">
        {folded(entries).map(({ entry, times }) => (
          <li key={entry.n} data-kind={entry.kind}>
            <time class="muted" dateTime={entry.at} title={entry.at}>{moment(entry.at, minute.value)}</time>
            <div>
              <strong>{titleOf("entry", entry.kind)}</strong>{times > 1 && ` \u00D7${times}`} <span class="muted" title={entry.actor}>{whoOf(entry.actor)}</span>
              {details(entry).length > 0 && <p>{details(entry).join(" \u00B7 ")}</p>}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
