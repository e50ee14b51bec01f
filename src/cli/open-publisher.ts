import type { NewUpdate } from '../base/update.ts';
import type { CompleteSettings } from '../config/load-settings.ts';
import type { Published, Spooled } from '../publish/published.ts';
import { GuestPublisher } from './guest-publisher.ts';
import { NodePublisher } from './node-publisher.ts';
import type { Session } from './session.ts';

/** How the command line publishes. */
export interface CommandPublisher extends AsyncDisposable {
  publish(update: NewUpdate): Promise<Published | Spooled>;
}

/**
 * Through the node of this state directory where one runs, so that its writer, limits and spool count; as a guest beside it
 * otherwise. Throws as `GuestPublisher.open`.
 */
export async function openPublisher(
  settings: CompleteSettings,
  session: Session,
  timeoutMs: number,
): Promise<CommandPublisher> {
  return (
    (await NodePublisher.open(settings, session, timeoutMs)) ??
    (await GuestPublisher.open(settings, session, timeoutMs))
  );
}
