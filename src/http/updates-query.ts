import type { FastifyRequest } from 'fastify';
import { Refusal } from './refusal.ts';

/** What the URL of a publishing request may say. */
export interface UpdatesQuery {
  /** `visible=true`: answer only once every poll of the bucket finds the update. */
  readonly visible: boolean;
  /** `results=failed`: tell only of the lines that were not published. */
  readonly onlyFailed: boolean;
}

/** Throws a `Refusal` that names what is not understood: a slip must not pass for the default. */
export function readUpdatesQuery({ query }: FastifyRequest): UpdatesQuery {
  const { visible = 'false', results = 'all', ...others } = query as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new Refusal(400, 'bad-request', `Unknown parameter ${JSON.stringify(unknown)}.`, {
      hint: 'There are: visible, results.',
    });
  if (visible !== 'true' && visible !== 'false') throw wrong('visible', 'true or false');
  if (results !== 'all' && results !== 'failed') throw wrong('results', 'all or failed');
  return { visible: visible === 'true', onlyFailed: results === 'failed' };
}

function wrong(name: string, expected: string): Refusal {
  return new Refusal(400, 'bad-request', `${name}: expected ${expected}.`);
}
