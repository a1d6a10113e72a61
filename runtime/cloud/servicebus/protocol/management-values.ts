import { BusFault } from '../entity/fault.ts';
import { itemStarts, readScalar, sections, valueEnd } from './amqp-bytes.ts';
import type { LockTokens } from './lock-token.ts';

/** The body of a `$management` request, as rhea decodes it. */
export type RequestBody = Record<string, unknown>;

const invalid = (name: string, expected: string) =>
  new BusFault('argument', `The request's '${name}' must be ${expected}.`);

export function textField(body: RequestBody, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw invalid(name, 'a string');
  return value;
}

export function optionalText(body: RequestBody, name: string): string | undefined {
  const value = body[name];
  return value === undefined || value === null ? undefined : textField(body, name);
}

export function numberField(body: RequestBody, name: string): number {
  return toNumber(body[name]) ?? fail(name, 'a number');
}

export function numbersField(body: RequestBody, name: string): number[] {
  const values = body[name];
  if (!Array.isArray(values)) throw invalid(name, 'an array of numbers');
  return values.map((value) => toNumber(value) ?? fail(name, 'an array of numbers'));
}

/** Lock tokens; one that is none of ours becomes 0, which no lock has. */
export function tokensField(body: RequestBody, tokens: LockTokens): number[] {
  const uuids = body['lock-tokens'];
  if (!Array.isArray(uuids) || !uuids.every((uuid) => Buffer.isBuffer(uuid)))
    throw invalid('lock-tokens', 'an array of uuids');
  return uuids.map((uuid) => tokens.fromUuid(uuid) ?? 0);
}

/** The encoded messages of schedule-message. */
export function messagesField(body: RequestBody): Buffer[] {
  const { messages } = body;
  if (!Array.isArray(messages)) throw invalid('messages', 'a list');
  return messages.map((entry: { message?: unknown }) =>
    Buffer.isBuffer(entry?.message) ? entry.message : fail('messages', 'a list of {message: binary}'),
  );
}

function fail(name: string, expected: string): never {
  throw invalid(name, expected);
}

/** rhea gives big 64-bit numbers as bytes. */
function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return Buffer.isBuffer(value) && value.length === 8 ? Number(value.readBigInt64BE()) : undefined;
}

const VALUE_SECTION = 0x77;

/**
 * `properties-to-modify` of a request, with the values' own bytes: a decoded value would have lost its type.
 * @param request the whole request as it came
 */
export function rawProperties(request: Buffer): Map<string, Buffer> {
  const properties = new Map<string, Buffer>();
  for (const { code, value } of sections(request)) {
    if (code !== VALUE_SECTION) continue;
    for (const [name, at] of entries(request, value)) {
      if (name !== 'properties-to-modify') continue;
      for (const [property, start] of entries(request, at)) {
        properties.set(property, Buffer.from(request.subarray(start, valueEnd(request, start))));
      }
    }
  }
  return properties;
}

/** Names of a map's entries, and where their values start. */
function* entries(bytes: Buffer, map: number): Generator<[string, number]> {
  const starts = itemStarts(bytes, map);
  for (let i = 0; i + 2 < starts.length; i += 2) yield [String(readScalar(bytes, starts[i]!)), starts[i + 1]!];
}
