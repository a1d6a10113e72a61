import type { InferResponse } from '../contracts/http.ts';
import type { Clock } from '../core/clock.ts';
import { newId } from '../core/ids.ts';
import { splitText } from '../storage/long-text.ts';
import { partitionKey, timeRowKey } from '../storage/partition-key.ts';

export const CONVERSATIONS_TABLE = 'conversations';

type Row = { partitionKey: string; rowKey: string; [property: string]: unknown };

/** Every exchange with an agent, written behind: partition `${agentId}_${yyyyMM}` (R29), rows in order of time. */
export class ConversationLog {
  readonly #write: { add(row: Row): void };
  readonly #clock: Clock;

  constructor(options: { write: { add(row: Row): void }; clock: Clock }) {
    this.#write = options.write;
    this.#clock = options.clock;
  }

  add(prompt: string, response: InferResponse): void {
    const at = new Date(this.#clock.now());
    this.#write.add({
      partitionKey: partitionKey(response.agent_id, at),
      rowKey: timeRowKey(at, newId('msg')),
      agent_id: response.agent_id,
      adapter: response.adapter ?? '',
      ...splitText('prompt', prompt),
      ...splitText('response', response.response),
      cached: String(response.cached),
      latency_ms: response.latency_ms,
      engine: response.engine,
      model: response.model,
      prompt_tokens: response.usage.prompt_tokens,
      completion_tokens: response.usage.completion_tokens,
      trace_id: response.trace_id,
      at: at.toISOString(),
    });
  }
}
