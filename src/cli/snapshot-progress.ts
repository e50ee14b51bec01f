import type { NodeEmitter } from '../base/events.ts';
import type { Session } from './session.ts';

/** Characters between the brackets. */
const width = 30;

/**
 * A bar on a terminal while a snapshot is read: `snapshot [#########                     ]  30 % of 1,000,000 URLs (~index)`. It is drawn
 * over itself, and its line ends with it. Anywhere else there is only the log.
 */
export function showSnapshotProgress(events: NodeEmitter, errors: Session['errors']): void {
  if (errors.isTTY !== true) return;
  events.on('snapshot-read', ({ reader, urls, of }) => {
    errors.write(`\r${progressBar(urls, of)} (${reader})${urls >= of ? '\n' : ''}`);
  });
}

function progressBar(urls: number, of: number): string {
  const part = of === 0 ? 1 : urls / of;
  const bar = '#'.repeat(Math.floor(width * part)).padEnd(width);
  const percent = `${Math.floor(100 * part)}`.padStart(3);
  return `snapshot [${bar}] ${percent} % of ${of.toLocaleString('en-US')} URLs`;
}
