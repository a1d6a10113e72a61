/**
 * The data of server-sent events, one item per `data:` line: every server in use writes an event on one line. The space
 * after `data:` is optional; comment lines (keep-alive) and other fields are left out.
 */
export async function* dataLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const data = dataOf(line);
      if (data !== undefined) yield data;
    }
  }
  const last = dataOf(rest + decoder.decode());
  if (last !== undefined) yield last;
}

function dataOf(line: string): string | undefined {
  return line.startsWith('data:') ? line.slice('data:'.length).trim() : undefined;
}
