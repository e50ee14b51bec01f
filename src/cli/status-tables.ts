import { bytesText, counted, numberText, timeText } from '../status/amounts.ts';
import type { Status } from '../status/status.ts';
import { table } from './table.ts';

/** Rows shown of what can be long; `--json` has them all. */
const mostRows = 10;

/** Subscriptions, the lanes that hold them up, sources, servers, threads; what is empty is left out. */
export function statusTables(status: Status, width: number): string {
  const tables = [
    subscriptions(status),
    lanes(status),
    sources(status),
    hints(status),
    servers(status),
    threads(status),
  ];
  return tables
    .filter(({ rows }) => rows.length > 0)
    .map(({ header, rows, more }) => {
      const text = table(header, rows.slice(0, mostRows), width).trimEnd();
      const left = (more ?? rows.length) - Math.min(rows.length, mostRows);
      return left > 0 ? `${text}\n… and ${numberText(left)} more (--json)` : text;
    })
    .join('\n\n');
}

interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How many there are in all, where `rows` are not. */
  readonly more?: number;
}

function subscriptions(status: Status): Table {
  const rows = status.subscriptions.map((subscription) => {
    const { name, state, lagUpdates, lagSegments, lagSeconds, delivered, laneCounts, waiting } = subscription;
    const about = lagUpdates.exact ? '' : '~';
    return [
      name,
      state,
      lagSegments === 0 ? '0' : `${about}${numberText(lagUpdates.count)}`,
      lagSegments === 0 ? '-' : timeText(lagSeconds * 1000),
      numberText(delivered),
      `${numberText(laneCounts.behind)}/${numberText(laneCounts.total)}`,
      waiting.text,
    ];
  });
  return { header: ['subscription', 'state', 'behind', 'oldest', 'delivered', 'lanes', 'waits for'], rows };
}

function lanes(status: Status): Table {
  const rows = status.subscriptions.flatMap(({ name, slowest }) =>
    slowest.map(({ writer, lane, position, next, seconds, trouble }) => [
      name,
      `${numberText(position)} of ${numberText(next)}`,
      timeText(seconds * 1000),
      trouble ?? '-',
      `${writer}/${lane}`,
    ]),
  );
  return { header: ['slowest lanes', 'segment', 'oldest', 'trouble', 'lane'], rows };
}

function hints(status: Status): Table {
  const rows = (status.hints?.transports ?? []).map(
    ({ name, connected, listens, sent, received, dropped, trouble }) => [
      name,
      connected ? (listens ? 'connected' : 'tells only') : 'away',
      numberText(sent),
      numberText(received),
      numberText(dropped),
      trouble?.message ?? '-',
    ],
  );
  return { header: ['hints', 'state', 'sent', 'heard', 'dropped', 'trouble'], rows };
}

function sources(status: Status): Table {
  const rows = status.sources.map(({ name, pending, published, refused, trouble }) => [
    name,
    numberText(pending),
    numberText(published),
    numberText(refused),
    trouble?.message ?? '-',
  ]);
  return { header: ['source', 'waiting', 'published', 'left out', 'trouble'], rows };
}

function servers({ servers: seen, serverCount, now }: Status): Table {
  const rows = seen.map(({ server, lastNewsAt, writers, parkedWriters, lanes: of, hosts, ours }) => [
    server,
    `${timeText(Math.max(0, Date.parse(now) - Date.parse(lastNewsAt)))} ago`,
    numberText(writers),
    numberText(parkedWriters),
    numberText(of),
    `${hosts}${ours ? ', this server' : ''}`,
  ]);
  return {
    header: ['server', 'last news', 'writers', 'parked', 'lanes', 'hosts'],
    rows,
    more: Math.max(serverCount, rows.length),
  };
}

function threads(status: Status): Table {
  const rows = status.threads.map((thread) => [
    `${thread.id}`,
    thread.alive ? 'alive' : 'lost',
    `${Math.round(100 * thread.utilisation)} %`,
    numberText(thread.running),
    numberText(thread.waiting),
    thread.shardCount === 0 ? '-' : `${counted(thread.shardCount, 'shard')}: ${thread.shards.join(' ')}`,
  ]);
  return { header: ['thread', 'state', 'busy', 'fetches', 'waiting', 'shards'], rows };
}

/** The limits in force, one a line. */
export function limitRows({ limits }: Pick<Status, 'limits'>): readonly (readonly string[])[] {
  const { values, changed, concurrency } = limits;
  return Object.entries(values).map(([name, value]) => {
    const isBytes = /bytes/i.test(name);
    const perSecond = name.endsWith('PerSecond');
    const amount = isBytes ? bytesText(value) : numberText(value);
    const shown = perSecond && value === 0 ? 'no limit' : `${amount}${perSecond ? ' a second' : ''}`;
    const notes = [
      changed.includes(name) ? 'changed live' : 'as in the settings',
      ...(name === 'requestsInFlight' && concurrency < value ? [`${concurrency} just now: throttled`] : []),
    ];
    return [name, shown, notes.join('; ')];
  });
}
