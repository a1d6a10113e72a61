import { expect, it } from 'vitest';
import { reportLines, reportVerdict } from '../../../../extension/commands/endpoint-report.ts';
import type { EndpointReport } from '../../../../runtime/contracts/http.ts';

const report: EndpointReport = {
  ok: true,
  endpoint: 'http://127.0.0.1:8080',
  api: 'lorax',
  engine: 'simulated',
  model: 'Llama-3.1-8B',
  checks: [
    { request: 'GET /info', ok: true, status: 200, ms: 3, detail: 'Llama-3.1-8B' },
    { request: 'POST /generate', ok: true, status: 200, ms: 284, detail: '1 token' },
  ],
};
const broken: EndpointReport = {
  ...report,
  ok: false,
  api: null,
  engine: null,
  model: null,
  checks: [
    { request: 'GET /health', ok: true, status: 200, ms: 1, detail: 'healthy' },
    { request: 'GET /info', ok: false, status: null, ms: 5000, detail: 'No answer within 5 s.' },
  ],
};

it('a report that is good says what was found, check by check', () => {
  expect(reportLines(report)).toEqual([
    'http://127.0.0.1:8080 answers (lorax, simulated, Llama-3.1-8B): 2 of 2 checks passed.',
    '  protocol: lorax',
    '  engine: simulated',
    '  model: Llama-3.1-8B',
    ' ✓ GET /info       200  3 ms  Llama-3.1-8B',
    ' ✓ POST /generate  200  284 ms  1 token',
  ]);
});

it('a report that is not says first what is wrong', () => {
  expect(reportVerdict(broken)).toBe(
    'http://127.0.0.1:8080 does not work: 1 of 2 checks passed. GET /info: No answer within 5 s.',
  );
  expect(reportLines(broken).slice(1)).toEqual([
    '  protocol: none found',
    '  engine: unknown',
    '  model: unknown',
    ' ✓ GET /health  200  1 ms  healthy',
    ' ✗ GET /info    no answer  5.00 s  No answer within 5 s.',
  ]);
});

it('a report without a check has a verdict too', () => {
  expect(reportVerdict({ ...broken, checks: [] })).toBe('http://127.0.0.1:8080 does not work: 0 of 0 checks passed.');
  expect(reportLines({ ...broken, checks: [] })).toHaveLength(4);
});
