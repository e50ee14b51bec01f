/** The module of `handler-module.ts`: each thread of the subscription has one of its own. */
import { type HandlerContext, PoisonError, type Update } from '../../src/index.ts';

/** Called once in each thread, before its first updates: the place to connect to something. */
export function open({ subscription, thread }: Pick<HandlerContext, 'subscription' | 'thread'>): void {
  console.log(`${subscription} opens in thread ${thread}`);
}

/** Updates of a lane come in order, and a lane is in one thread at a time. Returning acknowledges all of them. */
export default async function indexPages(
  updates: readonly Update[],
  { signal }: HandlerContext,
): Promise<void> {
  for (const update of updates) {
    signal.throwIfAborted();
    const { url, kind, content } = update;
    if (kind === 'delete') console.log(`forget ${url}`);
    else if (isPage(content)) console.log(`index ${url}: ${content.title}`);
    else throw new PoisonError('it has no title', { update });
  }
}

function isPage(content: unknown): content is { readonly title: string } {
  return typeof (content as { readonly title?: unknown } | null)?.title === 'string';
}
