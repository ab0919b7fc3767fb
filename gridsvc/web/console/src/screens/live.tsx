// What happens now: the list beside the map.
import type { Screen } from "../app/screens";
import { CaseList } from "../parts/case-list";

export default { List: CaseList } satisfies Screen;
