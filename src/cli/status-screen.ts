import { styleText } from 'node:util';
import { MINUTE, SECOND } from '../config/units.ts';
import { bytesText, counted, dollarsText, numberText, timeText } from '../status/amounts.ts';
import { behindText, type IndexStanding } from '../status/index-standing.ts';
import type { ObjectsStatus, Problem, Status } from '../status/status.ts';
import { snapshotsText } from './snapshots-text.ts';
import { statusTables } from './status-tables.ts';
import { printable } from './table.ts';
import { wrapped } from './wrapped.ts';

export interface ScreenStyle {
  /** Columns, at least 40. */
  readonly width: number;
  readonly color: boolean;
}

type Format = Parameters<typeof styleText>[0];

/** One screen: the verdict, what is wrong and what to do, then how everything is. Ends with a newline. */
export function statusScreen(status: Status, style: ScreenStyle): string {
  const parts = [
    verdict(status, style),
    ...status.problems.map((problem) => problemText(problem, style)),
    facts(status, style),
    statusTables(status, style.width),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** `web-1: all is well`, or how many problems there are. */
export function verdict(
  { server, problems, phase, version, startedAt, now }: Status,
  style: ScreenStyle,
): string {
  const critical = problems.filter(({ severity }) => severity === 'critical').length;
  const count = counted(problems.length, 'problem');
  const kind = critical === problems.length ? 'critical' : `${critical} critical`;
  const told = problems.length === 0 ? 'all is well' : `${count}${critical > 0 ? `, ${kind}` : ''}`;
  const format = critical > 0 ? 'red' : problems.length > 0 ? 'yellow' : 'green';
  const up = timeText(Date.parse(now) - Date.parse(startedAt));
  const life = phase === 'running' ? `up ${up}` : `${phase}, up ${up}`;
  const rest = `bucketcast ${version}, ${life}, ${now.replace(/\.\d+/, '')}`;
  return `${paint(style, ['bold', format], `${printable(server)}: ${told}`)}  ${paint(style, 'dim', rest)}`;
}

/** The problem, its numbers, and what to do. */
export function problemText({ severity, name, message, advice }: Problem, style: ScreenStyle): string {
  const format: Format = severity === 'critical' ? ['bold', 'red'] : ['bold', 'yellow'];
  const head = paint(style, format, `${severity === 'critical' ? 'CRITICAL' : 'warning'}  ${name}`);
  const told = wrapped(printable(message), { width: style.width, indent: '  ' });
  const todo = wrapped(printable(advice), { width: style.width, indent: '     ', first: '  -> ' });
  return `${head}\n${told}\n${todo}`;
}

function facts(status: Status, style: ScreenStyle): string {
  const rows: readonly (readonly [name: string, text: string])[] = [
    ['store', storeText(status)],
    ['fleet', fleetText(status)],
    ...(usesKeys(status) ? [['keys', keysText(status)] as const] : []),
    ...(status.objects === null ? [] : [['objects', objectsText(status.objects)] as const]),
    ['writing', writingText(status)],
    ['spool', spoolText(status)],
    ...heartbeatsRow(status),
    ...claimsRow(status),
    ...(status.index ? [['index', indexText(status.index)] as const] : []),
    ...(status.snapshots ? [['snapshots', snapshotsText(status.snapshots)] as const] : []),
    ['limits', limitsText(status)],
    ['requests', requestsText(status)],
    ['cost', costText(status)],
    ['dead letters', deadLettersText(status)],
    ['memory', memoryText(status)],
  ];
  const indent = ' '.repeat(14);
  return rows
    .map(([name, text]) =>
      wrapped(printable(text), { width: style.width, indent, first: name.padEnd(14) }).replace(
        name,
        paint(style, 'bold', name),
      ),
    )
    .join('\n');
}

function storeText({ store }: Status): string {
  const { description, lastPollAgoMs, pollIntervalMs, skewMs } = store;
  const polled = lastPollAgoMs === null ? 'not polled yet' : `polled ${timeText(lastPollAgoMs)} ago`;
  const every = pollIntervalMs === null ? '' : `, every ${timeText(pollIntervalMs)}`;
  const isOff = skewMs !== null && Math.abs(skewMs) >= SECOND;
  const skew = isOff ? `, our clock ${timeText(Math.abs(skewMs))} ${skewMs < 0 ? 'behind' : 'ahead'}` : '';
  return `${description}, ${polled}${every}${skew}`;
}

function fleetText({ store, serverCount }: Status): string {
  if (store.fleetId === null) return 'not joined yet';
  const { writers, parkedWriters, lanes } = store;
  return `${counted(serverCount, 'server')}, ${counted(writers, 'writer')} and ${numberText(parkedWriters)} parked, ${counted(lanes, 'lane')}; ${store.fleetId}`;
}

function usesKeys({ keys: { readable, inUse } }: Status): boolean {
  return readable.length > 0 || inUse.some(({ keyId }) => keyId !== null);
}

function keysText({ keys: { active, readable, inUse } }: Status): string {
  const others = readable.filter((id) => id !== active);
  const read = others.length === 0 ? '' : `, reading ${others.join(', ')} as well`;
  const seen = inUse.map(({ keyId, writers, batches }) => {
    const parts = [
      ...(writers > 0 ? [counted(writers, 'writer')] : []),
      ...(batches > 0 ? [counted(batches, 'batch', 'batches')] : []),
    ];
    return `${keyId ?? 'none'} by ${parts.join(' and ')}`;
  });
  const use = seen.length === 0 ? '' : `; in use: ${seen.join(', ')}`;
  return `${active === null ? 'writing in the clear' : `writing with ${active}`}${read}${use}`;
}

function objectsText({
  description,
  lastListingAgoMs,
  intervalMs,
  pages,
  keys,
  durationMs,
}: ObjectsStatus): string {
  if (lastListingAgoMs === null) return `${description}, not listed yet`;
  const took = `${counted(keys, 'key')} by ${counted(pages, 'request')} in ${timeText(durationMs)}`;
  return `${description}, listed ${timeText(lastListingAgoMs)} ago, every ${timeText(intervalMs)}: ${took}`;
}

function writingText({ writing }: Status): string {
  if (writing === null) return 'not before the fleet is joined';
  if (writing.writer === null) return 'nothing published in this run';
  const { pendingUpdates, pendingBytes, segmentsInFlight, lanes, writer } = writing;
  return `${counted(pendingUpdates, 'update')} (${bytesText(pendingBytes)}) not durable yet, ${counted(segmentsInFlight, 'segment')} on the way, ${counted(lanes, 'lane')}; ${writer}`;
}

/** Nothing where none are sent. */
function heartbeatsRow({ heartbeat }: Status): readonly (readonly [name: string, text: string])[] {
  if (heartbeat === null) return [];
  const { intervalMs, lastBeatAgoMs, hosts } = heartbeat;
  const last = lastBeatAgoMs === null ? 'none acknowledged yet' : `the last ${timeText(lastBeatAgoMs)} ago`;
  return [['heartbeats', `every ${timeText(intervalMs)}, ${last}; ${counted(hosts, 'other host')} heard of`]];
}

/** Nothing where nobody has asked for any. */
function claimsRow({ claims }: Status): readonly (readonly [name: string, text: string])[] {
  if (claims === null || claims.taken + claims.refused + claims.failed === 0) return [];
  const { held, taken, refused, failed, lost } = claims;
  const rest = `${numberText(taken)} given, ${numberText(refused)} refused, ${numberText(failed)} failed, ${numberText(lost)} lost`;
  return [['claims', `${counted(held, 'claim')} held; since the start ${rest}`]];
}

function spoolText({ spool }: Status): string {
  if (!spool.enabled) return 'off';
  const { updates, bytes, maxBytes, oldestAgoMs, draining } = spool;
  if (updates === 0) return `empty, of ${bytesText(maxBytes)}`;
  const oldest = oldestAgoMs === null ? '' : `, the oldest for ${timeText(oldestAgoMs)}`;
  const going = draining ? ', on their way to the bucket' : '';
  return `${counted(updates, 'update')}, ${bytesText(bytes)} of ${bytesText(maxBytes)}${oldest}${going}`;
}

function indexText(index: IndexStanding): string {
  const { urls, forgotten, current } = index;
  const lost = forgotten === 0 ? '' : `, ${numberText(forgotten)} forgotten`;
  return `${counted(urls, 'URL')}${lost}; ${current ? 'current' : behindText(index)}`;
}

function limitsText({ limits }: Status): string {
  const { values, inFlight, concurrency, waiting, throttled, changed } = limits;
  const cut = concurrency < values.requestsInFlight ? ` (of ${values.requestsInFlight}, throttled)` : '';
  const live = changed.length === 0 ? '' : `; changed live: ${changed.join(', ')}`;
  return `${inFlight} of ${concurrency}${cut} requests under way, ${numberText(waiting)} waiting; ${counted(throttled, 'refusal')} by the store${live}`;
}

function requestsText({ requests }: Status): string {
  const kinds = Object.entries(requests.byOperation)
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${numberText(count)}`);
  const of = kinds.length === 0 ? '' : ` (${kinds.join(', ')})`;
  return `${numberText(requests.count)}${of}; ${bytesText(requests.sentBytes)} sent, ${bytesText(requests.receivedBytes)} received`;
}

const projectFromMs = 10 * MINUTE;

function costText({ requests }: Status): string {
  if (requests.dollars === null) return 'no price list: set `prices.list`';
  const { sinceStart } = requests;
  const spent = `${dollarsText(requests.dollars)} by ${requests.prices}`;
  // The first minutes catch up with the past.
  if (sinceStart.overMs < projectFromMs)
    return `${spent}; a projection follows after ${timeText(projectFromMs)}`;
  const pace = requests.recent ?? sinceStart;
  const over = `of the last ${timeText(pace.overMs)}`;
  const { dollarsPerHour, dollarsPerMonth, requestsPerHour } = pace;
  const month = sinceStart.dollarsPerMonth ?? 0;
  return `${spent}; at the pace ${over} ${numberText(requestsPerHour)} requests and ${dollarsText(dollarsPerHour ?? 0)} an hour, ${dollarsText(dollarsPerMonth ?? 0)} a month; since the start ${dollarsText(month)} a month`;
}

function deadLettersText({ deadLetters, now }: Status): string {
  if (deadLetters.count === 0) return 'none';
  const { count, oldestAt, byReason, bySubscription } = deadLetters;
  const of = [...Object.entries(byReason), ...Object.entries(bySubscription)].map(
    ([name, part]) => `${name} ${numberText(part)}`,
  );
  const oldest =
    oldestAt === null ? '' : `, the oldest ${timeText(Date.parse(now) - Date.parse(oldestAt))} old`;
  return `${numberText(count)}${oldest} (${of.join(', ')})`;
}

function memoryText({ memory: { heldBytes, maxHeldBytes, pendingBytes } }: Status): string {
  return `${bytesText(heldBytes)} of ${bytesText(maxHeldBytes)} fetched and not acknowledged, ${bytesText(pendingBytes)} to be written`;
}

function paint({ color }: ScreenStyle, format: Format, text: string): string {
  return color ? styleText(format, text, { validateStream: false }) : text;
}
