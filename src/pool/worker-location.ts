import { extname } from 'node:path';

/** The file that fetch threads run: TypeScript beside the sources, JavaScript in `dist`. */
export const fetchWorkerUrl = new URL(
  `../../workers/fetch-worker${extname(import.meta.filename)}`,
  import.meta.url,
).href;
