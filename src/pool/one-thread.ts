import { Piscina } from 'piscina';

type Options = Omit<
  NonNullable<ConstructorParameters<typeof Piscina>[0]>,
  'minThreads' | 'maxThreads' | 'atomics' | 'recordTiming'
>;

/** Wait before a thread that was lost is started again. It doubles with every loss that no reply has come between. */
export const restartWait = { baseMs: 50, capMs: 10_000 };

/** A Piscina of a single thread, so that its jobs go to that one and no other, and whoever has it knows what becomes of it. */
export function oneThread(options: Options): Piscina {
  const piscina = new Piscina({
    ...options,
    minThreads: 1,
    maxThreads: 1,
    // Otherwise an idle thread sleeps on a lock: it notices neither that its connections are closed nor what else goes on in it.
    atomics: 'disabled',
    recordTiming: false,
  });
  // An error of a thread without jobs: its end tells of it.
  piscina.on('error', () => {});
  return piscina;
}
