// The desk: what nobody answers for yet, oldest first, with who might.
import type { Screen } from "../app/screens";
import { DeskPanel, DeskQueue } from "../parts/desk";

export default { List: DeskQueue, Panel: DeskPanel } satisfies Screen;
