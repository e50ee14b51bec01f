import type { NodeConnectionOptions } from '@nats-io/transport-node';
import { unlessAborted } from '../base/unless-aborted.ts';
import type { Settings } from '../config/settings.ts';
import { SECOND } from '../config/units.ts';
import { type Broker, BrokerHints, type BrokerParts } from './broker-hints.ts';
import type { HintTransport } from './hint-transport.ts';
import { type NatsServer, parseNatsServer } from './nats-server.ts';
import { NatsSession, type NatsSessionParts } from './nats-session.ts';
import { natsTrouble } from './nats-trouble.ts';
import { optionalPackage } from './optional-package.ts';
import { OwnSockets } from './own-sockets.ts';

type NatsHintSettings = NonNullable<Settings['hints']['nats']>;

/** For a connection to stand. What is still under way at a stop lasts no longer than that. */
const connectMs = 5 * SECOND;
/** Between two looks whether a silent connection still has a server behind it. */
const pingMs = 15 * SECOND;

/** Hints through a subject of NATS. Throws `invalid-settings`: for addresses, or that the client is not installed. */
export async function openNatsHints(settings: NatsHintSettings, parts: BrokerParts): Promise<HintTransport> {
  const servers = settings.servers.map((url, index) => parseNatsServer(url, `hints.nats.servers[${index}]`));
  const credentials = credentialsOf(settings);
  const { connect } = await optionalPackage(
    '@nats-io/transport-node',
    'hints.nats',
    () => import('@nats-io/transport-node'),
  );
  const { clock, random } = parts;

  /** One server and no more: so whatever fails has a name, and each may have TLS or not. We connect again ourselves. */
  const open = async (server: NatsServer, session: NatsSessionParts, signal: AbortSignal) => {
    const options: NodeConnectionOptions = {
      servers: server.address,
      ...(server.tls && { tls: {} }),
      ...credentials,
      name: 'bucketcast',
      noEcho: true,
      reconnect: false,
      ignoreClusterUpdates: true,
      timeout: connectMs,
      pingInterval: pingMs,
    };
    const sockets = new OwnSockets();
    const connecting = sockets.during(() => connect(options));
    try {
      const opening = connecting.then((connection) => NatsSession.open(connection, server, session));
      return await unlessAborted(signal, opening);
    } catch (error) {
      connecting.then((connection) => connection.close()).catch(() => {});
      // The client forgets the connection to a server that did not greet it in time.
      sockets.destroy();
      throw natsTrouble(error, server);
    }
  };

  const broker: Broker = {
    async connect(heard, signal) {
      const first = Math.floor(random.float() * servers.length);
      let failure: unknown;
      for (const server of [...servers.slice(first), ...servers.slice(0, first)]) {
        try {
          return await open(server, { clock, subject: settings.subject, heard }, signal);
        } catch (error) {
          failure = error;
          if (signal.aborted) break;
        }
      }
      throw failure;
    },
  };
  return new BrokerHints('nats', broker, parts);
}

/** Which of them go together the settings have seen to. */
function credentialsOf({ user, password, token }: NatsHintSettings): NodeConnectionOptions {
  if (token !== undefined) return { token };
  return user === undefined || password === undefined ? {} : { user, pass: password };
}
