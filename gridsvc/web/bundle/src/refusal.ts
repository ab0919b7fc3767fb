// What cannot be used or answered: which field, and a sentence in each language, as the service words it.

export class Refusal extends Error {
  constructor(
    readonly field: string,
    readonly zh: string,
    readonly en: string,
  ) {
    super(en);
    this.name = "Refusal";
  }
}
