// Which cases the map shows: those of the list beside it; without filters, whatever is not over.
import { asked, filtersOf } from "../data/filters";

export function caseQuery(query: Readonly<Record<string, string>>): string {
  const said = Object.entries(asked(filtersOf(query))).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString();
}
