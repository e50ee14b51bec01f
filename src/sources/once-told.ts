/** So many are remembered; what is older is told again when it comes again. */
const most = 1000;

/** Tells the same thing about the same subject once. */
export class OnceTold {
  readonly #told = new Map<string, string>();

  /** Whether this is news. */
  isNew(subject: string, what: string): boolean {
    const isNew = this.#told.get(subject) !== what;
    this.#told.delete(subject);
    this.#told.set(subject, what);
    if (this.#told.size > most) this.#told.delete(this.#told.keys().next().value as string);
    return isNew;
  }
}
