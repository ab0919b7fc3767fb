// Every text of the console, in two languages. Chinese is the source; the build compares keys and placeholders.
import { lang, type Lang } from "../../../shared/lang";
import { en as sharedEn, fill, type Values, zh as sharedZh } from "../../../shared/words";
import coreZh from "./core.zh.json";
import coreEn from "./core.en.json";
import mapZh from "./map.zh.json";
import mapEn from "./map.en.json";
import workZh from "./work.zh.json";
import workEn from "./work.en.json";
import heatZh from "./heat.zh.json";
import heatEn from "./heat.en.json";
import editionsZh from "./editions.zh.json";
import editionsEn from "./editions.en.json";
import peopleZh from "./people.zh.json";
import peopleEn from "./people.en.json";

const zh = { ...sharedZh, ...coreZh, ...mapZh, ...workZh, ...heatZh, ...editionsZh, ...peopleZh };
const en: Record<keyof typeof zh, string> = { ...sharedEn, ...coreEn, ...mapEn, ...workEn, ...heatEn, ...editionsEn, ...peopleEn };

export type Word = keyof typeof zh;
/** A text in the language of the page, or in the one asked for. */
export function t(word: Word, values: Values = {}, of: Lang = lang.value): string {
  return fill((of === "zh" ? zh : en)[word], values);
}

/** A text by a name made at run time (of a status, an action): the name itself where there is no text. */
export function tOf(prefix: string, name: string): string {
  const word = `${prefix}.${name}`;
  return word in zh ? t(word as Word) : name;
}
