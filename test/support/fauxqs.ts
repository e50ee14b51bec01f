import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import { end, freePorts, listening } from './processes.ts';
import { skipUnless } from './required-servers.ts';

const folder = join(import.meta.dirname, '../servers/fauxqs');
const program = join(folder, 'node_modules/fauxqs/dist/cli.js');
const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
const region = 'us-east-1';

/** Whether the test has to be skipped for want of fauxqs; says so in the test. */
export function skipsWithoutFauxqs(t: TestContext): boolean {
  const missing = skipUnless(existsSync(program), 'fauxqs is not installed (npm ci in test/servers/fauxqs)');
  if (missing) t.skip(missing.skip);
  return missing !== undefined;
}

/**
 * fauxqs, which speaks the protocols of SQS and SNS and keeps messages in memory. It is no SQS: it takes any signature, knows of no
 * permissions, and delivers in order.
 */
export class Fauxqs {
  readonly #endpoint: string;
  readonly #port: number;
  readonly #client: SQSClient;
  #child: ChildProcess | undefined;

  static async start(t: TestContext): Promise<Fauxqs> {
    const server = new Fauxqs(await freePorts());
    t.after(() => server.#close());
    await server.start();
    return server;
  }

  private constructor(port: number) {
    this.#port = port;
    this.#endpoint = `http://127.0.0.1:${port}`;
    this.#client = new SQSClient({ region, credentials: { ...credentials }, endpoint: this.#endpoint });
  }

  /** Again, on the same port and without any queue, after `stop`. */
  async start(): Promise<void> {
    const env = {
      ...process.env,
      FAUXQS_PORT: String(this.#port),
      FAUXQS_LOGGER: 'false',
      FAUXQS_HOST: '127.0.0.1',
    };
    this.#child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    await listening(this.#port, this.#child);
  }

  /** At once, with all that it holds. */
  async stop(): Promise<void> {
    if (this.#child) await end(this.#child);
  }

  /** Of a node that reads queues there. */
  get store(): Settings['store'] {
    return { ...defaultSettings.store, ...credentials };
  }

  settings(name: string): NonNullable<Settings['hints']['sqs']> {
    return { queueUrl: this.#url(name), region, endpoint: this.#endpoint };
  }

  async makeQueue(name: string): Promise<void> {
    await this.#client.send(new CreateQueueCommand({ QueueName: name }));
  }

  async put(name: string, body: string): Promise<void> {
    await this.#client.send(new SendMessageCommand({ QueueUrl: this.#url(name), MessageBody: body }));
  }

  /** Messages that wait, and that were received and not deleted. */
  async messages(name: string): Promise<number> {
    const { Attributes = {} } = await this.#client.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#url(name), AttributeNames: ['All'] }),
    );
    const { ApproximateNumberOfMessages: waiting, ApproximateNumberOfMessagesNotVisible: underWay } =
      Attributes;
    return Number(waiting) + Number(underWay);
  }

  /** Has SNS put a message into the queue, in its envelope. */
  async publish(name: string, message: string): Promise<void> {
    const topic = `arn:aws:sns:${region}:000000000000:${name}`;
    await this.#sns({ Action: 'CreateTopic', Name: name });
    const endpoint = `arn:aws:sqs:${region}:000000000000:${name}`;
    await this.#sns({ Action: 'Subscribe', TopicArn: topic, Protocol: 'sqs', Endpoint: endpoint });
    await this.#sns({ Action: 'Publish', TopicArn: topic, Message: message });
  }

  async #sns(form: Record<string, string>): Promise<void> {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 Credential=key/20260101/${region}/sns/aws4_request, SignedHeaders=host, Signature=0`,
    };
    const answer = await fetch(this.#endpoint, { method: 'POST', body: new URLSearchParams(form), headers });
    if (!answer.ok) throw new Error(`${form['Action']}: ${answer.status} ${await answer.text()}`);
  }

  #url(name: string): string {
    return `${this.#endpoint}/000000000000/${name}`;
  }

  async #close(): Promise<void> {
    this.#client.destroy();
    await this.stop();
  }
}
