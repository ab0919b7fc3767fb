// Who called whom to which case, and who has come.
import { go, place } from "../app/route";
import type { Screen } from "../app/screens";
import { readCase, type Case, type Request } from "../data/cases";
import { matterName, unitName } from "../data/catalogue";
import { minute } from "../data/lights";
import { readRequests, type Asked } from "../data/requests";
import { titleOf, whoOf } from "../data/titles";
import { CasePanel } from "../parts/case-panel";
import { Empty } from "../parts/empty";
import { useRead, useWalk } from "../parts/queue";
import { duration, moment } from "../words/format";
import { t } from "../words";

interface Called { asked: Asked; request: Request | null }

/** The open calls, each with who has arrived by now. */
async function readCalls(): Promise<readonly Called[]> {
  const calls = await readRequests("whistle", "open", 100);
  return Promise.all(calls.map(async (asked) => {
    const one: Case | null = await readCase(asked.case.id).then((found) => found.peek(), () => null);
    return { asked, request: one?.requests.find((r) => r.n === asked.n) ?? null };
  }));
}

function List() {
  const { found, fault, again } = useRead(readCalls);
  const { at, open } = useWalk("whistles", (found ?? []).map((c) => c.asked.case.number));
  return (
    <>
      <h2 class="screen-title">{t("nav.whistles")}</h2>
      {fault && <div class="note" role="alert"><p>{fault}</p><button onClick={again}>{t("part.retry")}</button></div>}
      {found?.length === 0 && <Empty words={t("whistles.empty")} />}
      <ul class="calls">
        {(found ?? []).map(({ asked, request }) => (
          <li key={`${asked.case.id}-${asked.n}`}>
            <button class="plain call" aria-current={asked.case.number === at ? "page" : undefined} onClick={() => open(asked.case.number)}>
              <strong>{matterName(asked.case.category)}</strong> <code>{asked.case.number}</code>
              <span class="muted">{titleOf("for", asked.request.for ?? "")} · {whoOf(asked.by)} · {moment(asked.at, minute.value)}</span>
              {asked.reason && <span>{asked.reason}</span>}
            </button>
            <table>
              <tbody>
                {asked.request.asked.map((unit) => {
                  const came = request?.arrived?.[unit];
                  const since_s = ((came ? Date.parse(came) : minute.value.getTime()) - Date.parse(asked.at)) / 1000;
                  return <tr key={unit} data-came={Boolean(came)}><td>{unitName(unit)}</td><td class="n">{came ? t("whistles.came", { at: moment(came, minute.value), time: duration(since_s) }) : t("whistles.waits", { time: duration(since_s) })}</td></tr>;
                })}
              </tbody>
            </table>
          </li>
        ))}
      </ul>
    </>
  );
}

const Panel = () => (place.value.args[0] ? <CasePanel close={() => go("whistles")} /> : <p class="empty">{t("whistles.choose")}</p>);

export default { List, Panel } satisfies Screen;
