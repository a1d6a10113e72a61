import { expect, it } from 'vitest';
import { toToolResult } from '../../../../runtime/agents/tools/tool-result.ts';

const options = { maxBytes: 200, mask: (text: string) => text.replaceAll('s3cret', '***') };
const text = (value: string) => ({ type: 'text' as const, text: value });

it('joins the texts of an answer and keeps the rest of it', () => {
  const image = { type: 'image' as const, data: 'AAAA', mimeType: 'image/png' };
  const answer = { content: [text('one'), image, text('two')], structuredContent: { key: 's3cret' } };
  expect(toToolResult('box/draw', answer, options)).toEqual({
    text: 'one\ntwo',
    structured: { key: 's3cret' },
    content: answer.content,
  });
});

it('throws what a failed tool says, without secrets', () => {
  const failed = (content: ReturnType<typeof text>[]) => () =>
    toToolResult('box/draw', { content, isError: true }, options);
  expect(failed([text('no ink, s3cret')])).toThrow('The tool box/draw failed: no ink, ***');
  expect(failed([])).toThrow('The tool box/draw failed: it does not say why');
});

it('counts the bytes of the whole answer, not its characters', () => {
  const of = (content: string, structuredContent?: Record<string, unknown>) => () =>
    toToolResult('box/draw', { content: [text(content)], structuredContent }, options);
  expect(of('x'.repeat(120))).not.toThrow();
  expect(of('é'.repeat(120))).toThrow(expect.objectContaining({ code: 'AOS_TOOL_FAILED' }));
  expect(of('x'.repeat(120), { again: 'x'.repeat(120) })).toThrow(expect.objectContaining({ code: 'AOS_TOOL_FAILED' }));
});
