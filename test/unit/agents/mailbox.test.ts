import { describe, expect, it } from 'vitest';
import { Mailbox, type MailboxResult } from '../../../runtime/agents/mailbox.ts';

/** A mailbox whose messages are settled by the test. */
function setUp() {
  const started: bigint[] = [];
  const settles: ((result: MailboxResult) => void)[] = [];
  let idle = 0;
  const mailbox = new Mailbox<{ sequenceNumber: bigint }>(
    ({ sequenceNumber }) => {
      started.push(sequenceNumber);
      return new Promise((resolve) => settles.push(resolve));
    },
    () => idle++,
  );
  const add = (...numbers: number[]) => {
    for (const n of numbers) mailbox.add({ sequenceNumber: BigInt(n) });
  };
  const settle = async (result: MailboxResult) => {
    settles.shift()!(result);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { mailbox, started, add, settle, idleTimes: () => idle };
}

describe('Mailbox', () => {
  it('handles one message at a time, in order', async () => {
    const { started, add, settle, idleTimes } = setUp();
    add(1, 2, 3);
    expect(started).toEqual([1n]);
    await settle('done');
    expect(started).toEqual([1n, 2n]);
    await settle('done');
    await settle('done');
    expect(started).toEqual([1n, 2n, 3n]);
    expect(idleTimes()).toBe(1);
  });

  it('lets no later message overtake one that is to be delivered again', async () => {
    const { mailbox, started, add, settle } = setUp();
    add(1, 2);
    await settle('again');
    add(3);
    expect(started).toEqual([1n]);
    expect(mailbox.size).toBe(2);
    add(1);
    await settle('done');
    await settle('done');
    await settle('done');
    expect(started).toEqual([1n, 1n, 2n, 3n]);
    expect(mailbox.empty).toBe(true);
  });

  it('keeps the order when several messages are to be delivered again', async () => {
    const { started, add, settle } = setUp();
    add(5);
    await settle('again');
    add(4); // an earlier one that its sender gave back before
    await settle('again');
    add(6, 5);
    expect(started).toEqual([5n, 4n]);
    add(4);
    await settle('done');
    await settle('done');
    await settle('done');
    expect(started).toEqual([5n, 4n, 4n, 5n, 6n]);
  });

  it('gives what waits to whoever handles a message, but not what must wait for one to come again', async () => {
    const { mailbox, started, add, settle } = setUp();
    add(1, 2, 3);
    await settle('again');
    expect(mailbox.takeWaiting()).toEqual([]);
    add(1);
    expect(mailbox.takeWaiting()).toEqual([{ sequenceNumber: 2n }, { sequenceNumber: 3n }]);
    await settle('done');
    expect(started).toEqual([1n, 1n]);
    expect(mailbox.empty).toBe(true);
  });

  it('handles nothing while other work has the turn, and goes on after it', async () => {
    const { mailbox, started, add } = setUp();
    const work = Promise.withResolvers<void>();
    const turn = mailbox.run(() => work.promise);
    add(1);
    expect([started, mailbox.busy]).toEqual([[], true]);
    work.resolve();
    await Promise.race([turn, new Promise((resolve) => setImmediate(resolve))]);
    expect(started).toEqual([1n]);
    await mailbox.run(() => Promise.reject(new Error('not while a message is handled')));
  });

  it('forgets what waits when it is closed', async () => {
    const { mailbox, started, add, settle } = setUp();
    add(1, 2);
    mailbox.close();
    await settle('done');
    add(3);
    expect(started).toEqual([1n]);
    expect(mailbox.size).toBe(0);
  });
});
