import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { expressions } from './expressions.ts';
import { alertRules, allFamilies, documentFile, withReference } from './metrics-reference.ts';

it('the reference of the metrics says what the code says (else: npm run docs)', async () => {
  const document = readFileSync(documentFile, 'utf8');
  assert.equal(document, await withReference(document));
});

it('alerts and dashboard ask only for metrics and labels that exist', async () => {
  const families = await allFamilies();
  const known = new Map(
    families.flatMap(({ name, type, series }) => {
      const labels = new Set(series.flatMap((one) => [...one.labels.keys()]));
      const names = type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
      return names.map((full) => [full, labels] as const);
    }),
  );
  const asked = expressions();
  assert.ok(asked.length > 70, `${asked.length}`);
  for (const { where, expr } of asked) {
    const names = expr.match(/\bbucketcast_\w+/g) ?? [];
    assert.ok(names.length > 0 || /\bup\b/.test(expr), where);
    for (const name of names) assert.ok(known.has(name), `${where}: ${name}`);
    for (const [, name, matchers] of expr.matchAll(/\b(bucketcast_\w+)\{([^}]*)\}/g)) {
      for (const [, label] of matchers!.matchAll(/(\w+)\s*(?:=|!=|=~|!~)/g)) {
        const exists = ['job', 'instance'].includes(label!) || known.get(name!)?.has(label!);
        assert.ok(exists, `${where}: ${name} has no ${label}`);
      }
    }
  }
});

it('the dashboard shows every family, or an alert watches it', async () => {
  const all = expressions()
    .map(({ expr }) => expr)
    .join('\n');
  const unseen = (await allFamilies()).map(({ name }) => name).filter((name) => !all.includes(name));
  assert.deepEqual(unseen, []);
});

it('every alert has a severity, a summary, what to do, and a place in the operations manual', () => {
  for (const { alert, labels, annotations } of alertRules()) {
    assert.match(alert, /^Bucketcast[A-Z]\w+$/);
    assert.match(labels.severity, /^(warning|critical)$/, alert);
    assert.ok(annotations.summary.includes('$labels.instance'), alert);
    assert.ok(annotations.description.length > 60, alert);
    assert.equal(annotations.runbook_url, `docs/operations.md#${alert.toLowerCase()}`);
  }
});
