import assert from 'node:assert/strict';
import { readProjectFile } from './project-files.ts';

/** What the snippet prints when it works. */
export const snippetOutput = "web-1 changed https://example.com/feed.xml { status: 'ok' }\n";

/** The library example of the README, as a reader would copy it. */
export function readmeSnippet(): string {
  const [snippet, ...others] = codeBlocks('ts');
  assert.ok(snippet !== undefined && others.length === 0, 'README.md holds one block of TypeScript');
  return snippet;
}

/** The blocks of one language in README.md. */
export function codeBlocks(language: string): string[] {
  const blocks = readProjectFile('README.md').matchAll(/^```(\w+)\n([\s\S]*?)^```/gm);
  return [...blocks].filter((match) => match[1] === language).map((match) => match[2] as string);
}
