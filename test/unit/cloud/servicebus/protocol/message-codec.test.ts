import rhea, { type Message as RheaMessage } from 'rhea';
import { describe, expect, it } from 'vitest';
import { Message } from '../../../../../runtime/cloud/servicebus/entity/message.ts';
import {
  BATCH_FORMAT,
  decodeMessage,
  decodeTransfer,
  encodeMessage,
} from '../../../../../runtime/cloud/servicebus/protocol/message-codec.ts';
import { faultKind } from '../fault-kind.ts';

const { types } = rhea;
const encode = (message: RheaMessage) => rhea.message.encode(message) as unknown as Buffer;
const decodeByRhea = (bytes: Buffer) => rhea.message.decode(bytes) as unknown as RheaMessage;
const delivered = (message: RheaMessage) => new Message(decodeMessage(encode(message)), 7, 5, 1_700_000_000_123);

describe('decoding', () => {
  it('reads what the broker needs and keeps the rest as it came', () => {
    const bytes = encode({
      durable: true,
      priority: 9,
      ttl: 5000,
      message_annotations: {
        'x-opt-partition-key': 'p',
        'x-opt-scheduled-enqueue-time': types.wrap_timestamp(1_700_000_000_000),
        'x-opt-sequence-number': types.wrap_long(99),
        'x-own': 'mine',
      },
      message_id: 'id',
      group_id: 'session',
      subject: 's',
      application_properties: { uuid: types.wrap_uuid(Buffer.alloc(16, 1)), byte: types.wrap_byte(-1) },
      body: 'body',
    } as unknown as RheaMessage);
    const content = decodeMessage(bytes);
    expect(content).toMatchObject({
      messageId: 'id',
      sessionId: 'session',
      partitionKey: 'p',
      timeToLiveMs: 5000,
      scheduledAtMs: 1_700_000_000_000,
      durable: true,
      priority: 9,
      sizeBytes: bytes.length,
    });
    // Header and annotations apart, byte by byte.
    expect(bytes.subarray(bytes.length - content.bare.length)).toEqual(content.bare);
    expect(content.bare.buffer).not.toBe(bytes.buffer);
    const again = decodeByRhea(encodeMessage(new Message(content, 7, 5, 1)));
    expect(again.message_annotations).toMatchObject({ 'x-own': 'mine', 'x-opt-sequence-number': 7 });
    expect(again).toMatchObject({ durable: true, priority: 9, ttl: 5000, subject: 's', body: 'body' });
  });

  it('gives a message without an id one, and changes nothing else of it', () => {
    const withProperties = decodeMessage(encode({ subject: 'kept', to: 'there', body: 'x' }));
    expect(withProperties.messageId).toMatch(/^[0-9a-f]{32}$/);
    expect(decodeByRhea(withProperties.bare)).toMatchObject({
      message_id: withProperties.messageId,
      subject: 'kept',
      to: 'there',
      body: 'x',
    });
    const onlyBody = decodeMessage(Buffer.from([0, 0x53, 0x77, 0xa1, 1, 0x61]));
    expect(decodeByRhea(onlyBody.bare)).toMatchObject({ message_id: onlyBody.messageId, body: 'a' });
    expect(decodeMessage(encode({ body: 1 })).messageId).not.toBe(onlyBody.messageId);
  });

  it.each([
    ['a number', types.wrap_ulong(42), '42'],
    ['a uuid', types.wrap_uuid(Buffer.alloc(16, 0xab)), 'ab'.repeat(16)],
    ['bytes', types.wrap_binary(Buffer.from([1, 2])), '0102'],
  ])('takes %s for an id', (_, id, expected) => {
    expect(decodeMessage(encode({ message_id: id as never, body: 1 })).messageId).toBe(expected);
  });

  it('takes a batch apart', () => {
    const messages = ['a', 'b', 'c'].map((message_id) => encode({ message_id, body: message_id }));
    const envelope = encode({ message_id: 'a', body: rhea.message.data_sections(messages) });
    const contents = decodeTransfer(envelope, BATCH_FORMAT);
    expect(contents.map(({ messageId }) => messageId)).toEqual(['a', 'b', 'c']);
    expect(contents.map(({ sizeBytes }) => sizeBytes)).toEqual(messages.map(({ length }) => length));
    expect(faultKind(() => decodeTransfer(encode({ body: 'no data section' }), BATCH_FORMAT))).toBe('argument');
  });

  it('refuses broken bytes, wherever they break, and never fails otherwise', () => {
    const whole = encode({
      ttl: 1,
      message_annotations: { a: 'b' },
      message_id: 'id',
      application_properties: { key: 'value', list: types.wrap_list([1, 2]) as never },
      body: rhea.message.data_section(Buffer.alloc(300)),
    });
    for (let length = 1; length < whole.length; length++) {
      expect([faultKind(() => decodeMessage(whole.subarray(0, length)))]).toEqual([
        expect.stringMatching(/^(argument|nothing thrown)$/),
      ]);
    }
    let seed = 7;
    for (let round = 0; round < 2000; round++) {
      const broken = Buffer.from(whole);
      for (let n = 0; n < 3; n++) {
        seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
        broken[seed % broken.length] = seed >> 16;
      }
      const result = faultKind(() => decodeMessage(broken));
      expect([result]).toEqual([expect.stringMatching(/^(argument|nothing thrown)$/)]);
      if (result === 'argument') continue;
      // What was taken in must come out again: as it is, changed, and without its body.
      const message = new Message(decodeMessage(broken), 1, 1, 1);
      encodeMessage(message, { omitBody: true });
      message.modify(new Map([['key', Buffer.from([0x41])]]));
      encodeMessage(message);
    }
  });

  it('refuses sections that are not in their order', () => {
    const [properties, value] = [Buffer.from([0, 0x53, 0x73, 0x45]), Buffer.from([0, 0x53, 0x77, 0x41])];
    expect(faultKind(() => decodeMessage(Buffer.concat([properties, value])))).toBe('nothing thrown');
    expect(faultKind(() => decodeMessage(Buffer.concat([value, properties])))).toBe('argument');
  });
});

describe('encoding', () => {
  it('puts number, times, state and delivery count of the message in front', () => {
    const message = delivered({ message_id: 'id', body: 'x' });
    message.deliveryCount = 3;
    message.state = 'deferred';
    message.expiresAtMs = message.enqueuedAtMs + 60_000;
    const decoded = decodeByRhea(encodeMessage(message, { lockedUntilMs: 1_700_000_060_000 }));
    expect(decoded).toMatchObject({ delivery_count: 3, ttl: 60_000, message_id: 'id', body: 'x' });
    expect(decoded.message_annotations).toEqual({
      'x-opt-sequence-number': 7,
      'x-opt-enqueue-sequence-number': 5,
      'x-opt-enqueued-time': new Date(1_700_000_000_123),
      'x-opt-message-state': 1,
      'x-opt-locked-until': new Date(1_700_000_060_000),
    });
  });

  it('writes large numbers exactly', () => {
    const message = delivered({ message_id: 'id', body: 'x' });
    message.sequenceNumber = 2 ** 40 + 1;
    expect(decodeByRhea(encodeMessage(message)).message_annotations!['x-opt-sequence-number']).toBe(2 ** 40 + 1);
  });

  it('adds and replaces application properties, with or without some in the message', () => {
    const encodedText = (text: string) => Buffer.from([0xa1, text.length, ...Buffer.from(text)]);
    const message = delivered({ message_id: 'id', application_properties: { kept: 1, changed: 'old' }, body: 'x' });
    message.modify(new Map([['changed', encodedText('new')]]));
    message.modify(new Map([['added', encodedText('more')]]));
    message.deadLetter = { source: 'queue', reason: 'R', description: undefined };
    const decoded = decodeByRhea(encodeMessage(message));
    expect(decoded.application_properties).toEqual({ kept: 1, changed: 'new', added: 'more', DeadLetterReason: 'R' });
    expect(decoded.message_annotations!['x-opt-deadletter-source']).toBe('queue');
    expect(decoded.body).toBe('x');

    const plain = delivered({ message_id: 'id', body: 'x' });
    plain.deadLetter = { source: 'q'.repeat(300), reason: 'r'.repeat(4096), description: 'd' };
    expect(decodeByRhea(encodeMessage(plain))).toMatchObject({
      message_id: 'id',
      application_properties: { DeadLetterReason: 'r'.repeat(4096), DeadLetterErrorDescription: 'd' },
      body: 'x',
    });
  });

  it('leaves the body out on request', () => {
    const message = delivered({ message_id: 'id', application_properties: { a: 1 }, body: 'long' });
    const decoded = decodeByRhea(encodeMessage(message, { omitBody: true }));
    expect(decoded).toMatchObject({ message_id: 'id', application_properties: { a: 1 } });
    expect(decoded.body.content).toEqual(Buffer.alloc(0));
  });
});
