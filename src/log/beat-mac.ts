import { type Beat, beatName } from './beat-keys.ts';
import type { FleetKey } from './fleet-keys.ts';
import { activeKey } from './subkey.ts';
import { type Fleet, type MacVerdict, macText, verifyMac } from './tip-mac.ts';

/** The beat with a MAC by the active key, under the subkey "beat"; without a key, the beat as it is. */
export function signBeat(beat: Beat, fleet: Fleet): Beat {
  const key = activeKey(fleet.keys);
  const { mac: _, ...bare } = beat;
  return key === undefined ? bare : { ...bare, mac: macOf(beat, key, fleet.fleetId) };
}

export function verifyBeat(beat: Beat, fleet: Fleet): MacVerdict {
  return verifyMac(beat.mac, fleet.keys, (key) => macOf(beat, key, fleet.fleetId));
}

/** Over the ASCII text `<fleet id>/<host>/<name of the beat>`. */
function macOf(beat: Beat, key: FleetKey, fleetId: string): string {
  return macText(key, fleetId, 'beat', [`${fleetId}/${beat.host}/${beatName(beat)}`]);
}
