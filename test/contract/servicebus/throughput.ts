/**
 * Figures of the broker with the unmodified SDK, broker and client in a process each:
 * `node test/contract/servicebus/throughput.ts [latency|plain|singles|shards …] [--runs 3] [--prof DIR] [--tuned]`. `--prof` writes a CPU profile of the broker,
 * `--tuned` tunes the sockets of the client as the runtime does.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import {
  ServiceBusClient,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
  type ServiceBusSender,
} from '@azure/service-bus';
import { emulatorPort, tuneLoopback } from '../../../runtime/messaging/loopback-socket.ts';
import type { BrokerReply, BrokerRequest } from './broker-process.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { prof: { type: 'string' }, tuned: { type: 'boolean' }, runs: { type: 'string', default: '3' } },
});
const TOTAL = 5000;
const SESSIONS = 10;
const CONCURRENT = 100;
const BODY = 'x'.repeat(1000);

const execArgv = flags.prof ? ['--cpu-prof', `--cpu-prof-dir=${flags.prof}`] : [];
const broker = fork(new URL('./broker-process.ts', import.meta.url), { execArgv });
const request = (message: BrokerRequest) => broker.send(message);
request({
  start: {
    entities: {
      queues: [
        { name: 'plain' },
        { name: 'singles' },
        { name: 'latency', requiresSession: true },
        { name: 'shards', requiresSession: true },
      ],
    },
  },
});
const [reply] = (await once(broker, 'message')) as [BrokerReply];
if (!('ready' in reply)) throw new Error(`The broker did not start: ${JSON.stringify(reply)}`);
if (flags.tuned) tuneLoopback(emulatorPort(reply.ready)!);
const client = new ServiceBusClient(reply.ready);

async function brokerCpuMs(): Promise<number> {
  const used = once(broker, 'message') as Promise<[BrokerReply]>;
  request({ cpu: 1 });
  const [answer] = await used;
  return 'cpu' in answer ? answer.usedMs : Number.NaN;
}

/** The broker's processor time says more than the rate where others use the machine at the same time. */
async function rate(name: string, run: () => Promise<void>): Promise<void> {
  const cpuMs = await brokerCpuMs();
  const startMs = performance.now();
  await run();
  const perSecond = Math.round((TOTAL / (performance.now() - startMs)) * 1000).toLocaleString('en');
  const cpuUs = Math.round((((await brokerCpuMs()) - cpuMs) / TOTAL) * 1000);
  console.log(`${name.padEnd(54)} ${perSecond.padStart(7)} messages/s, broker ${cpuUs} us each`);
}

async function sendBatches(sender: ServiceBusSender, sessionOf: (n: number) => string | undefined): Promise<void> {
  let batch = await sender.createMessageBatch();
  for (let n = 0; n < TOTAL; n++) {
    const sessionId = sessionOf(n);
    const message = sessionId === undefined ? { body: BODY } : { body: BODY, sessionId };
    if (batch.tryAddMessage(message)) continue;
    await sender.sendMessages(batch);
    batch = await sender.createMessageBatch();
    batch.tryAddMessage(message);
  }
  await sender.sendMessages(batch);
}

/** Completes each message, and resolves when `total` are done. */
function completing(total: number) {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  let completed = 0;
  return {
    done,
    subscribe(receiver: ServiceBusReceiver, maxConcurrentCalls: number, onMessage?: () => void): void {
      const processMessage = async (message: ServiceBusReceivedMessage) => {
        onMessage?.();
        await receiver.completeMessage(message);
        if (++completed === total) resolve();
      };
      const processError = async ({ error }: { error: unknown }) => reject(error);
      receiver.subscribe({ processMessage, processError }, { maxConcurrentCalls, autoCompleteMessages: false });
    },
  };
}

async function plain(): Promise<void> {
  const sender = client.createSender('plain');
  await rate('send, batches', () => sendBatches(sender, () => undefined));
  const receiver = client.createReceiver('plain');
  await rate('receiveMessages(100), complete in parallel', async () => {
    for (let received = 0; received < TOTAL; ) {
      const messages = await receiver.receiveMessages(100);
      await Promise.all(messages.map((message) => receiver.completeMessage(message)));
      received += messages.length;
    }
  });
  await sendBatches(sender, () => undefined);
  await rate(`subscribe, ${CONCURRENT} concurrent`, async () => {
    const { done, subscribe } = completing(TOTAL);
    subscribe(receiver, CONCURRENT);
    await done;
  });
  await receiver.close();
}

async function shards(): Promise<void> {
  const sender = client.createSender('shards');
  const { done, subscribe } = completing(TOTAL);
  await rate(`batch send and ${SESSIONS} session receivers, ${CONCURRENT} concurrent`, async () => {
    const receivers = await Promise.all(
      Array.from({ length: SESSIONS }, (_, n) => client.acceptSession('shards', `shard-${n}`)),
    );
    for (const session of receivers) subscribe(session, CONCURRENT / SESSIONS);
    await sendBatches(sender, (n) => `shard-${n % SESSIONS}`);
    await done;
    await Promise.all(receivers.map((session) => session.close()));
  });
}

async function singles(): Promise<void> {
  const sender = client.createSender('singles');
  await rate('send, one by one, 32 in flight', async () => {
    let sent = 0;
    const worker = async () => {
      while (sent++ < TOTAL) await sender.sendMessages({ body: BODY });
    };
    await Promise.all(Array.from({ length: 32 }, worker));
  });
  await drain();
}

/** One message at a time, from the call of send to the handler of a session's subscriber. */
async function latency(): Promise<void> {
  const sender = client.createSender('latency');
  const session = await client.acceptSession('latency', 's');
  const count = 1000;
  let arrived: (at: number) => void = () => undefined;
  const { done, subscribe } = completing(count);
  subscribe(session, 1, () => arrived(performance.now()));
  const samples: number[] = [];
  for (let n = 0; n < count; n++) {
    const arrival = new Promise<number>((resolve) => {
      arrived = resolve;
    });
    const startMs = performance.now();
    await sender.sendMessages({ body: BODY, sessionId: 's' });
    samples.push((await arrival) - startMs);
  }
  samples.sort((a, b) => a - b);
  const at = (p: number) => `p${p * 100} ${samples[Math.floor(samples.length * p)]!.toFixed(2)} ms`;
  console.log(`${'send -> session handler, one at a time'.padEnd(58)} ${[0.5, 0.95, 0.99].map(at).join(', ')}`);
  await done;
  await session.close();
}

async function drain(): Promise<void> {
  const receiver = client.createReceiver('singles', { receiveMode: 'receiveAndDelete' });
  await receiver.receiveMessages(TOTAL);
  await receiver.close();
}

const measures: Record<string, () => Promise<void>> = { latency, plain, singles, shards };
const chosen = positionals.length > 0 ? positionals : Object.keys(measures);
for (let run = 0; run < Number(flags.runs); run++) {
  for (const name of chosen) await measures[name]?.();
}
await client.close();
request({ stop: true });
await once(broker, 'exit');
