import type { Writable } from 'node:stream';
import type { SinkSettings } from '../config/sink-settings.ts';
import type { Sink } from '../sinks/sink.ts';
import { StdoutSink } from '../sinks/stdout-sink.ts';
import type { WebhookEndpoints } from '../sinks/webhook-endpoints.ts';
import type { Foundation } from './foundation.ts';

export interface SinkParts {
  /** For `stdout`. */
  readonly output: Writable;
  /** Shared by all webhooks of the node. */
  readonly endpoints: WebhookEndpoints;
}

/**
 * The sink of a subscription's settings, whose code is loaded only now: most commands and nodes need none of it. Throws `invalid-settings` for what can be known to be wrong before a delivery.
 */
export async function openSink(
  subscription: string,
  settings: SinkSettings,
  foundation: Foundation,
  { output, endpoints }: SinkParts,
): Promise<Sink> {
  const { state, metrics, clock, random, logger } = foundation;
  const { retention, janitor } = foundation.settings;
  switch (settings.type) {
    case 'stdout':
      return new StdoutSink(output);
    case 'webhook': {
      const { WebhookSink } = await import('../sinks/webhook-sink.ts');
      return new WebhookSink(settings, { subscription, clock, endpoints, metrics: metrics.webhook });
    }
    case 'command': {
      const { CommandSink } = await import('../sinks/command-sink.ts');
      return CommandSink.open(settings, { subscription, clock, logger });
    }
    case 'files': {
      const { FilesSink } = await import('../sinks/files-sink.ts');
      const keepDeletedMs = retention.maxAgeMs + janitor.forgetAfterMs;
      return FilesSink.open(settings, { subscription, files: state.files, clock, random, keepDeletedMs });
    }
    case 'redis': {
      const { RedisSink } = await import('../sinks/redis-sink.ts');
      return new RedisSink(settings, { clock, path: `subscriptions.${subscription}.sink` });
    }
  }
}
