import { z } from 'zod';
import { errorCodeSchema } from './errors.ts';
import { engineSchema } from './http.ts';

/** What `aos up` prints when everything is ready, and keeps in the instance registry (with mode 0600: it holds keys). */
export const readySchema = z.object({
  ready: z.literal(true),
  name: z.string(),
  folder: z.string(),
  http: z.string(),
  token: z.string(),
  serviceBus: z.string(),
  storage: z.string(),
  blob: z.string(),
  table: z.string(),
  lorax: z.string(),
  /** Key of the embedded LoRAX endpoint; empty for one of your own. */
  loraxKey: z.string(),
  engine: engineSchema,
  /** Null: nothing is kept on disk. */
  dataDir: z.string().nullable(),
  /** `launcher` is the `aos up` process itself. */
  pids: z.object({ launcher: z.int(), cloud: z.int(), replicas: z.array(z.int()) }),
});
export type Ready = z.infer<typeof readySchema>;

/** Which engine the embedded endpoint answers with; `auto`: llama where it can run, else simulated. */
export const engineChoices = ['auto', 'llama', 'simulated'] as const;
export type EngineChoice = (typeof engineChoices)[number];

const roleSchema = z.enum(['cloud', 'replica']);

/** Why a start failed or a running system stopped; the context key `aos.failure` has the same words. */
export const failureSchema = z.enum(['dataLocked', 'portTaken', 'crashed', 'config', 'nodeMissing', 'unreachable']);
export type Failure = z.infer<typeof failureSchema>;

/** What the launcher tells the process that forked it, over the IPC channel of Node. */
export const launcherEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('process'),
    role: roleSchema,
    /** `cloud`, `replica-1`, … */
    name: z.string(),
    state: z.enum(['starting', 'ready', 'exited', 'restarting']),
    pid: z.int().optional(),
    /** Time from its start to ready. */
    ms: z.number().optional(),
    exit_code: z.int().nullable().optional(),
    signal: z.string().nullable().optional(),
    /** Delay before it is started again. */
    restart_ms: z.number().optional(),
  }),
  z.object({ type: z.literal('ready'), ready: readySchema }),
  z.object({ type: z.literal('port'), wanted: z.int(), taken: z.int(), service: z.string() }),
  z.object({ type: z.literal('failed'), failure: failureSchema, code: errorCodeSchema, message: z.string() }),
  z.object({ type: z.literal('stopped') }),
]);
export type LauncherEvent = z.infer<typeof launcherEventSchema>;

/** What it takes over the same channel. When the channel closes, the launcher stops everything and leaves. */
export const launcherCommandSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('replicas'), count: z.int().min(1).max(64) }),
]);
export type LauncherCommand = z.infer<typeof launcherCommandSchema>;
