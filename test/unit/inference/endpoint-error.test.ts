import { describe, expect, it } from 'vitest';
import {
  isOverload,
  isSafeToAskAgain,
  messageOfBody,
  parseErrorBody,
  toConnectionError,
  toInferenceError,
} from '../../../runtime/inference/endpoint-error.ts';

const url = 'http://127.0.0.1:8080';
const codeOf = (status: number | undefined, message = 'no', adapterName?: string) =>
  toInferenceError({ status, message, url, adapterName }).code;

describe('an error of the endpoint', () => {
  it.each([
    [400, 'AOS_BAD_REQUEST'],
    [413, 'AOS_BAD_REQUEST'],
    [422, 'AOS_BAD_REQUEST'],
    [401, 'AOS_INFERENCE_FAILED'],
    [404, 'AOS_INFERENCE_FAILED'],
    [424, 'AOS_INFERENCE_FAILED'],
    [429, 'AOS_INFERENCE_FAILED'],
    [500, 'AOS_INFERENCE_FAILED'],
    [undefined, 'AOS_INFERENCE_FAILED'],
  ])('with status %s is %s', (status, code) => {
    expect(codeOf(status)).toBe(code);
  });

  it('is about the adapter if the endpoint says so, and one was named', () => {
    const message = 'Request failed during generation: Error loading adapter x';
    expect(codeOf(424, message, 'ceo')).toBe('AOS_ADAPTER_REFUSED');
    expect(codeOf(404, 'The model `ceo` does not exist.', 'ceo')).toBe('AOS_ADAPTER_REFUSED');
    expect(codeOf(424, 'Request failed during generation: CUDA out of memory', 'ceo')).toBe('AOS_INFERENCE_FAILED');
  });

  it('says where, what and what to do, and tells programs the status and when to come back', () => {
    const error = toInferenceError({
      status: 429,
      message: 'Model is overloaded',
      retryAfterMs: 2000,
      url,
      adapterName: 'ceo',
    });
    expect(error.message).toBe(
      'The model endpoint http://127.0.0.1:8080 answered 429: Model is overloaded. ' +
        'It has more requests than it takes: try again in a moment.',
    );
    expect(error.details).toEqual({ endpoint_status: 429, retry_after_ms: 2000 });
  });
});

describe('the body of an error', () => {
  it.each([
    ['{"error":"Model is overloaded","error_type":"overloaded"}', 'Model is overloaded', 429],
    ['{"error":"x","error_type":"of a later version"}', 'x', undefined],
    ['{"error":{"message":"no such model","type":"NotFoundError","param":null,"code":404}}', 'no such model', 404],
    ['{"error":{"message":"quota","code":"insufficient_quota"}}', 'quota', undefined],
    ['{"object":"error","message":"bad","type":"BadRequestError","code":400}', 'bad', 400],
    ['{"success":false,"error_message":"rank too high","loaded_adapters":{}}', 'rank too high', 400],
  ])('%s is understood', (body, message, status) => {
    expect(parseErrorBody(body)).toEqual({ message, status });
  });

  it('may be plain text, shortened if it is a page', () => {
    expect(parseErrorBody('{"choices":[]}')).toBeUndefined();
    expect(messageOfBody(' Failed to parse the request body \n')).toBe('Failed to parse the request body');
    expect(messageOfBody('<html>'.repeat(1000))).toHaveLength(501);
  });
});

describe('the same question', () => {
  const answered = (status: number) => toInferenceError({ status, message: 'no', url, adapterName: undefined });
  const broken = (code: string) =>
    toConnectionError(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }), url);

  it.each([
    ['too many requests', answered(429), true],
    ['unavailable', answered(503), true],
    ['refused connection', broken('ECONNREFUSED'), true],
    ['no connection in time', broken('UND_ERR_CONNECT_TIMEOUT'), true],
    ['broken connection', broken('ECONNRESET'), false],
    ['server error', answered(500), false],
    ['bad request', answered(422), false],
    ['an error of something else', new Error('no'), false],
  ])('may be asked again after: %s', (_name, error, safe) => {
    expect(isSafeToAskAgain(error)).toBe(safe);
  });

  it('comes at a bad time when the endpoint says so', () => {
    expect([429, 503, 500].map((status) => isOverload(answered(status)))).toEqual([true, true, false]);
    expect(isOverload(broken('ECONNREFUSED'))).toBe(false);
  });
});
