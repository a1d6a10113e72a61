import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { AosConfig } from '../contracts/config.ts';
import type { Failure, LauncherEvent, Ready } from '../contracts/launcher.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { AosError, isAosError, messageOf } from '../core/errors.ts';
import { Emitter } from '../core/events.ts';
import { newSecret } from '../core/ids.ts';
import { type Logger, type LogRecord, stderrWriter } from '../core/logger.ts';
import { childEnvironment } from './child-environment.ts';
import { type CloudOptions, type CloudReady, childMessageSchema, type ServicesMessage } from './child-messages.ts';
import { Ingress } from './ingress.ts';
import { exitReason, ManagedProcess, type ProcessChange } from './managed-process.ts';
import { DEFAULT_PORTS, freePort } from './ports.ts';

export interface LauncherOptions {
  /** The workspace. */
  folder: string;
  config: AosConfig;
  /** Default: as aos.json says. */
  replicas?: number | undefined;
  /** HTTP port; the next free one is taken when it is in use. Default 7071, where AOS people expect it. */
  port?: number | undefined;
  /** Folder of the local cloud's data; null: nothing is kept. */
  dataDir: string | null;
  /** What the embedded endpoint answers with. */
  model: CloudOptions['model'];
  /** Start a process again that ended by itself. Default true. */
  restart?: boolean | undefined;
  /** File of `main`: what the processes run. */
  entry: string;
  /** Arguments for the replicas' Node. */
  nodeArguments?: readonly string[];
  env?: Record<string, string | undefined>;
  clock?: Clock;
  logger: Logger;
  /** Takes the log records of the processes. Default: JSON lines on stderr. */
  writeRecord?: (record: LogRecord) => void;
}

/** Starts the local cloud and the replicas as processes of their own, watches them, and stops them. */
export class Launcher {
  readonly #options: LauncherOptions;
  readonly #events = new Emitter<LauncherEvent>();
  readonly #token = newSecret();
  readonly #replicas = new Map<string, ManagedProcess>();
  readonly #clock: Clock;
  readonly #ingress: Ingress;
  #cloud: ManagedProcess | undefined;
  #cloudReady: CloudReady | undefined;
  #port = 0;
  #started = false;
  #stopped: Promise<void> | undefined;

  readonly onEvent = this.#events.event;

  constructor(options: LauncherOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#ingress = new Ingress({ logger: options.logger });
  }

  /**
   * Resolves when the cloud and every replica are ready.
   * @throws AosError why it could not start; everything that had been started is stopped then
   */
  async start(): Promise<Ready> {
    const { config, replicas = config.runtime.replicas, port = DEFAULT_PORTS.http } = this.#options;
    try {
      this.#port = await freePort(port);
      await this.#ingress.listen(this.#port);
      this.#reportPort('http', port, this.#port);
      // The replicas load their code meanwhile, and wait for the cloud.
      await Promise.all([usesCloud(config) && this.#startCloud(), this.#startReplicas(replicas)]);
      this.#started = true;
      const ready = this.#ready();
      this.#events.fire({ type: 'ready', ready });
      return ready;
    } catch (error) {
      await this.stop();
      this.#fail(error);
      throw error;
    }
  }

  /** Adds replicas, or drains and stops the last ones. The shards follow by themselves. */
  async setReplicas(count: number): Promise<void> {
    if (this.#stopped) return;
    const surplus = [...this.#replicas.keys()].slice(count);
    await this.#startReplicas(count);
    await Promise.all(surplus.map((name) => this.#stopReplica(name)));
    this.#events.fire({ type: 'ready', ready: this.#ready() });
  }

  /** Replicas first, so that they can settle what they hold; then the cloud. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      await Promise.all([...this.#replicas.values()].map((replica) => replica.stop()));
      this.#ingress.dispose();
      await this.#cloud?.stop();
      this.#events.fire({ type: 'stopped' });
    })();
    return this.#stopped;
  }

  async #startCloud(): Promise<void> {
    const { dataDir, entry, restart, logger, env, writeRecord = stderrWriter } = this.#options;
    const spawn = (): ChildProcess => {
      const options: CloudOptions = {
        dataDir,
        // A restarted cloud keeps its addresses and keys, so that every client finds it again.
        ports: this.#cloudReady?.ports ?? DEFAULT_PORTS,
        keys: this.#cloudReady?.keys,
        model: this.#options.model,
      };
      return fork(entry, ['cloud'], {
        silent: true,
        env: childEnvironment({ AOS_CLOUD: JSON.stringify(options) }, env),
      });
    };
    const cloud = new ManagedProcess({
      name: 'cloud',
      spawn,
      readyType: 'cloud-ready',
      restart,
      clock: this.#clock,
      logger,
      writeRecord,
    });
    this.#cloud = cloud;
    cloud.onChange((change) => this.#onCloudChange(change));
    await cloud.start();
  }

  #onCloudChange(change: ProcessChange): void {
    this.#report('cloud', 'cloud', change);
    if (change.state === 'ready' && change.message.type === 'cloud-ready') {
      const first = this.#cloudReady === undefined;
      this.#cloudReady = change.message.cloud;
      if (first) {
        this.#reportCloudPorts(change.message.cloud.ports);
        for (const { child } of this.#replicas.values()) if (child) this.#tellServices(child);
      } else void this.#replaceReplicas();
    }
    if (change.state === 'exited' && change.restartMs === undefined) this.#giveUp('The local cloud', change);
  }

  /** The bus came back empty: what the replicas held is gone, so they start anew as well. */
  async #replaceReplicas(): Promise<void> {
    const count = this.#replicas.size;
    try {
      await Promise.all([...this.#replicas.keys()].map((name) => this.#stopReplica(name)));
      await this.setReplicas(count);
    } catch (error) {
      await this.stop();
      this.#fail(error);
    }
  }

  async #startReplicas(count: number): Promise<void> {
    const starts: Promise<unknown>[] = [];
    for (let n = 1; n <= count; n++) {
      if (!this.#replicas.has(`replica-${n}`)) starts.push(this.#addReplica(`replica-${n}`).start());
    }
    await Promise.all(starts);
  }

  #addReplica(name: string): ManagedProcess {
    const { restart, logger, writeRecord = stderrWriter } = this.#options;
    const spawn = () => this.#forkReplica(name);
    const replica = new ManagedProcess({
      name,
      spawn,
      readyType: 'replica-ready',
      restart,
      clock: this.#clock,
      logger,
      writeRecord,
    });
    this.#replicas.set(name, replica);
    replica.onChange((change) => {
      this.#report('replica', name, change);
      if (change.state === 'ready') this.#ingress.add(change.child);
      if (change.state === 'ready') this.#obey(change.child);
      if (change.state === 'ready' && this.#started) this.#events.fire({ type: 'ready', ready: this.#ready() });
      if (change.state === 'exited' && change.restartMs === undefined && this.#started) this.#loseReplica(name, change);
    });
    return replica;
  }

  /** Whoever may use the HTTP API may change the number of replicas; the replica that he reaches passes it on. */
  #obey(child: ChildProcess): void {
    child.on('message', (raw) => {
      const message = childMessageSchema.safeParse(raw).data;
      if (message?.type !== 'scale') return;
      this.setReplicas(message.replicas).catch((error) =>
        this.#options.logger.error('the number of replicas could not be changed', { error }),
      );
    });
  }

  #forkReplica(name: string): ChildProcess {
    const { config, entry, folder, nodeArguments = [], env } = this.#options;
    const services = usesCloud(config) ? 'launcher' : undefined;
    const own = { AOS_FOLDER: folder, AOS_REPLICA: name, AOS_TOKEN: this.#token, AOS_INGRESS: 'launcher' };
    const child = fork(entry, ['replica'], {
      execArgv: [...process.execArgv, ...nodeArguments],
      silent: true,
      env: childEnvironment({ ...own, AOS_SERVICES: services }, env),
    });
    this.#tellServices(child);
    return child;
  }

  /** Nothing as long as the cloud is not ready. */
  #tellServices(child: ChildProcess): void {
    const cloud = this.#cloudReady;
    if (!cloud) return;
    const message: ServicesMessage = {
      type: 'services',
      env: {
        AZURE_SERVICEBUS_CONNECTION_STRING: cloud.serviceBus,
        AZURE_STORAGE_CONNECTION_STRING: cloud.storage,
        AOS_LORAX_ENDPOINT: cloud.lorax,
        AOS_LORAX_API_KEY: cloud.loraxKey,
      },
    };
    child.send(message, (error) => {
      if (error) this.#options.logger.debug('a replica left before it heard where the services are', { error });
    });
  }

  async #stopReplica(name: string): Promise<void> {
    const replica = this.#replicas.get(name);
    this.#replicas.delete(name);
    if (replica?.child) this.#ingress.remove(replica.child);
    await replica?.stop();
  }

  /** One replica is down for good. The others go on with its shards; with the last one the system stops. */
  #loseReplica(name: string, change: ProcessChange & { state: 'exited' }): void {
    if (this.#cloud && this.#cloud.pid === undefined) return; // it fell with the cloud, whose own exit says so
    if ([...this.#replicas.values()].some((replica) => replica.pid !== undefined)) return;
    this.#giveUp(name, change);
  }

  #giveUp(what: string, change: ProcessChange & { state: 'exited' }): void {
    if (this.#stopped || !this.#started) return;
    const why = change.error ? messageOf(change.error) : exitReason(change.exitCode, change.signal);
    const error = new AosError(
      change.error?.code ?? 'AOS_CRASHED',
      `${what} stopped three times within a minute and is not started again: ${why}`,
    );
    void this.stop().then(() => this.#fail(error));
  }

  #fail(error: unknown): void {
    const code = isAosError(error) ? error.code : 'AOS_INTERNAL';
    this.#events.fire({ type: 'failed', failure: failureOf(code), code, message: messageOf(error) });
  }

  #ready(): Ready {
    const { config, folder, dataDir } = this.#options;
    const cloud = this.#cloudReady;
    return {
      ready: true,
      name: config.name,
      folder: path.resolve(folder),
      http: `http://127.0.0.1:${this.#port}`,
      token: this.#token,
      serviceBus: cloud?.serviceBus ?? '',
      storage: cloud?.storage ?? '',
      blob: cloud?.blob ?? '',
      table: cloud?.table ?? '',
      lorax: config.model.endpoint === 'embedded' ? (cloud?.lorax ?? '') : config.model.endpoint,
      loraxKey: config.model.endpoint === 'embedded' ? (cloud?.loraxKey ?? '') : '',
      engine: config.model.endpoint === 'embedded' ? (cloud?.engine ?? 'remote') : 'remote',
      dataDir: cloud ? dataDir : null,
      pids: {
        launcher: process.pid,
        cloud: this.#cloud?.pid ?? 0,
        replicas: [...this.#replicas.values()].flatMap((replica) => replica.pid ?? []),
      },
    };
  }

  #report(role: 'cloud' | 'replica', name: string, change: ProcessChange): void {
    const base = { type: 'process' as const, role, name };
    if (change.state === 'starting') this.#events.fire({ ...base, state: 'starting', pid: change.pid });
    if (change.state === 'ready') this.#events.fire({ ...base, state: 'ready', pid: change.pid, ms: change.ms });
    if (change.state !== 'exited') return;
    const exit = { exit_code: change.exitCode, signal: change.signal };
    this.#options.logger.warn(`${name} stopped: ${exitReason(change.exitCode, change.signal)}`, {
      restart_ms: change.restartMs ?? null,
    });
    if (change.restartMs === undefined) this.#events.fire({ ...base, state: 'exited', ...exit });
    else this.#events.fire({ ...base, state: 'restarting', ...exit, restart_ms: change.restartMs });
  }

  #reportCloudPorts(ports: CloudReady['ports']): void {
    this.#reportPort('serviceBus', DEFAULT_PORTS.serviceBus, ports.serviceBus);
    this.#reportPort('blob', DEFAULT_PORTS.blob, ports.blob);
    this.#reportPort('table', DEFAULT_PORTS.table, ports.table);
    this.#reportPort('lorax', DEFAULT_PORTS.lorax, ports.lorax);
  }

  #reportPort(service: string, wanted: number, taken: number): void {
    if (wanted === taken || wanted === 0) return;
    this.#options.logger.info(`port ${wanted} is in use; ${service} listens on ${taken}`);
    this.#events.fire({ type: 'port', service, wanted, taken });
  }
}

function usesCloud(config: AosConfig): boolean {
  const { service_bus, storage } = config.connections;
  return service_bus === 'embedded' || storage === 'embedded' || config.model.endpoint === 'embedded';
}

function failureOf(code: string): Failure {
  if (code === 'AOS_DATA_LOCKED') return 'dataLocked';
  if (code === 'AOS_PORT_TAKEN') return 'portTaken';
  return code === 'AOS_CONFIG_INVALID' ? 'config' : 'crashed';
}
