import { readFileSync } from 'node:fs';
import { alertRules } from './metrics-reference.ts';

export const dashboardFile = new URL('../../metrics/grafana-dashboard.json', import.meta.url);

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}

export interface Expression {
  readonly where: string;
  /** As Prometheus takes it: the dashboard's variables are filled in. */
  readonly expr: string;
}

/** Everything that alert rules and dashboard ask Prometheus. */
export function expressions(): readonly Expression[] {
  const { panels } = JSON.parse(readFileSync(dashboardFile, 'utf8')) as { panels: readonly Panel[] };
  return [
    ...alertRules().map(({ alert, expr }) => ({ where: alert, expr })),
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ where: `panel "${title}"`, expr: filledIn(expr) })),
    ),
  ];
}

function filledIn(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.*').replaceAll('$instance', '.*');
}
