import { once } from 'node:events';
import rhea from 'rhea';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceBusHandle } from '../../../../../runtime/cloud/servicebus/index.ts';
import type { ManualClock } from '../../../../../runtime/core/clock.ts';
import { RawClient, startTestBroker } from '../raw-client.ts';

let broker: ServiceBusHandle;
let clock: ManualClock;
let client: RawClient;

beforeEach(async () => {
  ({ broker, clock } = await startTestBroker({
    queues: [{ name: 'q' }, { name: 'sessions', requiresSession: true }, { name: 'off', status: 'Disabled' }],
    topics: [{ name: 't', subscriptions: [{ name: 's' }] }],
  }));
  client = await RawClient.connect(broker, clock.now());
});
afterEach(async () => {
  await client.close();
  await broker.dispose();
});

const { types } = rhea;
const listing = (lastUpdated: number) => ({
  'last-updated-time': types.wrap_timestamp(lastUpdated),
  skip: types.wrap_int(0),
  top: types.wrap_int(10),
});

async function answer(entity: string, operation: string, body: Record<string, unknown> = {}) {
  const { application_properties: properties, body: reply } = await client.operate(entity, operation, body);
  return { status: properties!.statusCode, condition: properties!.errorCondition, body: reply };
}

describe('$management', () => {
  it('says why it refuses', async () => {
    const uuid = types.wrap_array([Buffer.alloc(16, 7)], 0x98, undefined);
    const refusals: [string, string, Record<string, unknown>, number, string][] = [
      ['q', 'nonsense', {}, 501, 'amqp:not-implemented'],
      ['q', 'renew-lock', { 'lock-tokens': uuid }, 410, 'com.microsoft:message-lock-lost'],
      ['q', 'renew-lock', { 'lock-tokens': 'no uuids' }, 400, 'com.microsoft:argument-error'],
      ['q', 'renew-lock', {}, 400, 'com.microsoft:argument-error'],
      ['q', 'peek-message', { 'from-sequence-number': 'one' }, 400, 'com.microsoft:argument-error'],
      ['q', 'schedule-message', { messages: [{ message: 'text' }] }, 400, 'com.microsoft:argument-error'],
      ['q', 'renew-session-lock', { 'session-id': 's' }, 400, 'amqp:not-allowed'],
      ['sessions', 'renew-session-lock', { 'session-id': 's' }, 410, 'com.microsoft:session-lock-lost'],
      ['sessions', 'get-session-state', { 'session-id': 7 }, 400, 'com.microsoft:argument-error'],
      ['off', 'renew-lock', { 'lock-tokens': uuid }, 403, 'com.microsoft:entity-disabled'],
      ['t', 'renew-lock', { 'lock-tokens': uuid }, 400, 'amqp:not-allowed'],
      ['t/Subscriptions/s', 'schedule-message', { messages: [] }, 400, 'amqp:not-allowed'],
      ['q/$DeadLetterQueue', 'schedule-message', { messages: [] }, 400, 'amqp:not-allowed'],
    ];
    for (const [entity, operation, body, status, condition] of refusals) {
      expect(await answer(entity, operation, body), `${operation} of ${entity}`).toMatchObject({ status, condition });
    }
  });

  it('answers 204 where there is nothing', async () => {
    const peek = { 'from-sequence-number': types.wrap_long(0), 'message-count': types.wrap_int(10) };
    expect(await answer('q', 'peek-message', peek)).toEqual({ status: 204, condition: undefined, body: null });
    expect(await answer('sessions', 'get-message-sessions', listing(0))).toMatchObject({ status: 204 });
  });

  it('lists sessions that have messages, or those whose state was set since a time', async () => {
    const sender = await client.openSender('sessions');
    for (const [index, group_id] of ['a', 'b'].entries()) sender.send({ body: 1, message_id: index, group_id });
    await client.settled('q');
    const dateTimeMax = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
    const all = await answer('sessions', 'get-message-sessions', listing(dateTimeMax));
    expect(all.body).toEqual({ skip: 2, 'sessions-ids': ['a', 'b'] });
    const second = { ...listing(dateTimeMax), skip: types.wrap_int(1) };
    expect((await answer('sessions', 'get-message-sessions', second)).body).toEqual({ skip: 2, 'sessions-ids': ['b'] });
    expect(await answer('sessions', 'get-message-sessions', listing(0))).toMatchObject({ status: 204 });

    const source = { address: 'sessions', filter: { 'com.microsoft:session-filter': 'b' } };
    const { link } = client.openReceiver('sessions', { source } as never);
    await once(link, 'receiver_open');
    const state = { 'session-id': 'b', 'session-state': types.wrap_binary(Buffer.from('x')) };
    expect(await answer('sessions', 'set-session-state', state)).toMatchObject({ status: 200 });
    const withState = await answer('sessions', 'get-message-sessions', listing(clock.now() - 1));
    expect(withState.body).toEqual({ skip: 1, 'sessions-ids': ['b'] });
    expect(await answer('sessions', 'get-message-sessions', listing(clock.now()))).toMatchObject({ status: 204 });
  });

  it('leaves the body out of a peek that asks for it', async () => {
    const sender = await client.openSender('q');
    sender.send({ body: 'long text', message_id: 'm', subject: 'kept' });
    await client.settled('q');
    const peek = {
      'from-sequence-number': types.wrap_long(0),
      'message-count': types.wrap_int(10),
      'omit-message-body': true,
    };
    const { body } = await answer('q', 'peek-message', peek);
    const [{ message }] = body.messages;
    expect(rhea.message.decode(message)).toMatchObject({ subject: 'kept', message_id: 'm' });
    expect(message.includes('long text')).toBe(false);
  });

  it('refuses a request that is no AMQP message, and goes on', async () => {
    const sender = await client.openSender('q/$management');
    const rejected = once(sender, 'rejected');
    (sender as unknown as { send(bytes: Buffer, tag: undefined, format: number): void }).send(
      Buffer.from('no message'),
      undefined,
      0,
    );
    const [{ delivery }] = await rejected;
    expect(delivery.remote_state.error.condition).toBe('amqp:decode-error');
    await client.settled('q');
  });
});

describe('$cbs', () => {
  const put = async (properties: Record<string, unknown>, body: unknown) => {
    const { application_properties: reply } = await client.request('$cbs', {
      application_properties: properties,
      body,
    });
    return reply!['status-code'];
  };

  it('refuses what is no put-token with a signature', async () => {
    const type = 'servicebus.windows.net:sastoken';
    expect(await put({ operation: 'delete-token', name: 'sb://h/', type }, 'x')).toBe(501);
    expect(await put({ operation: 'put-token', name: 'sb://h/', type: 'jwt' }, 'x')).toBe(401);
    expect(await put({ operation: 'put-token', type }, 'x')).toBe(401);
    expect(await put({ operation: 'put-token', name: 'sb://h/', type }, 5)).toBe(401);
    expect(await put({ operation: 'put-token', name: 'sb://h/', type }, 'SharedAccessSignature sr=x')).toBe(401);
  });
});
