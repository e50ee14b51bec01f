import type { Family } from './exposition.ts';

/** Labels that a metric may have; what each can say is bounded by the code, or by an operator's settings. */
export const allowedLabels = {
  operation: 6,
  source: 2,
  result: 9,
  direction: 2,
  stage: 2,
  durable: 2,
  reason: 7,
  format: 4,
  state: 2,
  kind: 4,
  phase: 3,
  stat: 3,
  mode: 2,
  charge: 7,
  prices: 1,
  route: 8,
  status: 4,
  version: 1,
  node: 1,
  /** Names are the operator's choice; beyond 100 they share one, and all without a name share one. */
  subscription: 102,
  /** One that a program brings along counts as `other`. */
  transport: 6,
} as const;

const baseUnits = ['seconds', 'bytes', 'ratio', 'dollars'];
const otherUnits =
  /_(ms|millis|milliseconds|micros|minutes|hours|days|kb|mb|kib|mib|kilobytes|megabytes|percent|cents)(_|$)/;

/** What is wrong with a family's name or labels; empty when nothing is. */
export function faultsOf(family: Family): string[] {
  const { name, type, help, series } = family;
  const stem = name.replace(/_total$/, '');
  const labels = [...new Set(series.flatMap((one) => [...one.labels.keys()]))].filter(
    (label) => label !== 'le',
  );
  const limits: Readonly<Record<string, number>> = allowedLabels;
  return [
    ...(/^bucketcast_[a-z][a-z_]*$/.test(name) ? [] : ['is not named bucketcast_…']),
    ...(name.endsWith('_total') === (type === 'counter')
      ? []
      : ['_total is for counters, and for each of them']),
    ...(type !== 'histogram' || name.endsWith('_seconds')
      ? []
      : ['is a histogram of something other than seconds']),
    ...(otherUnits.test(stem) ? ['is not in base units'] : []),
    ...(/(time|age|lag|delay|duration|skew)$/.test(stem) && !baseUnits.some((unit) => stem.endsWith(unit))
      ? ['lacks its unit']
      : []),
    ...(help.length > 10 && help.endsWith('.') ? [] : ['has no sentence of help']),
    ...labels.filter((label) => !Object.hasOwn(limits, label)).map((label) => `has the label ${label}`),
    ...labels
      .filter((label) => valuesOf(family, label) > (limits[label] ?? Number.POSITIVE_INFINITY))
      .map((label) => `has ${valuesOf(family, label)} values of ${label}`),
  ];
}

function valuesOf({ series }: Family, label: string): number {
  return new Set(series.map(({ labels }) => labels.get(label))).size;
}
