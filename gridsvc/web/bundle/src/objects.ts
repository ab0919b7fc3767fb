// Which component a report means: by its code, else the nearest of its class within reach (spatial/component_index.py).
import type { Arrays, Components } from "./content";
import { coordinates } from "./ground";
import { metresPerDegree } from "./numbers";
import { Refusal } from "./refusal";

const ACCURACY_M: Record<string, number> = { A: 0.5, B: 1, C: 10 };
const UNSTATED_ACCURACY_M = 5;
const REMOVED = "removed";

export interface Component {
  code: string;
  classCode: string;
  unitGrid: string | null;
  maintainer: string | null;
  owner: string | null;
  competent: string | null;
}

export interface Met {
  component: Component;
  distanceM: number;
}

export class Objects {
  private readonly lon: Float64Array;
  private readonly lat: Float64Array;
  private readonly row = new Map<string, number>();
  private readonly byClass = new Map<string, number[]>();

  constructor(
    private readonly of: Components,
    private readonly arrays: Arrays,
  ) {
    this.lon = coordinates(arrays["component.lon"]);
    this.lat = coordinates(arrays["component.lat"]);
    of.codes.forEach((code, i) => {
      this.row.set(code, i);
      if (this.word("state", i) === REMOVED) return;
      const mine = this.byClass.get(this.word("class_code", i) as string);
      if (mine) mine.push(i);
      else this.byClass.set(this.word("class_code", i) as string, [i]);
    });
  }

  // The component with this code, unless it is none or was gone by then; at is in microseconds.
  named(code: string, lon: number, lat: number, at: number): Met {
    const row = this.row.get(code);
    if (row === undefined) throw new Refusal("component", "部件不存在", "there is no such component");
    const since = this.of.since[row];
    if (this.word("state", row) === REMOVED && since !== undefined && since <= at) {
      throw new Refusal("component", "部件已撤除", "the component is removed");
    }
    return { component: this.component(row), distanceM: this.apartM(row, lon, lat) };
  }

  // The nearest of a class within its own accuracy and the report's; of equally near ones the least code.
  nearest(lon: number, lat: number, classCode: string, accuracyM: number | undefined): Met | null {
    const reachM = accuracyM ?? UNSTATED_ACCURACY_M;
    let best = -1, bestM = Infinity;
    for (const row of this.byClass.get(classCode) ?? []) {
      const metres = this.apartM(row, lon, lat);
      if (metres <= ACCURACY_M[this.word("accuracy_class", row) as string] + reachM && metres < bestM) [best, bestM] = [row, metres];
    }
    return best < 0 ? null : { component: this.component(best), distanceM: bestM };
  }

  private word(column: string, row: number): string | null {
    return this.of.words[column][this.arrays[`component.${column}`][row]];
  }

  private component(row: number): Component {
    const word = (column: string) => this.word(column, row);
    return {
      code: this.of.codes[row], classCode: word("class_code") as string, unitGrid: word("unit_grid"),
      maintainer: word("maintainer"), owner: word("owner"), competent: word("competent"),
    };
  }

  private apartM(row: number, lon: number, lat: number): number {
    const [lonM, latM] = metresPerDegree(this.lat[row]);
    const east = (lon - this.lon[row]) * lonM, north = (lat - this.lat[row]) * latM;
    return Math.sqrt(east * east + north * north);
  }
}
