import { setTimeout as sleep } from 'node:timers/promises';

const lookMs = 100;
/** Part of the time that a node which waits may still be busy. */
const idlePart = 0.1;
/** Gives up hoping: what goes on then is part of what is measured. */
const mostLooks = 50;

/**
 * Resolves when this process has done nearly nothing for a moment, such as when its threads have started: for contenders that
 * measure a node which is running already. By CPU time, since a busy machine makes everything else last longer.
 */
export async function quiet(): Promise<void> {
  for (let look = 0; look < mostLooks; look++) {
    const before = process.cpuUsage();
    await sleep(lookMs);
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 < idlePart * lookMs) return;
  }
}
