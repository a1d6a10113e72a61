import type { FastifyInstance } from 'fastify';
import { Emitter, nextEvent } from '../core/events.ts';

/** The commands that are being answered: whoever asked an agent gets his answer before the replica goes. Looks are not waited for. */
export class Traffic {
  readonly #idle = new Emitter<void>();
  #underWay = 0;

  constructor(server: FastifyInstance) {
    server.addHook('onRequest', (request, reply, done) => {
      if (request.method !== 'GET') {
        this.#underWay++;
        reply.raw.once('close', () => {
          if (--this.#underWay === 0) this.#idle.fire();
        });
      }
      done();
    });
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Resolves when no command is being answered. */
  async idle(): Promise<void> {
    if (this.#underWay > 0) await nextEvent(this.#idle.event);
  }
}
