import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { test } from 'node:test';
import { projectFiles, projectRoot, readProjectFile } from './project-files.ts';

test('every link between the documents leads somewhere', () => {
  const pages = projectFiles('.md');
  assert.ok(pages.includes('README.md'));
  assert.deepEqual(
    pages.flatMap((page) => deadLinks(page, readProjectFile(page))),
    [],
  );
});

test('every source file that the architecture names exists', () => {
  const files = projectFiles('.ts');
  const named = [...readProjectFile('docs/architecture.md').matchAll(/`([\w./-]+\.ts)`/g)];
  assert.ok(named.length > 30);
  assert.deepEqual(
    named
      .map((match) => match[1] as string)
      .filter((name) => !files.some((file) => `/${file}`.endsWith(`/${name}`))),
    [],
  );
});

test('a link to a missing file or heading is named with its page', () => {
  assert.deepEqual(deadLinks('README.md', 'see [x](docs/nowhere.md)'), ['README.md: docs/nowhere.md']);
  assert.deepEqual(deadLinks('README.md', '# Here\n[x](#there)'), ['README.md: #there']);
  assert.deepEqual(deadLinks('README.md', '# Here & now\n[x](#here--now) [y](https://example.com/)'), []);
  assert.deepEqual(deadLinks('README.md', '```\n[x](gone.md)\n```'), []);
});

function deadLinks(page: string, text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map((match) => match[1] as string);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => !leadsSomewhere(page, text, target))
    .map((target) => `${page}: ${target}`);
}

function leadsSomewhere(page: string, text: string, target: string): boolean {
  const [path, anchor] = target.split('#') as [string, string | undefined];
  const file = path === '' ? page : join(dirname(page), path);
  if (path !== '' && !existsSync(new URL(file, projectRoot))) return false;
  return anchor === undefined || anchors(path === '' ? text : readProjectFile(file)).includes(anchor);
}

/** The anchors that GitHub makes of a page's headings. */
function anchors(text: string): string[] {
  const headings = text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} +(.+?) *$/gm);
  return [...headings].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/ /g, '-'),
  );
}
