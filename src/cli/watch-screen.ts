import { systemClock } from '../base/clock.ts';
import type { Status } from '../status/status.ts';
import { failureText } from './failure.ts';
import type { Session } from './session.ts';

export interface WatchOptions {
  readonly everyMs: number;
  readonly json: boolean;
  readonly ask: () => Promise<Status>;
  readonly screen: (status: Status) => string;
}

/** Alternate screen without a cursor; the terminal comes back as it was. */
const enter = '\u001B[?1049h\u001B[?25l';
const leave = '\u001B[?25h\u001B[?1049l';
const home = '\u001B[H';
const clearLine = '\u001B[K';
const clearBelow = '\u001B[J';

/**
 * Asks and shows until the session is stopped: in place on a terminal, one after the other where there is none. A node that
 * cannot be asked is part of what is watched: it may be just restarting.
 */
export async function watchScreen(session: Session, options: WatchOptions): Promise<void> {
  const { output, signal, errors } = session;
  const inPlace = output.isTerminal && !options.json;
  if (inPlace) await output.write(enter);
  try {
    while (!signal.aborted) {
      const shown = await look(session, options);
      if ('failure' in shown && !inPlace) errors.write(shown.failure);
      else await output.write(inPlace ? redrawn(text(shown), output.rows ?? 24) : text(shown));
      await systemClock.sleep(options.everyMs, signal).catch(() => signal.throwIfAborted());
    }
  } finally {
    // Whoever stops it wants the terminal back, also when nothing else can be written any more.
    if (inPlace) await output.write(leave).catch(() => {});
  }
}

type Look = { readonly screen: string } | { readonly failure: string };

async function look({ signal }: Session, { ask, json, screen }: WatchOptions): Promise<Look> {
  try {
    const status = await ask();
    return { screen: json ? `${JSON.stringify(status)}\n` : `${screen(status)}${json ? '' : '\n'}` };
  } catch (error) {
    signal.throwIfAborted();
    return { failure: failureText(error) };
  }
}

function text(shown: Look): string {
  return 'screen' in shown ? shown.screen : shown.failure;
}

/** What fits the window; the top is what matters, so the rest is cut there. */
function redrawn(screen: string, rows: number): string {
  const lines = screen.trimEnd().split('\n');
  const fits = Math.max(1, rows - 1);
  const cut = lines.length > fits;
  const shown = cut ? [...lines.slice(0, fits - 1), `… ${lines.length - fits + 1} more lines`] : lines;
  return `${home}${shown.map((line) => `${line}${clearLine}\n`).join('')}${clearBelow}`;
}
