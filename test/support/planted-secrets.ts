import { randomBytes } from 'node:crypto';

/** Secrets that no text holds by chance. `take` gives each out by a name; `found` names those that a text holds. */
export class PlantedSecrets {
  readonly #secrets = new Map<string, string>();

  /** With characters that URLs and JSON write in other ways. */
  take(name: string): string {
    return this.know(name, `s/${randomBytes(15).toString('base64url')}+"=`);
  }

  /** For places where only some characters may stand. */
  plain(name: string): string {
    return this.know(name, `Sx${randomBytes(16).toString('hex')}`);
  }

  know(name: string, secret: string): string {
    this.#secrets.set(name, secret);
    return secret;
  }

  /** `name (form)` of each secret that stands in the text, as it is or encoded. */
  found(text: string): string[] {
    return [...this.#secrets].flatMap(([name, secret]) =>
      Object.entries(forms(secret))
        .filter(([, encoded]) => encoded.some((each) => text.includes(each)))
        .map(([form]) => `${name} (${form})`),
    );
  }
}

function forms(secret: string): Readonly<Record<string, readonly string[]>> {
  // In the middle of other bytes a secret has three forms in base64; what depends on its neighbours is cut off.
  const within = (encoding: 'base64' | 'base64url') =>
    [0, 1, 2].map((before) =>
      Buffer.from(`${'x'.repeat(before)}${secret}`)
        .toString(encoding)
        .replace(/=+$/, '')
        .slice(before === 0 ? 0 : 4, -2),
    );
  return {
    plain: [secret],
    'in JSON': [JSON.stringify(secret).slice(1, -1)],
    'in a URL': [encodeURIComponent(secret), encodeURI(secret)],
    base64: [...within('base64'), ...within('base64url')],
    hex: [Buffer.from(secret).toString('hex')],
    // Half a secret is too much as well.
    'in part': [secret.slice(0, 14), secret.slice(-14)],
  };
}
