// Returns and whatever else a unit asks the centre for: both claims beside the map, and the decision.
import type { Screen } from "../app/screens";
import { ReturnsPanel, ReturnsQueue } from "../parts/returns";

export default { List: ReturnsQueue, Panel: ReturnsPanel } satisfies Screen;
