import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { noPrices } from '../../metrics/cost.ts';
import { createMetrics } from '../../metrics/registry.ts';
import { type Family, families } from './exposition.ts';

// `npm run docs` writes the tables of docs/metrics.md anew; metrics-reference.test.ts fails while they are stale.

export const documentFile = new URL('../../docs/metrics.md', import.meta.url);
export const alertsFile = new URL('../../metrics/alerts.yaml', import.meta.url);

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

export function alertRules(): readonly AlertRule[] {
  const { groups } = parse(readFileSync(alertsFile, 'utf8')) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** Every family that a node shows, with every value that a label can have. */
export async function allFamilies(): Promise<readonly Family[]> {
  const metrics = createMetrics({ version: 'version', prices: { ...noPrices, name: 'list' } });
  const reading = { lagSeconds: 0, lagSegments: 0, lagUpdates: 0, paused: false };
  metrics.subscriptions.set([{ ...reading, name: 'name' }, reading]);
  return families(await metrics.text());
}

/** The document with its tables made anew. */
export async function withReference(document: string): Promise<string> {
  const withMetrics = between(document, 'metrics', metricsTable(await allFamilies()));
  return between(withMetrics, 'alerts', alertsTable(alertRules()));
}

function between(document: string, name: string, made: string): string {
  const begin = `<!-- The ${name}, made by \`npm run docs\`. -->`;
  const end = `<!-- The end of the ${name}. -->`;
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${documentFile.pathname} has lost the markers of its ${name}`);
  return `${before}${begin}\n\n${made}\n${end}${after}`;
}

function metricsTable(all: readonly Family[]): string {
  const rows = [...all]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((family) => row(`\`${family.name}\``, family.type, labelsOf(family), family.help));
  return `${row('metric', 'type', 'labels', 'meaning')}|---|---|---|---|\n${rows.join('')}`;
}

function labelsOf({ series }: Family): string {
  const names = [...new Set(series.flatMap(({ labels }) => [...labels.keys()]))].filter(
    (name) => name !== 'le',
  );
  return names.map((name) => `\`${name}\`: ${valuesOf(series, name)}`).join('; ');
}

function valuesOf(series: Family['series'], label: string): string {
  if (label === 'version' || label === 'node') return 'a version';
  if (label === 'prices') return 'the price list';
  const values = new Set(series.map(({ labels }) => labels.get(label)));
  if (label === 'subscription') return 'its name, `(unnamed)`, `(others)`';
  return [...values].map((value) => `\`${value}\``).join(', ');
}

function alertsTable(rules: readonly AlertRule[]): string {
  const rows = rules.map(({ alert, expr, for: time = 'at once', labels }) =>
    row(
      `[${alert}](operations.md#${alert.toLowerCase()})`,
      labels.severity,
      `\`${expr.trim().replace(/\s+/g, ' ')}\``,
      time,
    ),
  );
  return `${row('alert', 'severity', 'fires when', 'for')}|---|---|---|---|\n${rows.join('')}`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}

if (import.meta.main) writeFileSync(documentFile, await withReference(readFileSync(documentFile, 'utf8')));
