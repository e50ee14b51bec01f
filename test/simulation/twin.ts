import { BucketcastError } from '../../src/base/errors.ts';
import { checkSettings } from '../../src/config/check-settings.ts';
import { decodeFleetId } from '../../src/log/fleet-id.ts';
import { fleetKeys } from '../../src/log/fleet-keys.ts';
import { fleetIdKey, laneLogPrefix, parseSegmentKey, segmentKey } from '../../src/log/keys.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { encodeSegment } from '../../src/log/segment-codec.ts';
import type { SimServer } from './sim-server.ts';
import type { World } from './world.ts';

/**
 * As if a clone of the server's machine went on under the same writer: puts a segment of its own where the writer's
 * next one would go.
 */
export async function plantTwin(world: World, server: SimServer): Promise<void> {
  const { bucket, random, ledger } = world;
  const writer = server.writer;
  const id = bucket.get(fleetIdKey);
  if (writer === undefined || id === undefined) return;
  const lane = 0;
  const last = bucket.keys(laneLogPrefix({ writer, lane })).at(-1);
  // An empty lane may have been trimmed: a clone would not begin it again.
  if (last === undefined) return;
  const sequence = (parseSegmentKey(last)?.sequence ?? 0) + 1;
  const key = segmentKey({ writer, lane }, sequence);
  const token = `twin-${key.slice(-20)}-${ledger.length}`;
  const content = { token, poison: false, filler: '' };
  ledger.push({ type: 'called', server: `${server.plan.name} twin`, token, digest: JSON.stringify(content) });
  const stamp = { id: Buffer.from(random.bytes(16)).toString('hex'), hlc: BigInt(world.clock.now()) << 16n };
  const records = [encodeRecord({ url: 'https://example.com/twin', content, data: { token } }, stamp)];
  const keys = fleetKeys(checkSettings(world.settings).encryption);
  const fleetId = decodeFleetId(id.body);
  const place = { key, lane, sequence, records, fleetId, keys, writer, random, compressFromBytes: 4096 };
  const body = await encodeSegment(place);
  if (bucket.has(key)) throw new BucketcastError('corrupt', 'the simulation planted a twin over a segment');
  bucket.put(key, body);
  world.cloned.add(writer);
}
