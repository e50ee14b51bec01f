import { Gauge, type Registry } from 'prom-client';
import type { Named } from './totals.ts';

/** A gauge without labels; it begins with 0. */
export function gauge(registry: Registry, { name, help }: Named): Gauge {
  return new Gauge({ name: `bucketcast_${name}`, help, registers: [registry] });
}

/** A gauge with one label. */
export function gaugeBy<Label extends string>(
  registry: Registry,
  { name, help, label }: Named & { readonly label: Label },
): Gauge<Label> {
  return new Gauge({ name: `bucketcast_${name}`, help, labelNames: [label], registers: [registry] });
}
