import type { StateDatabase } from './state-database.ts';

export type FactName = 'host-id' | 'server' | 'fleet-id';

/** Single values by name. */
export class FactTable {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  get(name: FactName): string | undefined {
    const row = this.#database.get('SELECT value FROM facts WHERE name = ?', name);
    return row?.['value'] as string | undefined;
  }

  set(name: FactName, value: string): void {
    this.#database.run(
      'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      name,
      value,
    );
  }
}
