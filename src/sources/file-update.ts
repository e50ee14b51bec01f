import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { BucketcastError } from '../base/errors.ts';
import type { NewUpdate } from '../base/update.ts';
import type { FileRecord, FileTable } from '../state/file-table.ts';
import { changedAt, fullStamp } from './file-stamp.ts';
import { type UrlRule, urlRule } from './file-urls.ts';
import { isWithin } from './open-within.ts';
import { type FileRead, readWithin } from './read-file.ts';
import { maxSidecarBytes, parseSidecar, type Sidecar, sidecarEnding } from './sidecar.ts';

export interface FileUpdateOptions {
  /** Directory that the file must lie in; relative paths count from it. */
  readonly root: string;
  /** `name`, `sidecar` or a template. Throws `invalid-settings` for what is none. */
  readonly urlFrom: string;
  readonly maxBytes: number;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Where the files sink noted the URLs of what it wrote; they go before the rule. */
  readonly files?: Pick<FileTable, 'find'> | undefined;
  /** Time to wait for the end of a write that is under way, before reading again; a few times. */
  readonly settleMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What came of reading one file; `path` is absolute, below the real path of the directory.
 * `absent`: nothing is there. `refused`: it cannot be published as it is. `failed`: it may be otherwise the next time.
 */
export type FileReading =
  | FileContent
  | { readonly kind: 'absent'; readonly path: string }
  | { readonly kind: 'refused'; readonly path: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly path: string; readonly error: unknown };

export interface FileContent {
  readonly kind: 'content';
  readonly path: string;
  readonly update: NewUpdate;
  /** SHA-256 of the bytes, hex. */
  readonly digest: string;
  /** Of the file and its sidecar: what `fullStamp` and `changedAt` say. */
  readonly stamp: string;
  readonly changedAt: number;
  /** Whether the URL was told by the rule, rather than by the record or a sidecar. */
  readonly told: boolean;
}

const defaultSettleMs = 200;
const mostTries = 10;

/** Reads one file into an update, text where it is UTF-8, else bytes. Rejects with `closed` when the signal aborts. */
export async function fileUpdate(path: string, options: FileUpdateOptions): Promise<FileReading> {
  const rule = urlRule(options.urlFrom);
  const place = await filePlace(path, options.root);
  if ('kind' in place) return place;
  const known = options.files?.find(place.path);
  for (let attempt = 1; attempt <= mostTries; attempt += 1) {
    const reading = await readUpdate(place, { rule, maxBytes: options.maxBytes, known });
    if (reading.kind !== 'changing') return reading;
    if (attempt < mostTries) await options.clock.sleep(options.settleMs ?? defaultSettleMs, options.signal);
  }
  const error = new BucketcastError('invalid-update', `${place.path} was written to whenever it was read`, {
    hint: 'Write to another name and rename it into place when it is complete.',
    details: { path: place.path },
  });
  return { kind: 'failed', path: place.path, error };
}

export interface FilePlace {
  /** Real path of the directory. */
  readonly root: string;
  /** Below it. */
  readonly path: string;
}

export interface ReadUpdateOptions {
  readonly rule: UrlRule | undefined;
  readonly maxBytes: number;
  readonly known: FileRecord | undefined;
}

/** One try; `changing` when somebody is writing. */
export async function readUpdate(
  { root, path }: FilePlace,
  { rule, maxBytes, known }: ReadUpdateOptions,
): Promise<FileReading | { readonly kind: 'changing'; readonly path: string }> {
  const read = await readWithin(root, path, maxBytes);
  if (read.kind !== 'bytes') return { ...read, path };
  const { bytes, stats } = read;
  const beside =
    rule === undefined ? await readWithin(root, `${path}${sidecarEnding}`, maxSidecarBytes) : undefined;
  if (beside?.kind === 'failed' || beside?.kind === 'changing') return { ...beside, path };
  try {
    const source = beside === undefined ? undefined : sidecarOf(beside);
    const { url, told } = urlOf({ source, known, rule, way: relative(root, path) });
    const content = isUtf8(bytes) ? bytes.toString('utf8') : bytes;
    const update = { url, content, ...(source?.data !== undefined && { data: source.data }) };
    const digest = createHash('sha256').update(bytes).digest('hex');
    const sidecar = beside === undefined ? undefined : beside.kind === 'bytes' ? beside.stats : null;
    const stamps = { stamp: fullStamp(stats, sidecar), changedAt: changedAt(stats, sidecar) };
    return { kind: 'content', path, update, digest, ...stamps, told };
  } catch (error) {
    return { kind: 'refused', path, reason: (error as Error).message };
  }
}

function sidecarOf(beside: FileRead): Sidecar | undefined {
  if (beside.kind === 'absent') return undefined;
  if (beside.kind !== 'bytes')
    throw new Error(`its sidecar ${beside.kind === 'refused' ? beside.reason : ''}`);
  if (!isUtf8(beside.bytes)) throw new Error('its sidecar is not UTF-8');
  try {
    return parseSidecar(beside.bytes.toString('utf8'));
  } catch (error) {
    throw new Error(`its sidecar: ${(error as Error).message}`, { cause: error });
  }
}

interface UrlSources {
  readonly source: Sidecar | undefined;
  readonly known: FileRecord | undefined;
  readonly rule: UrlRule | undefined;
  readonly way: string;
}

/** A sidecar goes first; then what an update said when the file was written; then the rule. */
function urlOf({ source, known, rule, way }: UrlSources): { readonly url: string; readonly told: boolean } {
  if (source !== undefined) return { url: source.url, told: true };
  if (known !== undefined && known.told !== true) return { url: known.url, told: false };
  if (rule === undefined) throw new Error(`has no sidecar ${JSON.stringify(`${way}${sidecarEnding}`)}`);
  const url = rule(way.split(sep).join('/'));
  if (url === undefined) throw new Error('has a name from which no URL can be told');
  return { url, told: true };
}

/** Where a named file lies, without looking at it. */
export async function filePlace(
  path: string,
  directory: string,
): Promise<FilePlace | Extract<FileReading, { readonly kind: 'refused' | 'failed' }>> {
  const asked = resolve(directory, path);
  let root: string;
  try {
    root = await realpath(directory);
  } catch (error) {
    return { kind: 'failed', path: asked, error };
  }
  // Both spellings of the directory are its own: the one it was given, and the real one.
  const base = [resolve(directory), root].find((spelling) => isWithin(spelling, asked));
  if (base === undefined) return { kind: 'refused', path: asked, reason: `lies outside of ${directory}` };
  return { root, path: join(root, relative(base, asked)) };
}
