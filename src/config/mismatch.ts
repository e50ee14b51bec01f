/** What is wrong with a setting in view of others. */
export interface Mismatch {
  readonly path: readonly (string | number)[];
  readonly message: string;
}
