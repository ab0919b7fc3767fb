// The offline router: from a bundle to the answer that the service would give, for any point, without a network.
import { DecisionTable, type Desk, type Situation } from "./table";
import type { Content, Post, Via } from "./content";
import { toWgs84 } from "./datum";
import { Describer } from "./describe";
import { type Ground, groundOf } from "./ground";
import { metresPerDegree } from "./numbers";
import { type Met, Objects } from "./objects";
import { type Box, outlines } from "./outlines";
import { type Head, openBundle, type Opened, type Trust } from "./open";
import { Refusal } from "./refusal";
import { type How, type Place, Policy } from "./settle";
import { Clock, instantOf, type Local } from "./time";

export const NEAR_M = 1;
const FAR_M = 100_000;

export interface Point {
  x: number;
  y: number;
  crs: string;
}
export interface Question {
  point: Point;
  // When: an instant with its offset, or milliseconds since 1970.
  at: string | number | Date;
  category?: string;
  accuracy_m?: number;
  component?: string;
  vertical?: "above" | "below";
  attributes?: Record<string, string>;
}
export interface AreaAt {
  code: string;
  name: string;
  how: How;
}
export interface Found {
  code: string | null;
  name: string | null;
  how: How;
  candidates: string[];
}
export interface UnitAt {
  unit: string;
  name: string;
}
export interface Chief {
  post: string;
  name: string;
  on_duty: boolean;
  acting: boolean;
  via: string;
}
export interface Answer {
  point: { lon: number; lat: number };
  areas: Record<string, AreaAt>;
  accountable: (UnitAt & { via: Via }) | null;
  desk: Desk | null;
  assisting: UnitAt[];
  evaluator: UnitAt | null;
  grid_chief: Chief | null;
  street_chief: Chief | null;
  component: { code: string; class: string; distance_m: number } | null;
  limits: { stage: string; amount: number; unit: string }[];
  because: { step: string; id: string }[];
  edition: string;
  ruleset: string | null;
  // The service may know better what came after as_of; the bundle may not be used from expires on.
  as_of: string;
  expires: string;
  unknown: readonly string[];
}
// What a bundle cannot tell: what was settled, moved, recorded or handed over since it was made, and how sure the
// candidates are.
export const UNKNOWN = ["precedents", "components", "duty", "rules", "certainty"] as const;

export class OfflineRouter {
  readonly head: Head;
  private readonly content: Content;
  private readonly ground: Ground;
  private readonly describer: Describer;
  private readonly policy: Policy;
  private readonly objects: Objects;
  private readonly clock: Clock;
  private readonly table: DecisionTable;
  private readonly classOf: Map<string, string | null>;
  private readonly unitNames: Map<string, string>;
  private readonly people: Map<string, string>;
  private readonly posts = new Map<string, Post[]>();
  private readonly finestRow: Map<string, number>;

  static async open(data: Uint8Array<ArrayBuffer>, trust: Trust): Promise<OfflineRouter> {
    return new OfflineRouter(await openBundle(data, trust));
  }

  constructor({ head, content, arrays }: Opened) {
    this.head = head;
    this.content = content;
    this.ground = groundOf(content.layers, arrays);
    this.describer = new Describer(this.ground);
    this.policy = new Policy(content.layers, content.settling, arrays);
    this.objects = new Objects(content.components, arrays);
    this.clock = new Clock(content.time);
    this.table = new DecisionTable(content, this.clock);
    this.classOf = new Map(content.categories);
    this.unitNames = new Map(content.staff.units.map(([code, name]) => [code, name]));
    this.people = new Map(content.staff.people.map(([code, name]) => [code, name]));
    for (const post of content.staff.posts) {
      const seat = seatOf(post.role, post.layer, post.area);
      this.posts.set(seat, [...(this.posts.get(seat) ?? []), post]);
    }
    const codes = this.policy.finest < 0 ? [] : content.layers[this.policy.finest].codes;
    // Of equal codes the first counts.
    this.finestRow = new Map(codes.map((code, i): [string, number] => [code, i]).reverse());
  }

  // What every layer says of a point in degrees of WGS 84.
  locate(lon: number, lat: number, nearM = 0): Record<string, Found> {
    if (!(nearM >= 0)) throw new Refusal("near_m", "near_m 应为不小于 0 的米数", "near_m is metres, 0 or more");
    const { layers } = this.content;
    return Object.fromEntries(
      this.places(lon, lat, nearM, -1).map(({ row, how, candidates }, i): [string, Found] => [
        layers[i].code,
        {
          code: row < 0 ? null : layers[i].codes[row], name: row < 0 ? null : layers[i].names[row], how,
          candidates: candidates.map((c) => layers[i].codes[c]),
        },
      ]),
    );
  }

  // Of all that it holds: west, south, east, north in degrees; null where it holds nothing.
  get bounds(): Box | null {
    return this.content.bounds;
  }

  // What an area of a layer is called; its code where it has no name.
  nameOf(layer: string, code: string): string {
    const of = this.content.layers.find((one) => one.code === layer);
    return of?.names[of.codes.indexOf(code)] || code;
  }

  // Lines to draw within a box of degrees, the coarsest layers last. `rank` is 0 for what is in no chain of parents.
  lines(box: Box): { layer: string; rank: number; edges: number[] }[] {
    const chain = this.content.settling.chains[0] ?? [];
    const ranks = this.content.layers.map((_, i) => chain.indexOf(i) + 1);
    return outlines(this.ground, ranks, box).map(({ layer, edges }) => ({ layer: this.content.layers[layer].code, rank: ranks[layer], edges }));
  }

  decide(question: Question): Answer {
    const at = instantOf(question.at);
    this.clock.refuseUnknown(at);
    const [lon, lat] = toWgs84(question.point.x, question.point.y, question.point.crs);
    this.refuseFar(lon, lat);
    const attributes = { ...question.attributes, ...(question.vertical ? { vertical: question.vertical } : {}) };
    const category = this.category(question.category);
    this.refuseWords(attributes);
    const met = this.component(question, category, lon, lat, at);
    const recorded = this.finestRow.get(met?.component.unitGrid ?? "") ?? -1;
    const places = this.places(lon, lat, NEAR_M, recorded);
    const local = this.clock.local(at);
    const situation: Situation = {
      at, local, lon, lat, category, component: met?.component ?? null, attributes,
      settled: places.map((place) => place.row),
      around: places.map((place, i) => this.around(place, i)),
      inside: this.policy.finest < 0 || !["outside", "none"].includes(places[this.policy.finest].how),
    };
    return this.answer(situation, places, met);
  }

  private places(lon: number, lat: number, nearM: number, recorded: number): Place[] {
    const described = this.describer.at(lon, lat, nearM);
    if (described) return this.policy.settle(described, recorded);
    return this.content.layers.map(() => ({ row: -1, how: "none", covering: [], candidates: [] }));
  }

  private around({ row, covering }: Place, layer: number): number[] {
    if (this.content.layers[layer].coverage === "partition") return row >= 0 ? [row] : [];
    return covering;
  }

  private category(code: string | undefined): string | null {
    if (code === undefined) return null;
    if (!this.classOf.has(code)) throw new Refusal("category", "没有这个事项代码", "there is no matter of this code");
    return code;
  }

  private component(question: Question, category: string | null, lon: number, lat: number, at: number): Met | null {
    const { accuracy_m: accuracyM, component } = question;
    if (accuracyM !== undefined && !(accuracyM >= 0 && accuracyM <= 100_000)) {
      throw new Refusal("accuracy_m", "精度应为 0~100000 的米数", "the accuracy is metres between 0 and 100000");
    }
    if (component !== undefined) return this.objects.named(component, lon, lat, at);
    const classCode = category === null ? null : this.classOf.get(category);
    return classCode ? this.objects.nearest(lon, lat, classCode, accuracyM) : null;
  }

  private refuseWords(attributes: Record<string, string>): void {
    const { words, closed } = this.content.table;
    for (const [key, value] of Object.entries(attributes)) {
      const known = Object.hasOwn(words, key);
      if (known ? !Object.hasOwn(words[key][2], value) : closed) {
        throw new Refusal(`attributes.${key}`, "情形不在已声明的词表中", "an attribute is not one of the declared words");
      }
    }
  }

  private refuseFar(lon: number, lat: number): void {
    if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90)) {
      throw new Refusal("point", "坐标超出经纬度范围", "the coordinate is outside the range of longitude and latitude");
    }
    if (this.content.bounds === null) return;
    const [west, south, east, north] = this.content.bounds;
    const [lonM, latM] = metresPerDegree(Math.max(Math.min(lat, 89), -89));
    const x = Math.max(west - lon, 0, lon - east) * lonM, y = Math.max(south - lat, 0, lat - north) * latM;
    if (Math.hypot(x, y) > FAR_M) throw new Refusal("point", "坐标远在城市之外", "the point is far from the city");
  }

  private answer(of: Situation, places: Place[], met: Met | null): Answer {
    const { layers, settling } = this.content;
    const decision = this.table.decide(of);
    const settled = places.map((place, i): [string, AreaAt] | null =>
      place.row < 0 ? null : [layers[i].code, { code: layers[i].codes[place.row], name: layers[i].names[place.row], how: place.how }],
    );
    const areas = Object.fromEntries(settled.filter((area) => area !== null));
    const chiefs = ["grid_chief", "street_chief"].map((role) => this.chief(role, settling.chiefs[role] ?? [], places, of.at, of.local));
    const because = met ? [{ step: "component", id: met.component.code }] : [];
    because.push(...Object.entries(areas).map(([layer, { code }]) => ({ step: "area", id: `${layer}:${code}` })));
    if (decision.rule) because.push({ step: "rule", id: decision.rule.id });
    else if (decision.desk) because.push({ step: "desk", id: decision.desk });
    because.push(...chiefs.filter((chief) => chief !== null).map(({ post }) => ({ step: "chief", id: post })));
    return {
      point: { lon: of.lon, lat: of.lat }, areas,
      accountable: decision.unit === null || !decision.rule ? null : { ...this.unit(decision.unit), via: decision.rule.via },
      desk: decision.desk,
      assisting: decision.assisting.map((code) => this.unit(code)),
      evaluator: decision.evaluator === null ? null : this.unit(decision.evaluator),
      grid_chief: chiefs[0], street_chief: chiefs[1],
      component: met && { code: met.component.code, class: met.component.classCode, distance_m: met.distanceM },
      limits: this.table.limits(of).map(({ stage, amount, unit }) => ({ stage, amount, unit })),
      because, edition: this.head.edition, ruleset: this.head.ruleset || null,
      as_of: this.head.as_of, expires: this.head.expires, unknown: UNKNOWN,
    };
  }

  private unit(code: string): UnitAt {
    return { unit: code, name: this.unitNames.get(code) ?? code };
  }

  // The first area that has a chief decides; on duty before off duty, principals before deputies, then by code.
  private chief(role: string, chain: number[], places: Place[], at: number, local: Local): Chief | null {
    for (const number of chain) {
      const layer = this.content.layers[number], { row } = places[number];
      if (row < 0) continue;
      let best: { rank: number; post: Post; onDuty: boolean } | null = null;
      for (const post of this.posts.get(seatOf(role, layer.code, layer.codes[row])) ?? []) {
        if ((post.from !== null && at < post.from) || (post.to !== null && at >= post.to) || !this.people.has(post.person)) continue;
        const onDuty = this.clock.holds(post.duty, local);
        const rank = (onDuty ? 0 : 2) + (post.deputy_of === null ? 0 : 1);
        if (best === null || rank < best.rank) best = { rank, post, onDuty };
      }
      if (best) {
        const { post, onDuty } = best;
        const name = this.people.get(post.person) as string;
        return { post: post.code, name, on_duty: onDuty, acting: post.acting || post.deputy_of !== null, via: layer.code };
      }
    }
    return null;
  }
}

function seatOf(role: string, layer: string | null, area: string | null): string {
  return JSON.stringify([role, layer, area]);
}
