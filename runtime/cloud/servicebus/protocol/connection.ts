import type { Socket } from 'node:net';
import type { Clock } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';
import { BusFault } from '../entity/fault.ts';
import type { Namespace } from '../entity/namespace.ts';
import { answerCbs } from './cbs.ts';
import { Claims } from './claims.ts';
import { toWireError } from './conditions.ts';
import { Dispositions } from './dispositions.ts';
import { openIngress } from './ingress.ts';
import type { LockTokens } from './lock-token.ts';
import { answerManagement } from './management.ts';
import { acknowledgePromptly } from './prompt-ack.ts';
import { type AttachedReceiver, attachReceiver, SessionReceiver } from './receiver-attach.ts';
import { type Request, serveRequests } from './request-link.ts';
import {
  createConnection,
  type RheaConnection,
  type RheaLink,
  type RheaMessage,
  type RheaReceiver,
  type RheaSender,
} from './rhea.ts';
import type { SharedAccessKey } from './sas.ts';

/** What every connection works with. */
export interface BrokerServices {
  namespace: Namespace;
  key: SharedAccessKey;
  tokens: LockTokens;
  clock: Clock;
  logger: Logger;
}

const CBS = '$cbs';
const MANAGEMENT = /\/\$management$/i;
/** How long a client may take to say goodbye when the broker stops. */
const CLOSE_TIMEOUT_MS = 500;

/** One client's connection: its claims and its links. */
export class BusConnection {
  readonly #socket: Socket;
  readonly #services: BrokerServices;
  readonly #connection: RheaConnection = createConnection();
  readonly #dispositions = new Dispositions(this.#connection);
  readonly #claims = new Claims();
  /** Links on which replies of `$cbs` and `$management` go out. */
  readonly #replyLinks = new Set<RheaSender>();
  readonly #receivers = new Map<RheaSender, AttachedReceiver>();
  readonly #closed = Promise.withResolvers<void>();

  constructor(socket: Socket, services: BrokerServices) {
    this.#socket = socket;
    this.#services = services;
    this.#writeOncePerTick();
    this.#listen();
    acknowledgePromptly(socket, () => this.#connection.is_open());
    this.#connection.accept(socket);
  }

  /** Resolves when the socket is gone and everything that the client held is free. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async dispose(): Promise<void> {
    const reason = { condition: 'amqp:connection:forced', description: 'The broker is stopping.' };
    for (const receiver of this.#receivers.values()) {
      if (receiver instanceof SessionReceiver) receiver.refuse(reason);
    }
    this.#connection.close(reason);
    const timer = setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS);
    await this.closed;
    clearTimeout(timer);
  }

  /** Frames of one tick go out in one write, with the answers of that tick. */
  #writeOncePerTick(): void {
    const connection = this.#connection;
    const { _process: process, output } = connection;
    let collecting = false;
    // rhea writes every frame by itself, and sets its heartbeat timer anew each time.
    connection.output = () => {
      if (!collecting) output.call(connection);
    };
    connection._process = () => {
      this.#socket.cork();
      collecting = true;
      try {
        process.call(connection);
        this.#dispositions.flush();
        collecting = false;
        if (connection.transport.has_writes_pending()) connection.output();
      } catch (error) {
        // It runs in a tick of its own, where nobody else would catch it: one client must not end the broker.
        this.#abort('A connection failed while writing', error);
      } finally {
        collecting = false;
        this.#socket.uncork();
      }
      for (const receiver of this.#receivers.values()) receiver.retry();
    };
  }

  #listen(): void {
    const connection = this.#connection;
    connection.on('sender_open', ({ sender }) => sender && this.#open(sender, () => this.#openSender(sender)));
    connection.on(
      'receiver_open',
      ({ receiver }) => receiver && this.#open(receiver, () => this.#openReceiver(receiver)),
    );
    connection.on('sender_close', ({ sender }) => sender && this.#forget(sender));
    connection.on('session_close', ({ session }) => {
      for (const link of [...this.#receivers.keys(), ...this.#replyLinks]) {
        if (link.session === session) this.#forget(link);
      }
    });
    connection.on('connection_close', () => this.#releaseAll({ failed: false }));
    connection.on('error', (error) => this.#abort('A connection failed', error));
    connection.on('protocol_error', (error) => this.#abort('A client broke the protocol', error));
    // Without a listener rhea prints them; the socket's own "close" does the work.
    for (const event of ['receiver_close', 'connection_error', 'disconnected']) connection.on(event, () => undefined);
    this.#socket.on('close', () => {
      // No orderly goodbye: to the session locks it is as if they had run out.
      this.#releaseAll({ failed: true });
      connection._disconnected();
      this.#closed.resolve();
    });
  }

  /** Drops the connection at once: one that is only ended would keep its locks until the other side ends it too. */
  #abort(message: string, error: unknown): void {
    this.#services.logger.warn(message, { error });
    this.#socket.destroy();
  }

  #open(link: RheaLink, open: () => void): void {
    try {
      open();
    } catch (error) {
      if (!(error instanceof BusFault)) this.#services.logger.error('A link could not be opened', { error });
      link.close(toWireError(error));
    }
  }

  /** The client receives. */
  #openSender(link: RheaSender): void {
    const { namespace, tokens, logger } = this.#services;
    const address = addressOf(link.source?.address);
    if (address === CBS || MANAGEMENT.test(address)) {
      if (address !== CBS) this.#authorize(address);
      link.set_source({ address });
      link.set_target({ address: link.target?.address ?? null });
      this.#replyLinks.add(link);
      return;
    }
    this.#authorize(address);
    const resolved = namespace.resolve(address);
    this.#receivers.set(link, attachReceiver({ link, resolved, dispositions: this.#dispositions, tokens, logger }));
  }

  /** The client sends. */
  #openReceiver(link: RheaReceiver): void {
    const { namespace, key, tokens, clock, logger } = this.#services;
    const address = addressOf(link.target?.address);
    const dispositions = this.#dispositions;
    if (address === CBS) {
      this.#serve(link, address, (request) => answerCbs(request, { claims: this.#claims, key, nowMs: clock.now() }));
      return;
    }
    this.#authorize(address);
    const resolved = namespace.resolve(address.replace(MANAGEMENT, ''));
    if (MANAGEMENT.test(address)) {
      this.#serve(link, address, (request) => answerManagement(request, { resolved, tokens, logger }));
      return;
    }
    const { entity, deadLetter } = resolved;
    if (entity.kind === 'subscription' || deadLetter) {
      throw new BusFault('not-allowed', `Messages cannot be sent to '${address}': send to a queue or a topic.`);
    }
    entity.checkSend();
    openIngress({ link, entity, dispositions, logger });
  }

  #serve(link: RheaReceiver, address: string, answer: (request: Request) => RheaMessage): void {
    link.set_target({ address });
    link.set_source({ address: link.source?.address ?? null });
    serveRequests({ link, dispositions: this.#dispositions, senders: this.#replyLinks, answer });
  }

  #authorize(address: string): void {
    this.#claims.check(address, this.#services.clock.now());
  }

  /** A link was closed in good order. */
  #forget(link: RheaSender): void {
    this.#replyLinks.delete(link);
    this.#receivers.get(link)?.close({ failed: false });
    this.#receivers.delete(link);
  }

  #releaseAll(how: { failed: boolean }): void {
    for (const receiver of this.#receivers.values()) receiver.close(how);
    this.#receivers.clear();
    this.#replyLinks.clear();
  }
}

function addressOf(address: string | null | undefined): string {
  return (address ?? '').replace(/^\/+|\/+$/g, '');
}
