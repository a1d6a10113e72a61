import { describe, expect, it } from 'vitest';
import { readSse, SseParser } from '../../../../extension/client/sse.ts';

const parse = (...chunks: string[]) => {
  const parser = new SseParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
};

describe('SseParser', () => {
  it('gives an event when its empty line has come', () => {
    expect(parse('id: 7\nevent: token\ndata: {"a":1}', '\n\n')).toEqual([{ id: '7', event: 'token', data: '{"a":1}' }]);
  });

  it('takes chunks that end anywhere, also between CR and LF', () => {
    const text = 'event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n';
    const whole = parse(text);
    for (let at = 0; at <= text.length; at++) expect(parse(text.slice(0, at), text.slice(at))).toEqual(whole);
    expect(whole.map(({ event, data }) => [event, data])).toEqual([
      ['a', '1'],
      ['message', '2'],
    ]);
  });

  it('joins data lines, keeps the last id, leaves comments and empty events out', () => {
    expect(parse('\uFEFF: keep-alive\n\nid: 1\n\ndata: x\ndata:  y\n\n')).toEqual([
      { id: '1', event: 'message', data: 'x\n y' },
    ]);
  });
});

it('readSse drops an event that the stream broke off, and decodes characters split over chunks', async () => {
  const bytes = new TextEncoder().encode('data: ü\n\ndata: half');
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const events = [];
  for await (const { data } of readSse(body)) events.push(data);
  expect(events).toEqual(['ü']);
});
