import { BucketcastError } from '../base/errors.ts';
import type { LaneId } from '../log/keys.ts';
import type { LanePosition, RememberedLayout, SubscriptionRecord } from './state.ts';
import type { Row, StateDatabase } from './state-database.ts';

/** Subscriptions with their positions and the parked batches that lie behind those. */
export class SubscriptionTable {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  list(): readonly SubscriptionRecord[] {
    return this.#database
      .all('SELECT name, layout, start, created_at, current_at FROM subscriptions ORDER BY name')
      .map(readSubscription);
  }

  find(name: string): SubscriptionRecord | undefined {
    const row = this.#database.get(
      'SELECT name, layout, start, created_at, current_at FROM subscriptions WHERE name = ?',
      name,
    );
    return row && readSubscription(row);
  }

  /** Returns the id that the other methods take. */
  create({ name, layout, from, createdAt, currentAt }: SubscriptionRecord): number {
    const { changes, id } = this.#database.run(
      'INSERT INTO subscriptions (name, layout, start, created_at, current_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      name,
      layout,
      from,
      createdAt,
      Math.trunc(currentAt),
    );
    if (changes === 0) throw unusable(name, 'exists already');
    return id;
  }

  drop(name: string): void {
    this.#database.run('DELETE FROM subscriptions WHERE name = ?', name);
  }

  /** Throws `state-unusable` when there is no such subscription. */
  setCurrent(name: string, currentAt: number): void {
    const { changes } = this.#database.run(
      'UPDATE subscriptions SET current_at = ? WHERE name = ?',
      Math.trunc(currentAt),
      name,
    );
    if (changes === 0) throw unusable(name, 'does not exist');
  }

  /** Throws `state-unusable` when there is no such subscription. */
  id(name: string): number {
    const row = this.#database.get('SELECT id FROM subscriptions WHERE name = ?', name);
    if (!row) throw unusable(name, 'does not exist');
    return row['id'] as number;
  }

  positions(name: string): readonly LanePosition[] {
    return this.#database
      .all(
        `SELECT writer, lane, sequence, place FROM positions
         WHERE subscription = (SELECT id FROM subscriptions WHERE name = ?) ORDER BY writer, lane`,
        name,
      )
      .map((row) => ({
        writer: row['writer'] as string,
        lane: row['lane'] as number,
        sequence: row['sequence'] as number,
        index: row['place'] as number,
      }));
  }

  /** A position never goes back: an older one is ignored. */
  move(subscription: number, position: LanePosition): void {
    this.#database.run(
      `INSERT INTO positions (subscription, writer, lane, sequence, place) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET sequence = excluded.sequence, place = excluded.place
       WHERE (excluded.sequence, excluded.place) > (positions.sequence, positions.place)`,
      subscription,
      position.writer,
      position.lane,
      position.sequence,
      position.index,
    );
  }

  forgetPositions(subscription: number): void {
    this.#database.run('DELETE FROM positions WHERE subscription = ?', subscription);
  }

  forgetLane(lane: LaneId): void {
    this.#database.run('DELETE FROM positions WHERE writer = ? AND lane = ?', lane.writer, lane.lane);
  }

  seenBatches(name: string): readonly string[] {
    return this.#database
      .all(
        'SELECT batch FROM seen_batches WHERE subscription = (SELECT id FROM subscriptions WHERE name = ?) ORDER BY batch',
        name,
      )
      .map((row) => row['batch'] as string);
  }

  see(subscription: number, batch: string): void {
    this.#database.run(
      'INSERT INTO seen_batches (subscription, batch) VALUES (?, ?) ON CONFLICT DO NOTHING',
      subscription,
      batch,
    );
  }

  forgetBatch(subscription: number, batch: string): void {
    this.#database.run('DELETE FROM seen_batches WHERE subscription = ? AND batch = ?', subscription, batch);
  }
}

function readSubscription(row: Row): SubscriptionRecord {
  return {
    name: row['name'] as string,
    layout: row['layout'] as RememberedLayout,
    from: row['start'] as string,
    createdAt: row['created_at'] as number,
    currentAt: row['current_at'] as number,
  };
}

function unusable(name: string, what: string): BucketcastError {
  return new BucketcastError('state-unusable', `the subscription ${JSON.stringify(name)} ${what}`, {
    details: { subscription: name },
  });
}
