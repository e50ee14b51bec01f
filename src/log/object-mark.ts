import type { JsonValue, UpdateKind } from '../base/update.ts';

/**
 * The field `bucketcast` of an object's body, which only Bucketcast writes: what the layout's own fields cannot say.
 *
 *   { "id": 32 hex digits, "hlc": 16 hex digits, "kind": "put" | "delete", "writer"?: …, "encoding"?: "base64",
 *     "fleet"?: 32 hex digits }
 */
export interface ObjectMark {
  readonly id: string;
  /** Hybrid logical clock. */
  readonly hlc: string;
  readonly kind: UpdateKind;
  /** The writer that put the same update into the log. */
  readonly writer?: string;
  /** The content is bytes, and stands in the body in base64. */
  readonly encoding?: 'base64';
  /** Id of the fleet in whose log the same update stands. */
  readonly fleet?: string;
}

export function formatMark(mark: ObjectMark): string {
  return JSON.stringify(mark);
}

/** With the content in bytes where it is encoded. One that is not well-formed is ignored: it cannot be ours. */
export function believedMark(
  value: JsonValue | undefined,
  content: JsonValue,
): (ObjectMark & { readonly bytes?: Uint8Array }) | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const { id, hlc, kind, writer, encoding, fleet } = value as Readonly<Record<string, JsonValue | undefined>>;
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id)) return undefined;
  if (typeof hlc !== 'string' || !/^[0-9a-f]{16}$/.test(hlc)) return undefined;
  if (kind !== 'put' && kind !== 'delete') return undefined;
  if (kind === 'delete' && content !== null) return undefined;
  if (fleet !== undefined && !isFleet(fleet)) return undefined;
  const mark: ObjectMark = {
    id,
    hlc,
    kind,
    ...(typeof writer === 'string' && { writer }),
    ...(fleet !== undefined && { fleet }),
  };
  if (encoding === undefined) return mark;
  const bytes = encoding === 'base64' && typeof content === 'string' ? fromBase64(content) : undefined;
  return bytes && { ...mark, encoding: 'base64', bytes };
}

function isFleet(value: JsonValue): value is string {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
}

function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
