import { readFileSync, writeFileSync } from 'node:fs';
import { problemRules } from '../../src/status/problems.ts';

const begin = '<!-- problems: begin (made by `npm run docs`) -->';
const end = '<!-- problems: end -->';

export const documentFile = new URL('../../docs/status.md', import.meta.url);

/** The page with its table of problems made anew from the rules. */
export function withProblems(page: string): string {
  const rows = problemRules.map(({ name, meaning, advice }) => `| \`${name}\` | ${meaning} | ${advice} |`);
  const table = ['| name | what it means | what to do |', '|---|---|---|', ...rows].join('\n');
  const [before = '', rest = ''] = page.split(begin);
  const [, after = ''] = rest.split(end);
  return `${before}${begin}\n\n${table}\n\n${end}${after}`;
}

if (import.meta.main) writeFileSync(documentFile, withProblems(readFileSync(documentFile, 'utf8')));
