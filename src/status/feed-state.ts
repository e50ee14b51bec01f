import type { JsonValue, Update, UpdateKind } from '../base/update.ts';
import { hlcTime } from '../log/hybrid-clock.ts';
import { jsonContent } from '../log/json-content.ts';
import { parseWriter } from '../log/keys.ts';
import { readRecord } from '../log/record.ts';
import type { NewestRow } from '../state/newest-row.ts';
import { rowContent } from '../state/newest-table.ts';
import type { IndexStanding } from './index-standing.ts';

/** The newest update of one URL that this node knows of. */
export interface FeedState {
  readonly url: string;
  /** Who published it, and when: ms since the epoch, never later than the store had it. */
  readonly server: string;
  readonly time: number;
  /** Since then, by the store's clock. */
  readonly agoMs: number;
  /** `delete`: nothing stands there any more. */
  readonly kind: UpdateKind;
  readonly writer: string;
  /** As published, 16 hex digits. */
  readonly hlc: string;
  readonly id: string;
  /** SHA-256, 64 hex digits, of the content's bytes, or of the JSON text that it was published as; and how long that is. */
  readonly digest: string;
  readonly contentBytes: number;
  /** Absent, with `data`, when both together are larger than `index.maxContentBytes`. */
  readonly content?: Update['content'];
  readonly data?: JsonValue;
}

/** `now`: the store's time, ms since the epoch. Throws `corrupt` for content that is not the JSON it says it is. */
export function feedState(row: NewestRow, now: number): FeedState {
  const { url, kind, writer, hlc, id, record } = row;
  const time = hlcTime(BigInt(`0x${row.stamp}`));
  const update = record && readRecord(record, row);
  return {
    url,
    server: parseWriter(writer)?.server ?? writer,
    time,
    agoMs: Math.max(0, Math.round(now - time)),
    kind,
    writer,
    hlc,
    id,
    ...rowContent(row),
    ...(update && { content: update.content, data: update.data }),
  };
}

/** The same in JSON, and how far the index has come that it is from. */
export interface FeedAnswer extends Omit<FeedState, 'content' | 'time'> {
  /** ISO 8601, in UTC. */
  readonly time: string;
  readonly content?: JsonValue;
  /** `content` stands for bytes. */
  readonly encoding?: 'base64';
  readonly index: IndexStanding;
}

export function feedAnswer({ content, time, ...state }: FeedState, index: IndexStanding): FeedAnswer {
  return {
    ...state,
    time: new Date(time).toISOString(),
    ...(content !== undefined && jsonContent(content)),
    index,
  };
}
