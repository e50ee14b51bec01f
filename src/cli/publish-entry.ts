import type { NewUpdate } from '../base/update.ts';
import { jsonContent } from '../log/json-content.ts';
import type { Published, Spooled } from '../publish/published.ts';

/** An update on its way to the node, and who waits for it. */
export interface PublishEntry {
  readonly update: NewUpdate;
  /** As the node takes it, without a newline. */
  readonly line: string;
  readonly resolve: (published: Published | Spooled) => void;
  readonly reject: (error: unknown) => void;
}

/** One line of a request's NDJSON. */
export function publishBody({ url, content, data, kind }: NewUpdate): string {
  return JSON.stringify({
    url,
    ...(content !== undefined && jsonContent(content)),
    ...(data !== undefined && { data }),
    ...(kind !== undefined && { kind }),
  });
}
