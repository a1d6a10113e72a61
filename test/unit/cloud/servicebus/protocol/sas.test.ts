import { describe, expect, it } from 'vitest';
import { Claims } from '../../../../../runtime/cloud/servicebus/protocol/claims.ts';
import { covers, pathOf, verifySasToken } from '../../../../../runtime/cloud/servicebus/protocol/sas.ts';
import { faultKind } from '../fault-kind.ts';
import { KEY, KEY_NAME, sasToken } from '../raw-client.ts';

const nowMs = Date.UTC(2026, 0, 1);
const inAnHourMs = nowMs + 3_600_000;
const key = { keyName: KEY_NAME, key: KEY };
const verify = (token: string, audience = 'sb://localhost:5672/orders') => verifySasToken(token, audience, key, nowMs);
const whyNot = (token: string, audience?: string) => {
  try {
    return verify(token, audience);
  } catch (error) {
    return error instanceof Error ? error.message.split(':')[0] : error;
  }
};

describe('a shared access signature', () => {
  it('allows the entity that it was made for, and what lies below it', () => {
    const token = sasToken('sb://localhost:5672/orders', inAnHourMs);
    expect(verify(token)).toEqual({ path: 'orders', expiresAtMs: inAnHourMs });
    expect(verify(token, 'sb://127.0.0.1/Orders/$management').path).toBe('orders/$management');
    expect(whyNot(token, 'sb://localhost:5672/orders2')).toBe('InvalidAudience');
    expect(whyNot(token, 'sb://localhost:5672/')).toBe('InvalidAudience');
    expect(verify(sasToken('sb://localhost:5672/', inAnHourMs), 'sb://localhost:5672/any').path).toBe('any');
  });

  it('is refused with another key, key name, resource or expiry', () => {
    const resource = 'sb://localhost:5672/orders';
    const good = sasToken(resource, inAnHourMs);
    expect(whyNot(sasToken(resource, inAnHourMs, { key: 'another' }))).toBe('InvalidSignature');
    expect(whyNot(sasToken(resource, inAnHourMs, { key: '' }))).toBe('InvalidSignature');
    expect(whyNot(sasToken(resource, inAnHourMs, { keyName: 'Other' }))).toBe('InvalidSignature');
    expect(whyNot(good.replace('orders', ''))).toBe('InvalidSignature');
    expect(whyNot(good.replace(/se=\d/, 'se=9'))).toBe('InvalidSignature');
    expect(whyNot(good.replace(/sig=[^&]*/, 'sig=x'))).toBe('InvalidSignature');
  });

  it('is refused when it has expired', () => {
    expect(whyNot(sasToken('sb://localhost:5672/orders', nowMs))).toBe('ExpiredToken');
    expect(verify(sasToken('sb://localhost:5672/orders', nowMs + 1000)).expiresAtMs).toBe(nowMs + 1000);
  });

  it.each([
    '',
    'Bearer x',
    'SharedAccessSignature ',
    'SharedAccessSignature sr=a&sig=b&se=1',
    'SharedAccessSignature sr&sig&se&skn',
    'SharedAccessSignature sr=a&sig=%&se=1&skn=k',
  ])('is refused when it is malformed: "%s"', (token) => expect(whyNot(token)).toBe('MalformedToken'));
});

describe('claims', () => {
  it('hold for their path and below, until they expire', () => {
    const claims = new Claims();
    claims.add({ path: 'orders', expiresAtMs: nowMs + 1000 });
    for (const address of ['orders', 'Orders/$DeadLetterQueue', '/orders/$management/']) {
      expect(faultKind(() => claims.check(address, nowMs))).toBe('nothing thrown');
    }
    for (const address of ['orders2', 'order', '', 'topic/orders']) {
      expect(
        faultKind(() => claims.check(address, nowMs)),
        address,
      ).toBe('unauthorized');
    }
    expect(faultKind(() => claims.check('orders', nowMs + 1000))).toBe('unauthorized');
    claims.add({ path: 'orders', expiresAtMs: nowMs + 5000 });
    expect(faultKind(() => claims.check('orders', nowMs + 1000))).toBe('nothing thrown');
  });

  it('are compared by path', () => {
    expect(pathOf('sb://host:1/a/B/')).toBe('a/b');
    expect(pathOf('amqps://host')).toBe('');
    expect(covers('', 'anything')).toBe(true);
    expect(covers('a', 'a/b')).toBe(true);
    expect(covers('a/b', 'a')).toBe(false);
  });
});
