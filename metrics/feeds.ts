import { Histogram, type Registry } from 'prom-client';
import { type Total, totalsBy } from './totals.ts';

const feedFormats = ['rss', 'atom', 'rdf', 'json'] as const;

/** Why a document cannot be read as a feed. */
export const brokenReasons = [
  /** Neither RSS, nor Atom, nor RDF, nor JSON Feed. */
  'not-a-feed',
  /** Not well-formed, cut off, or nested without end. */
  'malformed',
  /** It declares entities of its own. */
  'entities',
  /** Its bytes are not in the encoding that it says, or nobody knows that encoding. */
  'encoding',
  /** Beyond `feeds.maxBytes`, or what it would take in memory beyond `feeds.memoryBytes`. */
  'too-large',
  /** Not done within `feeds.timeoutMs`. */
  'timeout',
  /** Its thread ended while it was parsed. */
  'crashed',
] as const;
export type BrokenReason = (typeof brokenReasons)[number];

/** Documents that subscriptions with `parse: feed` have parsed. */
export class Feeds {
  readonly #parsed: Readonly<Record<(typeof feedFormats)[number], Total>>;
  readonly #broken: Readonly<Record<BrokenReason, Total>>;
  readonly #duration: Histogram;

  constructor(registry: Registry) {
    this.#parsed = totalsBy(registry, {
      name: 'feed_documents',
      help: 'Feed documents parsed, by format.',
      label: 'format',
      values: feedFormats,
    });
    this.#broken = totalsBy(registry, {
      name: 'feed_documents_broken',
      help: 'Contents that could not be parsed as a feed, by reason.',
      label: 'reason',
      values: brokenReasons,
    });
    this.#duration = new Histogram({
      name: 'bucketcast_feed_parse_duration_seconds',
      help: 'Time in a thread to parse one job of feed documents.',
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
      registers: [registry],
    });
  }

  parsed(format: (typeof feedFormats)[number]): void {
    this.#parsed[format].add();
  }

  broken(reason: BrokenReason): void {
    this.#broken[reason].add();
  }

  /** A job of one or several documents. */
  took(seconds: number): void {
    this.#duration.observe(seconds);
  }
}
