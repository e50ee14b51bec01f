/** Something that is not as it should be, and what an operator can do about it. */
export interface Problem {
  readonly severity: 'warning' | 'critical';
  /** Stable name, for scripts: `store-away`, `sink-paused`, … */
  readonly name: string;
  readonly message: string;
  readonly advice: string;
}

/** What `/api/status` answers and `bucketcast status` shows: plain JSON. */
export interface Status {
  readonly server: string;
  readonly version: string;
  /** Most severe first; empty while all is well. */
  readonly problems: readonly Problem[];
}
