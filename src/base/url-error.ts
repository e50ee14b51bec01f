import { BucketcastError } from './errors.ts';

/** Secrets do not belong into URLs; where one was put there all the same, no message repeats it. */
export function withoutSecrets(url: string): string {
  return url
    .replace(/\/\/[^/?#]*@/g, '//***@')
    .replace(/([?&][^?=&]*=)[^&]*/g, (part, name: string) =>
      /secret|token|password/i.test(name) ? `${name}***` : part,
    );
}

export function invalidUrl(path: string, url: string, expected: string, hint?: string): BucketcastError {
  return new BucketcastError(
    'invalid-settings',
    `${path}: ${expected}, got ${JSON.stringify(withoutSecrets(url))}`,
    {
      details: { path },
      ...(hint !== undefined && { hint }),
    },
  );
}
