import { z } from 'zod';
import { idSchema, prioritySchema } from './ids.ts';
import { purposeFields, superimpose } from './purpose.ts';
import { secretReferenceSchema } from './secret-reference.ts';
import { mcpServersSchema, serverOfTool, toolReferencesSchema } from './tools.ts';
import { workflowSchema } from './workflow.ts';

const url = z.url({ protocol: /^https?$/, message: 'is "embedded" or an http(s) URL' });

/** R19. */
export const DEFAULT_BASE_MODEL = 'meta-llama/Llama-3.1-8B-Instruct';

/** Protocols of model endpoints: LoRAX, vLLM and others with OpenAI's routes, TGI, SGLang, llama.cpp's server. */
export const endpointApis = ['lorax', 'openai', 'tgi', 'sglang', 'llamacpp'] as const;
export type EndpointApi = (typeof endpointApis)[number];

const modelSchema = z
  .strictObject({
    base: z.string().min(1).default(DEFAULT_BASE_MODEL).describe('Base model that all adapters share (R19).'),
    endpoint: z
      .union([z.literal('embedded'), url])
      .default('embedded')
      .describe('"embedded" or the URL of a LoRAX or OpenAI-compatible endpoint.'),
    api: z
      .enum(['auto', ...endpointApis])
      .default('auto')
      .describe('Protocol of the endpoint; auto: found out by asking it.'),
    api_key: secretReferenceSchema.optional().describe('Key of the endpoint, as "env:NAME" or "secret:NAME".'),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9-]+$/), secretReferenceSchema)
      .default({})
      .describe('Further headers of every request to the endpoint, as "env:NAME" or "secret:NAME".'),
    file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'GGUF file of the base model for the embedded endpoint, relative to aos.json; none: simulated answers.',
      ),
    max_adapters: z.int().min(1).default(100).describe('Adapters that share the GPU at most (R19).'),
    gpu_memory_utilization: z
      .number()
      .gt(0)
      .max(1)
      .default(0.9)
      .describe('Share of the GPU memory LoRAX may use (R19).'),
  })
  .describe('The model and where it answers.');

const adapterSchema = z
  .strictObject({
    path: z.string().min(1).describe('Folder or file of the adapter, relative to aos.json, or its id in the source.'),
    source: z.enum(['local', 'hub', 's3', 'pbase']).default('local').describe('Where LoRAX loads it from.'),
    description: z.string().optional(),
  })
  .describe('A LoRA adapter.');

const agentSchema = z
  .strictObject({
    id: idSchema.describe('Unique id of the agent.'),
    purpose: z.string().min(1).max(4000).describe('The one lasting purpose of this agent.'),
    adapter: idSchema.optional().describe('Adapter it answers with; none: the base model.'),
    priority: prioritySchema.default('normal').describe('Lane of the bulkhead: critical or normal.'),
    handler: z
      .string()
      .min(1)
      .optional()
      .describe('TypeScript or JavaScript file with its event handlers, relative to aos.json.'),
    subscribes: z
      .array(z.string().min(1))
      .default([])
      .describe('Event types it handles; for the editor and for documentation.'),
    examples: z.array(z.string().min(1)).max(10).default([]).describe('Prompts the Ask panel offers.'),
    enabled: z.boolean().default(true).describe('false: the agent takes no events until it is started.'),
    ...purposeFields,
    tools: toolReferencesSchema,
  })
  .describe('A purpose-driven agent.');

const runtimeSchema = z
  .strictObject({
    replicas: z.int().min(1).max(64).default(1).describe('Runtime processes.'),
    shards: z.int().min(1).max(1024).default(10).describe('Shards over which the agents are spread (R43).'),
    bulkhead: z
      .strictObject({
        critical: z.int().min(1).default(10).describe('Calls at a time in the critical lane (R49).'),
        normal: z.int().min(1).default(50).describe('Calls at a time in the normal lane (R50).'),
        queue: z.int().min(0).default(100).describe('Calls that may wait in each lane; more are refused.'),
      })
      .prefault({}),
    breaker: z
      .strictObject({
        failure_threshold: z.int().min(1).default(5).describe('Failures in a row that open the breaker (R45).'),
        recovery_timeout_seconds: z
          .number()
          .gt(0)
          .default(60)
          .describe('Seconds until an open breaker lets one call probe (R46).'),
        probes: z.int().min(1).default(1).describe('Calls that may probe at a time; the others are refused at once.'),
      })
      .prefault({}),
    retry: z
      .strictObject({
        attempts: z.int().min(1).max(10).default(3).describe('Tries of one call, the first included.'),
        base_ms: z.int().min(1).default(100).describe('Wait before the second try; it doubles, with jitter.'),
        max_ms: z.int().min(1).default(5000).describe('Longest wait between two tries.'),
      })
      .prefault({})
      .describe('Calls that are tried again: a refused connection, 429 and 503.'),
    adaptive_limit: z
      .strictObject({
        enabled: z.boolean().default(true),
        min: z.int().min(1).default(4).describe('Calls at a time that are always allowed.'),
        max: z.int().min(1).default(200).describe('Calls at a time at most.'),
      })
      .prefault({})
      .describe('Finds by itself how many calls at a time the endpoint stands.'),
    fallback: z
      .strictObject({ text: z.string().min(1).describe('What is answered.') })
      .optional()
      .describe('Answer while the endpoint fails; always labelled, never cached. None: the error is answered.'),
    cache: z
      .strictObject({
        enabled: z.boolean().default(true),
        ttl_seconds: z.number().gt(0).default(3600).describe('Age at which an answer is forgotten (R23).'),
        max_entries: z.int().min(1).default(10_000).describe('Answers kept at most (R24).'),
        shared: z.boolean().default(true).describe('Replicas share their answers through Table storage.'),
        ttl_jitter: z.number().min(0).max(0.5).default(0.1).describe('Share by which the age at the end varies.'),
        mode: z
          .enum(['strict', 'guarded', 'off'])
          .default('strict')
          .describe(
            'Similar prompts: strict wants the same words in the same order, guarded only the guards, off none.',
          ),
        similarity_threshold: z
          .number()
          .min(0.5)
          .max(1)
          .default(0.95)
          .describe('How sure a similar prompt must be, 0.5 to 1; mapped by the calibration of the embedder (R25).'),
        embedder: z
          .enum(['lexical', 'endpoint'])
          .default('lexical')
          .describe('lexical: hashed words and n-grams, no model; endpoint: the embeddings of the endpoint.'),
        shadow_share: z
          .number()
          .min(0)
          .max(1)
          .default(0.02)
          .describe('Share of the semantic hits that are checked by asking the model in the background.'),
        max_false_hit_rate: z
          .number()
          .gt(0)
          .max(1)
          .default(0.05)
          .describe('Semantic hits of an agent end when its false hits are surely above this share.'),
      })
      .prefault({}),
    deadlines: z
      .strictObject({
        infer_seconds: z.number().gt(0).default(30).describe('Longest time of one inference, waiting included.'),
        handler_seconds: z.number().gt(0).default(60).describe('Longest time of one event handler.'),
      })
      .prefault({}),
  })
  .describe('How the runtime runs.');

/** `embedded` is the local cloud; `env:NAME` a connection string from the environment; else a namespace with an Azure identity. */
const connectionSchema = (identity: z.ZodType) =>
  z.union([z.literal('embedded'), secretReferenceSchema, identity]).default('embedded');

const connectionsSchema = z.strictObject({
  service_bus: connectionSchema(
    z.strictObject({ namespace: z.string().min(1), identity: z.literal('default').default('default') }),
  ),
  storage: connectionSchema(
    z.strictObject({ account: z.string().min(1), identity: z.literal('default').default('default') }),
  ),
});

/** `aos.json`: the one file of a workspace. Every default is written here and nowhere else. */
export const configSchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: idSchema.describe('Name of the workspace.'),
    description: z.string().optional(),
    model: modelSchema.prefault({}),
    adapters: z.record(idSchema, adapterSchema).default({}).describe('LoRA adapters by name.'),
    agents: z.array(agentSchema).default([]).describe('The agents.'),
    mcp_servers: mcpServersSchema,
    workflows: z.record(idSchema, workflowSchema).default({}).describe('Durable workflows by name.'),
    runtime: runtimeSchema.prefault({}),
    connections: connectionsSchema.prefault({}).describe('Where messages and state live.'),
  })
  .superRefine((config, context) => {
    const seen = new Map<string, number>();
    for (const [index, agent] of config.agents.entries()) {
      if (seen.has(agent.id)) {
        context.addIssue({
          code: 'custom',
          path: ['agents', index, 'id'],
          message: `is used twice: agent ${agent.id} stands at agents[${seen.get(agent.id)}] already`,
        });
      }
      seen.set(agent.id, index);
      const named = [
        ...(agent.adapter === undefined ? [] : [{ adapter: agent.adapter, path: ['adapter'] }]),
        ...agent.layers.flatMap(({ adapter }, layer) =>
          adapter === undefined ? [] : [{ adapter, path: ['layers', layer, 'adapter'] }],
        ),
      ];
      for (const { adapter, path } of named) {
        if (!Object.hasOwn(config.adapters, adapter)) {
          report(
            index,
            path,
            `names adapter ${adapter}, which does not exist.`,
            hint(adapter, config.adapters, 'adapters'),
          );
        }
      }
      for (const [at, tool] of agent.tools.entries()) {
        const server = serverOfTool(tool);
        if (!Object.hasOwn(config.mcp_servers, server)) {
          report(
            index,
            ['tools', at],
            `names MCP server ${server}, which does not exist.`,
            hint(server, config.mcp_servers, 'mcp_servers'),
          );
        }
      }
    }

    function report(agent: number, path: (string | number)[], problem: string, hint: string): void {
      context.addIssue({ code: 'custom', path: ['agents', agent, ...path], message: `${problem} ${hint}` });
    }
  });

/** The adapter an agent answers with: its own, else that of its last layer that has one. */
export function adapterOf({ adapter, layers }: Pick<AgentConfig, 'adapter' | 'layers'>): string | undefined {
  return adapter ?? superimpose(layers).adapter;
}

function hint(word: string, known: object, property: string): string {
  const near = nearest(word, Object.keys(known));
  return near ? `Did you mean ${near}?` : `Add it to "${property}".`;
}

export type AosConfig = z.infer<typeof configSchema>;
export type AgentConfig = AosConfig['agents'][number];
export type AdapterConfig = AosConfig['adapters'][string];

/** The known word with the smallest edit distance (Levenshtein), if that is at most a third of the word. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((other) => ({ other, distance: editDistance(word, other) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.ceil(word.length / 3)) ? best.other : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
