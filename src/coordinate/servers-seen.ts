/** The servers that the bucket names, as far as this process has heard of them. */
export interface ServersSeen {
  /** At most 1,000, those with the latest news first. */
  readonly servers: readonly ServerSeen[];
  readonly serversTotal: number;
}

export interface ServerSeen {
  readonly server: string;
  /** Different host ids under this name, and at most 4 of them. More than one: machines that came and went, or twins. */
  readonly hosts: number;
  readonly hostIds: readonly string[];
  /** Writers with a tip in the last complete listing. */
  readonly writers: number;
  /** Writers without one: parked. */
  readonly parkedWriters: number;
  readonly lanes: number;
  /** It is this node's own name. */
  readonly ours: boolean;
  /**
   * Store time, ms since the epoch, of the tip or batch by which one of its lanes last rose; where a store does not say
   * when it was written, of the poll that found it.
   */
  readonly lastNewsAt: number;
}
