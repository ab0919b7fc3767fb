// Nothing to show: a sentence, and a way on.
import { go } from "../app/route";
import { t } from "../words";

interface Shown { words: string; to?: string; run?: () => void }

/** Without another way it leads to the live screen. */
export const Empty = ({ words, to = t("problem.go_live"), run = () => go("live") }: Shown) => (
  <div class="empty"><p>{words}</p><button onClick={run}>{to}</button></div>
);
