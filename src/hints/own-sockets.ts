import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

const owners = new AsyncLocalStorage<OwnSockets>();
subscribe('net.client.socket', (message) => owners.getStore()?.add((message as { socket: Socket }).socket));

/**
 * The TCP connections that a client opens in the course of a call, for clients that leave some open when they give up: such a one
 * holds a descriptor, and the process, for as long as the other end likes.
 */
export class OwnSockets {
  readonly #sockets = new Set<Socket>();
  #isOver = false;

  /** What `call` and all that it leads to open from now on is held. */
  during<Result>(call: () => Result): Result {
    return owners.run(this, call);
  }

  /** Called for each as it is made. */
  add(socket: Socket): void {
    if (this.#isOver) socket.destroy();
    else this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)));
  }

  /** Ends them all, and what is opened later. */
  destroy(): void {
    this.#isOver = true;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }
}
