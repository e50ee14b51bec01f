/** Brokers and sockets as they are used without a bucket: whoever is away misses what is said. */
export interface PlainTransport {
  send(message: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export type PlainTransportName = 'redis' | 'nats' | 'zeromq';

/** `port`: that of the server on loopback, or of the socket that publishes. */
export interface PlainPlace {
  readonly transport: PlainTransportName;
  readonly port: number;
}

const channel = 'updates';

/** The end that publishes. */
export async function openPlainSender({ transport, port }: PlainPlace): Promise<PlainTransport> {
  switch (transport) {
    case 'redis': {
      const { createClient } = await import('redis');
      const client = createClient({ url: `redis://127.0.0.1:${port}` });
      await client.connect();
      return {
        send: async (message) => void (await client.publish(channel, Buffer.from(message))),
        close: async () => client.destroy(),
      };
    }
    case 'nats': {
      const { connect } = await import('@nats-io/transport-node');
      const connection = await connect({ servers: `127.0.0.1:${port}` });
      return {
        send: async (message) => connection.publish(channel, message),
        close: () => connection.close(),
      };
    }
    case 'zeromq': {
      const { Publisher } = await import('zeromq');
      const socket = new Publisher();
      await socket.bind(`tcp://127.0.0.1:${port}`);
      return { send: (message) => socket.send(message), close: async () => socket.close() };
    }
  }
}

/** The end that listens; returns what closes it. */
export async function listenPlain(
  { transport, port }: PlainPlace,
  heard: (message: Uint8Array) => void,
): Promise<() => Promise<void>> {
  switch (transport) {
    case 'redis': {
      const { createClient } = await import('redis');
      const client = createClient({ url: `redis://127.0.0.1:${port}` });
      await client.connect();
      await client.subscribe(channel, (message) => heard(message), true);
      return async () => client.destroy();
    }
    case 'nats': {
      const { connect } = await import('@nats-io/transport-node');
      const connection = await connect({ servers: `127.0.0.1:${port}` });
      connection.subscribe(channel, { callback: (_error, { data }) => heard(data) });
      await connection.flush();
      return () => connection.close();
    }
    case 'zeromq': {
      const { Subscriber } = await import('zeromq');
      const socket = new Subscriber();
      socket.connect(`tcp://127.0.0.1:${port}`);
      socket.subscribe();
      const listening = (async () => {
        for await (const [message] of socket) heard(message as Buffer);
      })();
      return async () => {
        socket.close();
        await listening;
      };
    }
  }
}
