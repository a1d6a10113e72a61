/** One event of a `text/event-stream`. */
export interface ServerSentEvent {
  /** `message` if the stream names none. */
  event: string;
  data: string;
  /** Last id seen on the stream, this event's included; empty if there was none. */
  id: string;
}

/**
 * Parses server-sent events as the HTML standard says (section 9.2.6): fields by line, an empty line ends an event, lines
 * end with LF, CR or CRLF, a comment starts with a colon. Push text as it arrives; events come out when they are complete.
 */
export class SseParser {
  #rest = '';
  #data: string[] = [];
  #event = '';
  #id = '';
  #first = true;

  push(chunk: string): ServerSentEvent[] {
    let text = this.#rest + chunk;
    if (this.#first && text.length > 0) {
      if (text.startsWith('\uFEFF')) text = text.slice(1);
      this.#first = false;
    }
    // A CR at the very end may be half of a CRLF: it waits for the next chunk.
    const held = text.endsWith('\r') ? '\r' : '';
    const lines = (held ? text.slice(0, -1) : text).split(/\r\n|\r|\n/);
    this.#rest = (lines.pop() ?? '') + held;
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): ServerSentEvent[] {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return [];
  }

  #dispatch(): ServerSentEvent[] {
    const data = this.#data;
    const event = this.#event || 'message';
    this.#data = [];
    this.#event = '';
    return data.length > 0 ? [{ event, data: data.join('\n'), id: this.#id }] : [];
  }
}

/** The events of a response's body, until it ends. An event that the stream broke off is dropped, as the standard says. */
export async function* readSse(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const parser = new SseParser();
  const decoder = new TextDecoder();
  for await (const chunk of body) yield* parser.push(decoder.decode(chunk, { stream: true }));
}
