import { describe, expect, it } from 'vitest';
import { dataLines } from '../../../runtime/inference/sse.ts';

async function parse(chunks: readonly (string | Uint8Array)[]): Promise<string[]> {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
      controller.close();
    },
  });
  const lines: string[] = [];
  for await (const line of dataLines(body)) lines.push(line);
  return lines;
}

describe('dataLines', () => {
  it('takes data with and without the blank, in either line ending, and leaves the rest out', async () => {
    const text = 'data:{"a":1}\n\n: keep-alive\n\nevent: x\nid: 3\ndata: {"b":2}\r\n\r\ndata: [DONE]\n\n';
    expect(await parse([text])).toEqual(['{"a":1}', '{"b":2}', '[DONE]']);
  });

  it('puts lines and characters together that arrive in pieces', async () => {
    const bytes = new TextEncoder().encode('data: größer\n\n');
    expect(await parse([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(['größer']);
  });

  it('takes a last line without an end', async () => {
    expect(await parse(['data: a\n\ndata: b'])).toEqual(['a', 'b']);
    expect(await parse([])).toEqual([]);
  });
});
