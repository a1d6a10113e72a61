/** Entry of a handler's thread: the code of one file of the workspace, away from the runtime that it could hold up. */
import { parentPort, workerData } from 'node:worker_threads';
import { createLogger } from '../../core/logger.ts';
import { type ContextCalls, contextOver, type HostedContext } from '../agent-context.ts';
import type { AgentDefinition } from '../define-agent.ts';
import { loadHandlers, provideHandlerApi } from './load.ts';
import { type FromThread, fromSentError, type ThreadData, type ToThread, toSentError } from './protocol.ts';

interface Run {
  controller: AbortController;
  calls: Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>;
}

const runs = new Map<number, Run>();
let lastCall = 0;

const tell = (message: FromThread) => parentPort?.postMessage(message);

async function main({ folder, file }: ThreadData): Promise<void> {
  provideHandlerApi(new URL(import.meta.url.endsWith('.ts') ? './api.ts' : './handler-api.js', import.meta.url).href);
  const definition = await loadHandlers(folder, file);
  parentPort?.on('message', (message: ToThread) => receive(definition, message));
  tell({ type: 'loaded', handlers: Object.keys(definition.on) });
}

function receive(definition: AgentDefinition, message: ToThread): void {
  if (message.type === 'ping') tell({ type: 'pong', ping: message.ping });
  else if (message.type === 'run') void handle(definition, message);
  else if (message.type === 'abort') runs.get(message.run)?.controller.abort(fromSentError(message.reason));
  else takeAnswer(message);
}

function takeAnswer(message: ToThread & { type: 'answer' | 'refusal' }): void {
  const calls = runs.get(message.run)?.calls;
  const call = calls?.get(message.call);
  calls?.delete(message.call);
  if (message.type === 'answer') call?.resolve(message.value);
  else call?.reject(fromSentError(message.error));
}

async function handle(definition: AgentDefinition, message: ToThread & { type: 'run' }): Promise<void> {
  const { run, handler, event } = message;
  const state: Run = { controller: new AbortController(), calls: new Map() };
  runs.set(run, state);
  try {
    const result = await definition.on[handler]?.(event, contextOf(state, message));
    tell({ type: 'done', run, result: toJson(result) });
  } catch (error) {
    tell({ type: 'failed', run, error: toSentError(error) });
  } finally {
    runs.delete(run);
  }
}

function contextOf(state: Run, { run, agentId, purpose }: ToThread & { type: 'run' }): HostedContext {
  const remote =
    (method: keyof ContextCalls) =>
    (...args: unknown[]) =>
      new Promise<never>((resolve, reject) => {
        const call = ++lastCall;
        state.calls.set(call, { resolve: resolve as (value: unknown) => void, reject });
        tell({ type: 'call', run, call, method, args });
      });
  const calls: ContextCalls = {
    infer: remote('infer'),
    ask: remote('ask'),
    send: remote('send'),
    schedule: remote('schedule'),
    cancel: remote('cancel'),
    publish: remote('publish'),
    readState: remote('readState'),
    writeState: remote('writeState'),
    deleteState: remote('deleteState'),
    listState: remote('listState'),
    addMemory: remote('addMemory'),
    listMemories: remote('listMemories'),
    clearMemory: remote('clearMemory'),
    listGoals: remote('listGoals'),
    reportGoal: remote('reportGoal'),
    callTool: remote('callTool'),
    listTools: remote('listTools'),
  };
  const log = createLogger({
    scope: '',
    level: 'trace',
    write: ({ level, message, fields }) => tell({ type: 'log', run, level, message, fields }),
  });
  return contextOver(calls, { agentId, purpose, signal: state.controller.signal, log });
}

/** Outcomes travel as JSON. */
function toJson(result: unknown): unknown {
  try {
    return result === undefined ? undefined : JSON.parse(JSON.stringify(result));
  } catch (cause) {
    throw new TypeError('the handler returned something that is not JSON', { cause });
  }
}

main(workerData as ThreadData).catch((error: unknown) => tell({ type: 'not-loaded', error: toSentError(error) }));
