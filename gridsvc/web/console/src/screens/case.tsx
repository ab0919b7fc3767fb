// One case beside the list that it was opened from.
import type { Screen } from "../app/screens";
import { CaseList, closeCase } from "../parts/case-list";
import { CasePanel } from "../parts/case-panel";

export default { List: CaseList, Panel: () => <CasePanel close={closeCase} /> } satisfies Screen;
