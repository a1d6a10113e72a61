import { z } from 'zod';
import { idSchema } from './ids.ts';
import { secretReferenceSchema } from './secret-reference.ts';

const references = (what: string) =>
  z
    .record(z.string().regex(/^[A-Za-z_][\w-]*$/), secretReferenceSchema)
    .default({})
    .describe(what);

const limits = {
  enabled: z.boolean().default(true).describe('false: its tools cannot be called.'),
  start_timeout_seconds: z.number().gt(0).max(600).default(30).describe('Longest time until the server is ready.'),
  timeout_seconds: z.number().gt(0).max(3600).default(30).describe('Longest time of one call of a tool.'),
  max_output_bytes: z
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(1024 * 1024)
    .describe('Size of an answer at most, as JSON; a larger one is an error.'),
};

const stdioServerSchema = z
  .strictObject({
    type: z.literal('stdio'),
    command: z.string().min(1).describe('Program of the server; no shell reads it.'),
    args: z.array(z.string()).default([]).describe('Its arguments. No secrets: everyone on the machine can read them.'),
    env: references(
      'Environment of the server, as "env:NAME" or "secret:NAME"; from ours it gets only PATH, HOME and the like.',
    ),
    cwd: z.string().min(1).optional().describe('Folder it runs in, relative to aos.json; default: that of aos.json.'),
    ...limits,
  })
  .describe('An MCP server that is a process of its own, spoken to over its standard input and output.');

const httpServerSchema = z
  .strictObject({
    type: z.literal('http'),
    url: z.url({ protocol: /^https?$/, message: 'is an http(s) URL' }).describe('Address of its MCP endpoint.'),
    headers: references('Headers of every request, as "env:NAME" or "secret:NAME".'),
    ...limits,
  })
  .describe('An MCP server with streamable HTTP.');

export const mcpServerSchema = z.discriminatedUnion('type', [stdioServerSchema, httpServerSchema]);
export type McpServerConfig = z.infer<typeof mcpServerSchema>;

/** `mcp_servers` of aos.json. */
export const mcpServersSchema = z
  .record(idSchema, mcpServerSchema)
  .default({})
  .describe('MCP servers by name; each is started when one of its tools is first called.');

/** `tools` of an agent. */
export const toolReferencesSchema = z
  .array(
    z.string().regex(/^[A-Za-z0-9][\w.-]*\/(\*|[\w./-]+)$/, 'is "server/tool", or "server/*" for all of its tools'),
  )
  .default([])
  .describe('MCP tools it may call: "server/tool", or "server/*" for all tools of a server.');

/** Whether `tools` of an agent lets it call this one. */
export function allowsTool(references: readonly string[], server: string, tool: string): boolean {
  return references.includes(`${server}/${tool}`) || references.includes(`${server}/*`);
}

/** The server that "server/tool" names. */
export const serverOfTool = (reference: string): string => reference.slice(0, reference.indexOf('/'));
