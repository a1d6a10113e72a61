import type { Message } from './message.ts';

export interface PeekRequest {
  fromSequenceNumber: number;
  count: number;
  /** Only messages of this session. */
  sessionId: string | undefined;
}

/** The first messages of several lists that are each in order of their sequence numbers. */
export function peekFirst(lists: Generator<Message>[], { count, sessionId }: PeekRequest): Message[] {
  const heads = lists.map((list) => ({ list, message: list.next().value as Message | undefined }));
  const found: Message[] = [];
  while (found.length < count) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) {
      const best = first?.message?.sequenceNumber ?? Number.POSITIVE_INFINITY;
      if (head.message && head.message.sequenceNumber < best) first = head;
    }
    if (!first?.message) break;
    if (sessionId === undefined || first.message.content.sessionId === sessionId) found.push(first.message);
    first.message = first.list.next().value as Message | undefined;
  }
  return found;
}
