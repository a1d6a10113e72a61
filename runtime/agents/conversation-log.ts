import type { InferResponse } from '../contracts/http.ts';
import type { Clock } from '../core/clock.ts';
import { newId } from '../core/ids.ts';
import { partitionKey } from '../storage/partition-key.ts';

export const CONVERSATIONS_TABLE = 'conversations';

/** A string property of a table entity holds 64 KiB of UTF-16, so 32 Ki characters; longer texts go on in `<name>_2`, …. */
const MAX_PROPERTY_CHARS = 32 * 1024 - 1;

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
      rowKey: `${at.toISOString().replace(/[-:.]/g, '')}_${newId('msg').slice(4, 16)}`,
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

function splitText(name: string, text: string): Record<string, string> {
  const parts: Record<string, string> = { [name]: text.slice(0, MAX_PROPERTY_CHARS) };
  for (let start = MAX_PROPERTY_CHARS, n = 2; start < text.length; start += MAX_PROPERTY_CHARS, n++) {
    parts[`${name}_${n}`] = text.slice(start, start + MAX_PROPERTY_CHARS);
  }
  return parts;
}
