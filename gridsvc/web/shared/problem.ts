// A problem document (RFC 9457) in words: what happened, where, and the way on.
import { lang } from "./lang";
import { t } from "./words";

export interface FieldProblem {
  field: string;
  value: unknown;
  mend_zh: string;
  mend_en: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly zh: string,
    readonly en: string,
    readonly errors: readonly FieldProblem[] = [],
    readonly legal: readonly string[] = [],
    readonly code = "",
  ) {
    super(en);
  }

  what(): string {
    return lang.value === "zh" ? this.zh : this.en;
  }

  mends(): readonly string[] {
    return this.errors.map((e) => (lang.value === "zh" ? e.mend_zh : e.mend_en));
  }

  /** All of it in one breath. */
  sentence(): string {
    const parts = [this.what(), ...this.mends()].filter(Boolean);
    return lang.value === "zh" ? parts.join("\uFF0C") : parts.join("; ");
  }

  of(field: string): FieldProblem | undefined {
    return this.errors.find((e) => e.field === field || e.field.endsWith(`.${field}`));
  }
}

export async function problemOf(answer: Response): Promise<Problem> {
  try {
    const told = (await answer.json()) as Record<string, unknown>;
    return new Problem(
      answer.status,
      String(told["zh"] ?? told["title"] ?? ""),
      String(told["en"] ?? told["title"] ?? ""),
      (told["errors"] as FieldProblem[] | undefined) ?? [],
      (told["legal"] as string[] | undefined) ?? [],
      answer.headers.get("x-request-id") ?? "",
    );
  } catch {
    return new Problem(answer.status, t("problem.unclear", { status: answer.status }, "zh"), t("problem.unclear", { status: answer.status }, "en"));
  }
}

/** Whatever was thrown, as a problem. */
export function asProblem(e: unknown): Problem {
  if (e instanceof Problem) return e;
  return new Problem(0, t("problem.lost", {}, "zh"), t("problem.lost", {}, "en"));
}
