import { extname } from 'node:path';

/** The files that threads run: TypeScript beside the sources, JavaScript in `dist`. */
export const fetchWorkerUrl = workerUrl('fetch-worker');
export const feedWorkerUrl = workerUrl('feed-worker');
export const handlerWorkerUrl = workerUrl('handler-worker');

function workerUrl(name: string): string {
  return new URL(`../../workers/${name}${extname(import.meta.filename)}`, import.meta.url).href;
}
