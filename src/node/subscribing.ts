import { closedError } from '../base/errors.ts';
import type { Update } from '../base/update.ts';
import { subscriptionDefaults } from '../config/settings.ts';
import type { Coordinator } from '../coordinate/coordinator.ts';
import type { RunningSubscription } from '../coordinate/running-subscription.ts';
import type { Deliver } from '../coordinate/sink-runner.ts';
import type { SubscriptionSpec } from '../coordinate/subscription-spec.ts';
import type { LeftOutCopies } from '../objects/object-entries.ts';
import type { FeedParser } from '../pool/feed-parser.ts';
import type { HandlerPool } from '../pool/handler-pool.ts';
import type { HandlerThreadSnapshot } from '../pool/handler-thread.ts';
import { copiesSince } from './copies-since.ts';
import type { Foundation } from './foundation.ts';
import { meterDelivery } from './node-metrics.ts';
import type { ObjectsReading } from './objects-reading.ts';
import { openHandler } from './open-handler.ts';
import { takingTurns } from './taking-turns.ts';

/** As `SubscriptionSpec` says, and what the settings of a subscription say besides. */
export interface SubscribeOptions
  extends Partial<Omit<SubscriptionSpec, 'deliver' | 'concurrency' | 'quickMs' | 'alongside'>> {
  /** Default `log`. */
  readonly layout?: 'log' | 'objects' | 'both';
  /** `feed`: content that is a feed arrives as `FeedContent`. Default `none`. */
  readonly parse?: 'none' | 'feed';
  /** What becomes of an update that `parse` cannot read. Default `raw`: it is delivered as it is. */
  readonly unparsed?: 'raw' | 'dead-letter';
}

/** One that a node makes for itself: what it takes is neither told nor counted as delivered. */
export interface InnerSubscribeOptions extends SubscribeOptions, Pick<SubscriptionSpec, 'alongside'> {}

/** A subscription whose updates a module gets, in threads of its own. */
export interface HandlerSubscribeOptions extends SubscribeOptions {
  /** Exports a `Handler` by default, as `HandlerModule` says. A path, which counts from the working directory, or a `file:` URL. */
  readonly handler: string | URL;
}

/** Where the updates of a subscription go. */
export interface Taker {
  readonly deliver: Deliver;
  /** Most calls of it at once. Default 1. */
  readonly concurrency?: number;
  /** As in `SubscriptionSpec`. */
  readonly quickMs?: number;
}

export interface SubscribingParts {
  readonly coordinator: Coordinator;
  readonly objects: ObjectsReading;
  /** Of the log: the objects that name it are copies. */
  readonly fleetId: string;
  /** Told the newest of what is delivered. */
  readonly observe: (hlc: bigint) => void;
}

/** Makes subscriptions of either layout or of both, with everything between the reading and the sink. */
export class Subscribing {
  readonly #foundation: Foundation;
  readonly #parts: SubscribingParts;
  #parser: FeedParser | undefined;
  readonly #handlers = new Set<HandlerPool>();
  #isStopped = false;

  constructor(foundation: Foundation, parts: SubscribingParts) {
    this.#foundation = foundation;
    this.#parts = parts;
  }

  async subscribe(options: InnerSubscribeOptions, taker: Taker): Promise<RunningSubscription> {
    const { concurrency = 1, quickMs } = taker;
    const { layout, parse: _, unparsed: __, ...rest } = { ...subscriptionDefaults, ...options };
    const spec = { ...rest, concurrency, ...(quickMs !== undefined && { quickMs }) };
    const { coordinator } = this.#parts;
    const parsed = await this.#parsed(taker.deliver, options);
    const whole = options.alongside === undefined ? this.#told(parsed, options.name) : this.#heard(parsed);
    if (layout === 'log') return coordinator.subscribe({ ...spec, deliver: whole });
    const named = spec.name === undefined ? {} : { name: objectsName(spec.name) };
    if (layout === 'objects') return this.#parts.objects.subscribe({ ...spec, ...named, deliver: whole });
    const side = concurrency > 1 ? () => whole : takingTurns(whole, spec.ack ?? 'auto');
    const log = await coordinator.subscribe({ ...spec, deliver: side() });
    try {
      const copies = { ...spec, ...named, skipCopies: this.#leftOut(spec.name) };
      return both(log, await this.#parts.objects.subscribe({ ...copies, deliver: side() }));
    } catch (error) {
      await log.stop({ timeoutMs: 0 });
      throw error;
    }
  }

  /** Loads the module before anything else happens. Throws `invalid-settings` for one that cannot be a handler. */
  async subscribeHandler({ handler, ...options }: HandlerSubscribeOptions): Promise<RunningSubscription> {
    const { name = '', ack = 'auto', parse = 'none' } = options;
    const request = { handler, setting: 'handler', name, ack, parse };
    const pool = await openHandler(request, this.#foundation);
    this.#handlers.add(pool);
    const close = async () => {
      await pool.close();
      this.#handlers.delete(pool);
    };
    try {
      if (this.#isStopped) throw closedError('the node');
      return endingWith(await this.subscribe(options, pool), close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  #leftOut(name: string | undefined): LeftOutCopies {
    const { settings, state } = this.#foundation;
    const log = name === undefined ? undefined : state.subscription(name);
    const objects = name === undefined ? undefined : state.subscription(objectsName(name));
    const since = log && copiesSince(log, objects, settings.retention.maxAgeMs);
    return { of: this.#parts.fleetId, ...(since !== undefined && { since }) };
  }

  /** The threads of all handlers. */
  handlerThreads(): readonly HandlerThreadSnapshot[] {
    return [...this.#handlers].flatMap((pool) => pool.snapshot());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([this.#parser?.stop(), ...[...this.#handlers].map((pool) => pool.close())]);
  }

  /** Loads the parser with the first subscription that needs it. */
  async #parsed(
    deliver: Deliver,
    { parse, unparsed = subscriptionDefaults.unparsed }: SubscribeOptions,
  ): Promise<Deliver> {
    if (parse !== 'feed') return deliver;
    const { FeedParser } = await import('../pool/feed-parser.ts');
    const { parsedDelivery } = await import('../coordinate/parsed-delivery.ts');
    if (this.#isStopped) throw closedError('the node');
    const { settings, clock, metrics } = this.#foundation;
    this.#parser ??= new FeedParser(settings, { clock, meter: metrics.feeds });
    return parsedDelivery(deliver, { parser: this.#parser, unparsed });
  }

  /** Counts what is delivered, tells of it, and publishes nothing older from now on. */
  #told(deliver: Deliver, subscription = ''): Deliver {
    const { events } = this.#foundation;
    const heard = this.#heard(meterDelivery(deliver, this.#foundation));
    return async (updates, control) => {
      await heard(updates, control);
      events.emit('delivered', { subscription, updates });
    };
  }

  #heard(deliver: Deliver): Deliver {
    return (updates, control) => {
      this.#observe(updates);
      return deliver(updates, control);
    };
  }

  /** A lane's last update has its highest stamp. */
  #observe(updates: readonly Update[]): void {
    updates.forEach((update, index) => {
      const next = updates[index + 1];
      if (next !== undefined && followsInLane(next, update)) return;
      this.#parts.observe(BigInt(`0x${update.hlc}`));
    });
  }
}

/** Objects have no order. */
function followsInLane(next: Update, update: Update): boolean {
  if (next.writer !== update.writer || next.lane !== update.lane) return false;
  return next.sequence > update.sequence || next.index > update.index;
}

/**
 * Under which the reading of the objects is remembered: not the name of the reading of the log, so that each goes on where
 * it was when a subscription changes its layout. No setting can give this name.
 */
function objectsName(name: string): string {
  return `${name}/objects`;
}

function both(log: RunningSubscription, objects: RunningSubscription): RunningSubscription {
  const stop = async (options?: { readonly timeoutMs: number }) => {
    await Promise.all([log.stop(options), objects.stop(options)]);
  };
  return {
    name: log.name,
    // One that has ended alone leaves half of the updates to nobody.
    ended: Promise.race([log.ended, objects.ended]).then(() => stop()),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Ended only when what it delivered to has ended as well. */
function endingWith(subscription: RunningSubscription, close: () => Promise<void>): RunningSubscription {
  const stop = async (options?: { readonly timeoutMs: number }) => {
    await subscription.stop(options);
    await close();
  };
  const { name } = subscription;
  return { name, ended: subscription.ended.then(close), stop, [Symbol.asyncDispose]: () => stop() };
}
