import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Which connections have requests under way: Node itself counts one that never said anything as busy. */
export class Connections {
  readonly #underWay = new Map<Socket, number>();
  #closing = false;

  constructor(server: Server) {
    server.on('connection', (socket) => {
      if (this.#closing) {
        socket.destroy();
        return;
      }
      this.#underWay.set(socket, 0);
      socket.once('close', () => this.#underWay.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      this.#count(socket, 1);
      response.once('close', () => {
        this.#count(socket, -1);
        if (this.#closing) this.#closeIdle(socket);
      });
    });
  }

  /** Closes each connection as soon as it has nothing under way, those of now at once. */
  closeIdle(): void {
    this.#closing = true;
    for (const socket of this.#underWay.keys()) this.#closeIdle(socket);
  }

  #closeIdle(socket: Socket): void {
    if (this.#underWay.get(socket) === 0) socket.destroySoon();
  }

  #count(socket: Socket, change: number): void {
    const count = this.#underWay.get(socket);
    if (count !== undefined) this.#underWay.set(socket, count + change);
  }
}
