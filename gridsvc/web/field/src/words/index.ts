// Every text of the field page, in two languages. Chinese is the source; the build compares keys and placeholders.
import { lang, type Lang } from "../../../shared/lang";
import { en as sharedEn, fill, type Values, zh as sharedZh } from "../../../shared/words";
import fieldEn from "./field.en.json";
import fieldZh from "./field.zh.json";

const zh = { ...sharedZh, ...fieldZh };
const en: Record<keyof typeof zh, string> = { ...sharedEn, ...fieldEn };

export type Word = keyof typeof zh;

/** A text in the language of the page, or in the one asked for. */
export function t(word: Word, values: Values = {}, of: Lang = lang.value): string {
  return fill((of === "zh" ? zh : en)[word], values);
}

/** A text by a name made at run time: the name itself where there is no text. */
export function tOf(prefix: string, name: string): string {
  const word = `${prefix}.${name}`;
  return word in zh ? t(word as Word) : name;
}
