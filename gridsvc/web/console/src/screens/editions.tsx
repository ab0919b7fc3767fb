// Editions: the list of them, or one of them at one of its steps, from upload to publication.
import type { Screen } from "../app/screens";
import { place } from "../app/route";
import { Overview } from "./editions/overview";
import { One } from "./editions/one";

function List() {
  const [first] = place.value.args;
  return first ? <One key={first} /> : <Overview />;
}

export default { List } satisfies Screen;
