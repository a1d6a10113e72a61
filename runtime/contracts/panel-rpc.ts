import { z } from 'zod';

/**
 * What passes between a webview and its host in the extension, over `postMessage`. Requests are answered once, events go
 * from the host to the webview only. Both sides parse what arrives: the envelope here, its contents by the panel's contract.
 */
export const rpcToHostSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('request'), id: z.int(), method: z.string(), params: z.unknown() }),
  z.strictObject({ kind: z.literal('cancel'), id: z.int() }),
]);
export type RpcToHost = z.infer<typeof rpcToHostSchema>;

export const rpcToWebviewSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('result'), id: z.int(), result: z.unknown() }),
  z.strictObject({ kind: z.literal('failure'), id: z.int(), message: z.string() }),
  z.strictObject({ kind: z.literal('event'), event: z.string(), data: z.unknown() }),
]);
export type RpcToWebview = z.infer<typeof rpcToWebviewSchema>;

/** The requests and events of one panel. */
export interface PanelContract {
  requests: Record<string, { params: z.ZodType; result: z.ZodType }>;
  events: Record<string, z.ZodType>;
}

export type Params<C extends PanelContract, M extends keyof C['requests']> = z.infer<C['requests'][M]['params']>;
export type Result<C extends PanelContract, M extends keyof C['requests']> = z.infer<C['requests'][M]['result']>;
export type EventData<C extends PanelContract, E extends keyof C['events']> = z.infer<C['events'][E]>;
