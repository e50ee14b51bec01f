import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { errorMessage } from '../base/error-message.ts';
import { BucketcastError } from '../base/errors.ts';
import { isPath } from '../config/handler-path.ts';
import type { HandlerOptions, HandlerPool } from '../pool/handler-pool.ts';
import { handlerThreadCount } from '../pool/thread-count.ts';
import type { Foundation } from './foundation.ts';

export interface HandlerRequest extends Pick<HandlerOptions, 'name' | 'ack'> {
  /** A path, which counts from the working directory, or a `file:` URL. */
  readonly handler: string | URL;
  /** What to call it in an error: `subscriptions.index.handler`. */
  readonly setting: string;
  readonly parse: 'none' | 'feed';
}

/**
 * The threads of a handler module, one of which has loaded it; their code is loaded only now. Throws `invalid-settings` for
 * a module that is not there, cannot be loaded, or exports no function.
 */
export async function openHandler(
  { handler, setting, name, ack, parse }: HandlerRequest,
  foundation: Foundation,
): Promise<HandlerPool> {
  const path = pathOf(handler, setting);
  const invalid = (problem: string, cause?: unknown) =>
    new BucketcastError('invalid-settings', `${setting}: ${problem}`, {
      cause,
      details: { path: setting, module: path },
      hint: hintOf(problem, handler),
    });
  if (parse !== 'none') throw invalid('cannot be together with parse: feed');
  if (!existsSync(path)) throw invalid(`there is no file ${path}`);
  const { HandlerPool } = await import('../pool/handler-pool.ts');
  const { pool } = foundation.settings;
  const threads = handlerThreadCount(pool);
  try {
    return await HandlerPool.open({ module: pathToFileURL(path).href, name, threads, ack }, foundation);
  } catch (error) {
    throw invalid(`${path} ${errorMessage(error)}`, error);
  }
}

function pathOf(handler: string | URL, setting: string): string {
  if (isPath(handler)) return resolve(handler);
  try {
    return fileURLToPath(handler);
  } catch (error) {
    const message = `${setting}: expected a path or a file: URL, got ${JSON.stringify(String(handler))}`;
    throw new BucketcastError('invalid-settings', message, { cause: error, details: { path: setting } });
  }
}

function hintOf(problem: string, handler: string | URL): string {
  if (problem.includes('parse: feed'))
    return 'Its threads get documents as they were published: parse them in the handler, or give a function instead.';
  if (problem.includes('node_modules') && /\.[cm]?ts\b/.test(problem))
    return 'Node runs no TypeScript below node_modules: name a compiled .js file.';
  if (problem.startsWith('there is no file') && isPath(handler) && !isAbsolute(handler))
    return 'A relative path counts from the working directory, in a settings file from the directory of that file; `new URL("./handler.ts", import.meta.url)` counts from a module.';
  return 'A handler is a module with `export default async function (updates, context) { … }`.';
}
