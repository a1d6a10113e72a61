/**
 * The process in which llama.cpp computes: a native crash, a full memory or a busy processor must not take the rest of the
 * local cloud with it. It holds one base model and serves adapters from pooled contexts.
 */
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import { AdapterSlots } from './adapter-slots.ts';
import { AdapterTurns } from './adapter-turns.ts';
import type { LlamaApi } from './llama-api.ts';
import { LlamaModel } from './llama-model.ts';
import type { LoraContext } from './lora-context.ts';
import type { FromWorker, LoraFile, ToWorker, WorkerOptions } from './protocol.ts';
import { UnsupportedRequest } from './unsupported-request.ts';

interface Parts {
  model: LlamaModel;
  slots: AdapterSlots<LoraContext>;
  turns: AdapterTurns;
}

const aborts = new Map<number, AbortController>();
const tell = (message: FromWorker) => process.send?.(message);

/** Requests of the same key are computed with the same context. Scales are part of it: a merged pair is one adapter. */
const keyOf = (adapters: readonly LoraFile[]) => JSON.stringify(adapters.map(({ file, scale }) => [file, scale]));
const adaptersOf = (key: string): LoraFile[] =>
  (JSON.parse(key) as [string, number][]).map(([file, scale]) => ({ file, scale }));

async function start(options: WorkerOptions): Promise<(message: ToWorker) => void> {
  const llama = (await import(pathToFileURL(options.modulePath).href)) as LlamaApi;
  const model = await LlamaModel.load(llama, options);
  const slots: AdapterSlots<LoraContext> = new AdapterSlots({
    create: (key) => model.createContext(adaptersOf(key)),
    destroy: (context) => context.dispose(),
    placesPerAdapter: options.sequences,
    activeAdapters: options.activeAdapters,
    clock: systemClock,
    onChanged: () => tell({ type: 'active', files: slots.active.flatMap(adaptersOf).map(({ file }) => file) }),
  });
  const parts = { model, slots, turns: new AdapterTurns({ clock: systemClock }) };
  tell({ type: 'ready', facts: model.facts });
  return (message) => {
    if (message.type === 'abort') aborts.get(message.id)?.abort();
    else if (message.type !== 'init') void answer(message, parts);
  };
}

type Request = Exclude<ToWorker, { type: 'init' | 'abort' }>;

async function answer(message: Request, parts: Parts): Promise<void> {
  const { id } = message;
  const { model } = parts;
  const abort = new AbortController();
  aborts.set(id, abort);
  try {
    if (message.type === 'tokenize') tell({ type: 'tokens', id, tokens: model.tokenize(message.text) });
    else if (message.type === 'embed') tell({ type: 'vector', id, ...(await model.embed(message.text)) });
    else if (message.type === 'unload') await unload(message, parts);
    else if (message.type === 'load') await load(message, parts, abort.signal);
    else await generate(message, parts, abort.signal);
    tell({ type: 'done', id });
  } catch (error) {
    if (abort.signal.aborted) tell({ type: 'done', id });
    else {
      const kind = error instanceof UnsupportedRequest ? 'validation' : 'generation';
      tell({ type: 'failed', id, kind, message: messageOf(error) });
    }
  } finally {
    aborts.delete(id);
  }
}

async function load(
  { adapter, pinned }: Request & { type: 'load' },
  { slots }: Parts,
  signal: AbortSignal,
): Promise<void> {
  const key = keyOf([adapter]);
  if (pinned === false) return slots.unpin(key);
  if (pinned && !slots.pin(key)) throw new Error('Every place for an active adapter is pinned: unpin one first.');
  try {
    (await slots.enter(key, signal)).leave();
  } catch (error) {
    if (pinned) slots.unpin(key);
    throw error;
  }
}

/** Merged adapters that it is a part of go, too. */
async function unload({ file }: Request & { type: 'unload' }, { model, slots }: Parts): Promise<void> {
  const usesIt = (key: string) => adaptersOf(key).some((adapter) => adapter.file === file);
  await slots.remove(usesIt);
  // A request that has come meanwhile may have brought it in again.
  if (!slots.has(usesIt)) await model.forget(file);
}

async function generate(
  { id, command }: Request & { type: 'generate' },
  { slots, turns }: Parts,
  signal: AbortSignal,
): Promise<void> {
  const key = keyOf(command.adapters);
  const { context, loadMs, leave } = await slots.enter(key, signal);
  const turn = turns.join(key);
  const onAbort = () => turn.leave();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await turn.step();
    if (signal.aborted) return;
    tell({ type: 'started', id, loadMs });
    for await (const { token, eos } of context.generate(command, signal, turn.step)) {
      tell({ type: 'token', id, token, eos });
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    turn.leave();
    leave();
  }
}

let receive: ((message: ToWorker) => void) | undefined;
process.on('message', (message: ToWorker) => {
  if (message.type !== 'init') return receive?.(message);
  start(message.options).then(
    (started) => {
      receive = started;
    },
    (error: unknown) => tell({ type: 'init-failed', message: messageOf(error) }),
  );
});
process.on('disconnect', () => process.exit());
