import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { SECOND } from '../config/units.ts';
import type { Answers } from '../state/answers.ts';
import type { Access } from './access.ts';
import type { BodyBudget } from './body-budget.ts';
import type { ServedNode } from './served-node.ts';

/** One request answered: for metrics. */
export interface ServedRequest {
  /** As the server knows it, `/api/updates`; `other` for what it does not know. Never what the client wrote. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** How long the server waits for others, milliseconds. */
export interface HttpTimeouts {
  /** For a request's headers. */
  readonly headersMs: number;
  /** For a whole JSON body, or the next line of an NDJSON one. */
  readonly bodyMs: number;
  /** For the bucket to take an update; what comes later is unknown to the client. */
  readonly publishMs: number;
  /** For any byte in either direction while a request is under way. */
  readonly idleMs: number;
  /** For the next request of a connection. */
  readonly keepAliveMs: number;
}

export const defaultTimeouts: HttpTimeouts = {
  headersMs: 10 * SECOND,
  bodyMs: 30 * SECOND,
  publishMs: 30 * SECOND,
  idleMs: 60 * SECOND,
  // Longer than the usual interval of a scrape.
  keepAliveMs: 75 * SECOND,
};

export interface HttpParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly answers: Answers;
  readonly observe?: (request: ServedRequest) => void;
  readonly timeouts?: Partial<HttpTimeouts>;
}

/** What every route of one server stands on. */
export interface HttpContext extends Required<Omit<HttpParts, 'observe'>> {
  readonly settings: Settings['http'];
  readonly node: ServedNode;
  readonly access: Access;
  readonly timeouts: HttpTimeouts;
  readonly bodies: BodyBudget;
  readonly observe: (request: ServedRequest) => void;
  /** Aborted when the server is to take nothing new. */
  readonly stopping: AbortSignal;
}
