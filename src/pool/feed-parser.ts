import PQueue from 'p-queue';
import type { BrokenReason, Feeds } from '../../metrics/feeds.ts';
import type { Clock } from '../base/clock.ts';
import { BucketcastError, closedError } from '../base/errors.ts';
import type { Update } from '../base/update.ts';
import type { Settings } from '../config/settings.ts';
import { KiB } from '../config/units.ts';
import { BrokenFeed } from '../feeds/broken-feed.ts';
import { documentBytes, type FeedDocument, feedDocument } from '../feeds/feed-document.ts';
import { packDocuments } from '../feeds/packed-documents.ts';
import { ParsedFeed } from '../feeds/parsed-feed.ts';
import type { FeedReply } from './feed-job.ts';
import { FeedThread } from './feed-thread.ts';
import { threadCount } from './thread-count.ts';

export interface FeedParserParts {
  readonly clock: Clock;
  readonly meter: Pick<Feeds, 'parsed' | 'broken' | 'took'>;
}

export type ParseResult = ParsedFeed | BrokenFeed;

type ParsedSource = Pick<Update, 'content' | 'url'>;

/** A job has about this many bytes: enough to be worth a thread's while, few enough that a batch keeps all of them busy. */
const jobBytes = 256 * KiB;
const jobDocuments = 256;

/**
 * Parses feed documents in threads of its own. Those begin with the first document, so that a node without such a
 * subscription pays nothing.
 *
 * | what happens to a job | effect |
 * |---|---|
 * | it takes too long, or too much memory | its documents go one by one, in a new thread each time; the guilty one is broken |
 * | its thread ends for another reason | the same; a document counts as guilty only if a thread can do an empty job |
 * | a thread cannot do an empty job either | `sink-unavailable`: no document is at fault |
 */
export class FeedParser {
  readonly #threads: readonly FeedThread[];
  readonly #queue: PQueue;
  readonly #meter: FeedParserParts['meter'];
  readonly #maxBytes: number;
  #stopping: Promise<void> | undefined;

  constructor({ pool, feeds }: Pick<Settings, 'pool' | 'feeds'>, { clock, meter }: FeedParserParts) {
    const { timeoutMs, maxBytes, memoryBytes } = feeds;
    const parts = { limits: { maxBytes, memoryBytes }, timeoutMs, clock };
    this.#threads = Array.from({ length: threadCount(pool) }, () => new FeedThread(parts));
    this.#queue = new PQueue({ concurrency: this.#threads.length });
    this.#meter = meter;
    this.#maxBytes = maxBytes;
  }

  /**
   * What came of each content, in their order. Throws `sink-unavailable` when threads cannot be had, `closed` when it is
   * stopped or nobody waits any more, and `corrupt` where an update's content cannot be read.
   */
  async parse(updates: readonly ParsedSource[], signal?: AbortSignal): Promise<ParseResult[]> {
    const documents = updates.map((update) => this.#document(update));
    const whole = documents.filter((document): document is FeedDocument => !(document instanceof BrokenFeed));
    const jobs = jobsOf(whole).map((job) => this.#queued(job, signal));
    // All of them, so that nothing goes on behind the back of whoever hears of a failure.
    const settled = await Promise.allSettled(jobs);
    const results = settled.flatMap((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
    let next = 0;
    return documents.map((document) =>
      document instanceof BrokenFeed ? document : (results[next++] as ParseResult),
    );
  }

  /** Ends its threads and what is in them. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= Promise.all(this.#threads.map((thread) => thread.stop())).then(() => {});
    return this.#stopping;
  }

  #document(update: ParsedSource): FeedDocument | BrokenFeed {
    try {
      return feedDocument(update, this.#maxBytes);
    } catch (error) {
      if (error instanceof BrokenFeed) return this.#broken(error.reason, error.message);
      throw error;
    }
  }

  async #queued(job: readonly FeedDocument[], signal: AbortSignal | undefined) {
    try {
      return await this.#queue.add(() => this.#parse(job), signal ? { signal } : {});
    } catch (error) {
      throw signal?.aborted && error === signal.reason ? closedError('parsing', signal) : error;
    }
  }

  async #parse(job: readonly FeedDocument[]): Promise<ParseResult[]> {
    if (this.#stopping) throw closedError('the parsing of feeds');
    try {
      return this.#open(await this.#run(job));
    } catch (error) {
      if (this.#stopping) throw closedError('the parsing of feeds');
      if (job.length === 1) return [await this.#guilty(error)];
    }
    const results: ParseResult[] = [];
    for (const document of job) results.push(...(await this.#parse([document])));
    return results;
  }

  async #run(job: readonly FeedDocument[]): Promise<FeedReply> {
    const thread = this.#threads.find(({ busy }) => !busy) as FeedThread;
    return await thread.run(packDocuments(job));
  }

  /** What to say of a single document whose job failed. */
  async #guilty(error: unknown): Promise<BrokenFeed> {
    if (error instanceof BrokenFeed) return this.#broken(error.reason, error.message);
    try {
      await this.#run([]);
    } catch (cause) {
      if (this.#stopping) throw closedError('the parsing of feeds');
      throw new BucketcastError('sink-unavailable', 'threads to parse feeds cannot be had', {
        hint: 'look at memory and at the limits on threads of this host',
        cause,
      });
    }
    return this.#broken(
      'crashed',
      `its thread ended: ${error instanceof Error ? error.message : String(error)}`,
    );
  }

  #open({ bytes, offsets, outcomes, seconds }: FeedReply): ParseResult[] {
    this.#meter.took(seconds);
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return outcomes.map((outcome, index) => {
      if (outcome.reason !== undefined) return this.#broken(outcome.reason, outcome.message);
      this.#meter.parsed(outcome.format);
      return new ParsedFeed(outcome.format, buffer.subarray(offsets[index], offsets[index + 1]));
    });
  }

  #broken(reason: BrokenReason, message: string): BrokenFeed {
    this.#meter.broken(reason);
    return new BrokenFeed(reason, message);
  }
}

/** Neighbours together, up to `jobBytes`; a larger document by itself. */
function jobsOf(documents: readonly FeedDocument[]): FeedDocument[][] {
  const jobs: FeedDocument[][] = [];
  let job: FeedDocument[] = [];
  let bytes = 0;
  for (const document of documents) {
    const size = documentBytes(document);
    if (job.length > 0 && (bytes + size > jobBytes || job.length >= jobDocuments)) {
      jobs.push(job);
      [job, bytes] = [[], 0];
    }
    job.push(document);
    bytes += size;
  }
  if (job.length > 0) jobs.push(job);
  return jobs;
}
