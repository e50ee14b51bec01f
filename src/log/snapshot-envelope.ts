import { crc32 } from 'node:zlib';
import type { Random } from '../base/random.ts';
import { compressBody, decompressBody } from './body-compression.ts';
import { corruptError, newerFormatError } from './corrupt.ts';
import type { FleetKey } from './fleet-keys.ts';
import { sealedName } from './keys.ts';
import { associatedData, nonceBytes, openBody, sealBody, tagBytes } from './seal.ts';
import { activeKey, keyOfRing, subkey } from './subkey.ts';
import type { Fleet } from './tip-mac.ts';

/**
 * What surrounds the body of a snapshot's part or manifest. Little endian; the body follows at once and ends the object.
 *
 *   offset  size  field
 *        0     4  magic, "BCSN"
 *        4     2  version, 1
 *        6     2  header length, 64
 *        8     4  flags: 1 compressed, 2 sealed; a reader must understand every bit that is set
 *       12     4  kind: 1 part, 2 manifest
 *       16    16  key id, ASCII padded with zeros; all zeros when not sealed
 *       32    12  nonce; all zeros when not sealed
 *       44     4  plain length: the body before compression
 *       48     4  stored length: the body as it follows the header
 *       52     4  reserved, 0
 *       56     4  CRC-32 of the body as stored
 *       60     4  CRC-32 of fleet id (16 bytes), key relative to v1/ (UTF-8), and the header before this field
 *
 * It is sealed as a segment is, under the subkey "snapshot <id>"; associated data: fleet id, key relative to v1/, and the
 * first 56 bytes. As in segments, magic, version, header length and the last field stay in every later version.
 */
const headerBytes = 64;
const sealedHeaderBytes = 56;
const magic = 0x4e534342;
const formatVersion = 1;
const flag = { compressed: 1, sealed: 2 } as const;
const kindCode = { part: 1, manifest: 2 } as const;
const keyIdPattern = /^[a-z0-9]{1,16}$/;

/** What an object can have more than its body: a GET may be bounded by `maxBytes` + this. */
export const envelopeBytes = headerBytes + tagBytes;

export interface EnvelopeTarget {
  readonly kind: keyof typeof kindCode;
  /** The object's full key. */
  readonly key: string;
  /** Id of its snapshot. */
  readonly id: string;
  readonly fleet: Fleet;
}

/** Two calls give different bytes (the nonce): a retry must send the same ones again. */
export async function closeEnvelope(
  plain: Uint8Array,
  target: EnvelopeTarget,
  random: Pick<Random, 'bytes'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const packed = await compressBody(plain);
  const compressed = packed.length < plain.length;
  const body = compressed ? packed : plain;
  const key = activeKey(target.fleet.keys);
  const header = new Uint8Array(headerBytes);
  const view = new DataView(header.buffer);
  view.setUint32(0, magic, true);
  view.setUint16(4, formatVersion, true);
  view.setUint16(6, headerBytes, true);
  view.setUint32(8, (compressed ? flag.compressed : 0) | (key === undefined ? 0 : flag.sealed), true);
  view.setUint32(12, kindCode[target.kind], true);
  if (key !== undefined) {
    header.set(Buffer.from(key.id, 'latin1'), 16);
    header.set(random.bytes(nonceBytes), 32);
  }
  view.setUint32(44, plain.length, true);
  view.setUint32(48, body.length + (key === undefined ? 0 : tagBytes), true);
  const stored = key === undefined ? body : sealBody(body, sealContext(header, key, target));
  view.setUint32(56, crc32(stored), true);
  view.setUint32(60, headerChecksum(header, headerBytes, target), true);
  const object = new Uint8Array(headerBytes + stored.length);
  object.set(header);
  object.set(stored, headerBytes);
  return object;
}

/**
 * The body, at most `maxBytes` of it. Throws `corrupt`, also for what is not sealed while `keys.required`; `unknown-key` and
 * `newer-format` for what is sound, but not for this node yet.
 */
export function openEnvelope(stored: Uint8Array, target: EnvelopeTarget, maxBytes: number): Uint8Array {
  const { key, fleet } = target;
  const header = readHeader(stored, target);
  if (header.plainLength > maxBytes)
    throw corruptError(key, `${header.plainLength} bytes are more than ${maxBytes}`);
  const body = stored.subarray(headerBytes);
  let opened: Uint8Array | undefined = body;
  if (header.keyId !== undefined) {
    const ringKey = keyOfRing(fleet.keys, header.keyId, key);
    opened = openBody(body, sealContext(stored, ringKey, target));
    if (opened === undefined) throw corruptError(key, `the seal does not verify with key "${header.keyId}"`);
  } else if (fleet.keys.required) throw corruptError(key, 'not sealed, and encryption.required is set');
  const plain = header.compressed ? decompressBody(opened, header.plainLength) : opened;
  if (plain === undefined) throw corruptError(key, 'the body does not decompress to its plain length');
  return plain;
}

/** Everything that the header and the stored length can tell, before memory is taken. */
function readHeader(stored: Uint8Array, target: EnvelopeTarget) {
  const { key } = target;
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  if (stored.length < headerBytes || view.getUint32(0, true) !== magic)
    throw corruptError(key, 'not an object of a snapshot');
  const version = view.getUint16(4, true);
  const length = view.getUint16(6, true);
  if (length < 12 || length > stored.length) throw corruptError(key, `header length ${length}`);
  if (headerChecksum(stored, length, target) !== view.getUint32(length - 4, true))
    throw corruptError(
      key,
      'the checksum of the header does not match (damaged, or another object put here)',
    );
  if (version > formatVersion) throw newerFormatError(key, version, `written in format version ${version}`);
  if (version < formatVersion || length !== headerBytes) throw corruptError(key, `format version ${version}`);
  const flags = view.getUint32(8, true);
  if ((flags & ~(flag.compressed | flag.sealed)) !== 0)
    throw newerFormatError(key, version, `flags 0x${flags.toString(16)} are not known to this version`);
  const isSealed = (flags & flag.sealed) !== 0;
  const keyId = Buffer.from(stored.subarray(16, 32)).toString('latin1').replace(/\0+$/, '');
  const header = {
    compressed: (flags & flag.compressed) !== 0,
    keyId: isSealed ? keyId : undefined,
    plainLength: view.getUint32(44, true),
  };
  const opened = stored.length - headerBytes - (isSealed ? tagBytes : 0);
  const isSound =
    view.getUint32(12, true) === kindCode[target.kind] &&
    view.getUint32(48, true) === stored.length - headerBytes &&
    view.getUint32(52, true) === 0 &&
    opened >= 0 &&
    (header.compressed || header.plainLength === opened) &&
    (isSealed ? keyIdPattern.test(keyId) : stored.subarray(16, 44).every((byte) => byte === 0));
  if (!isSound) throw corruptError(key, 'the header is malformed, or the object was cut');
  if (crc32(stored.subarray(headerBytes)) !== view.getUint32(56, true))
    throw corruptError(key, 'the checksum of the body does not match');
  return header;
}

function sealContext(header: Uint8Array, ringKey: FleetKey, { key, id, fleet }: EnvelopeTarget) {
  return {
    key: subkey(ringKey, fleet.fleetId, `snapshot ${id}`),
    nonce: header.subarray(32, 32 + nonceBytes),
    associated: associatedData(fleet.fleetId, sealedName(key), header.subarray(0, sealedHeaderBytes)),
  };
}

function headerChecksum(header: Uint8Array, length: number, { key, fleet }: EnvelopeTarget): number {
  const bound = crc32(Buffer.from(sealedName(key)), crc32(Buffer.from(fleet.fleetId, 'hex')));
  return crc32(header.subarray(0, length - 4), bound);
}
