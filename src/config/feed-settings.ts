import { bytes, ms, section } from './setting-values.ts';
import { KiB, MiB, SECOND } from './units.ts';

/** Bounds of parsing feed documents, for subscriptions with `parse: feed`. */
export const feeds = section({
  timeoutMs: ms(1)
    .default(10 * SECOND)
    .describe('Time that parsing one batch of documents may take before its thread is ended, milliseconds.'),
  maxBytes: bytes(KiB)
    .default(16 * MiB)
    .describe('Largest document that is parsed, bytes. A larger one counts as broken.'),
  memoryBytes: bytes(32 * MiB)
    .default(256 * MiB)
    .describe(
      'Memory that parsing one document may take, bytes, estimated beforehand. A document that would take more counts as broken.',
    ),
});
