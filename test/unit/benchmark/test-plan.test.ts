import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeCriterion, parseCriterion } from '../../../runtime/benchmark/criteria.ts';
import { Histogram } from '../../../runtime/benchmark/histogram.ts';
import { COUNTER, expandCounter, parseTestPlan } from '../../../runtime/benchmark/test-plan.ts';
import type { AosError } from '../../../runtime/core/errors.ts';

const GUIDE = readFileSync(path.join(import.meta.dirname, '../../../examples/boardroom/test-plan.yaml'), 'utf8');

function refusal(text: string): AosError {
  try {
    parseTestPlan(text, 'plan.yaml');
  } catch (error) {
    return error as AosError;
  }
  throw new Error('the plan was taken');
}

describe('parseTestPlan', () => {
  it('reads the guide’s plan as it stands', () => {
    const plan = parseTestPlan(GUIDE);
    expect(plan.name).toBe('AOS Agent Load Test');
    expect(plan.items.map(({ name, threads, duration }) => [name, threads, duration])).toEqual([
      ['Agent Registration', 100, 600],
      ['Agent Inference', 50, 600],
    ]);
    expect(plan.items[0]?.body).toBe(`{"agent_id": "test_agent_${COUNTER}", "purpose": "Test agent"}`);
    expect(plan.criteria.map(({ text }) => text)).toEqual([
      'avg(response_time) < 2000',
      'percentage(errors) < 5',
      'max(response_time) < 10000',
    ]);
  });

  it.each([
    ['threads: 100', 'threads: many', 'plan.yaml line 10, column 14: testPlan[0].threads: ', 'number'],
    ['method: POST', 'method: FETCH', 'plan.yaml line 8, column 13: testPlan[0].method: ', '"POST"'],
    ['threads: 100', 'thread: 100', 'plan.yaml line 5, column 5: testPlan[0].threads: ', 'number'],
    ['version: v0.1', 'version: v9', 'plan.yaml line 2, column 10: version: ', '"v0.1"'],
    ['duration: 600  #', 'duration: -1 #', 'plan.yaml line 11, column 15: testPlan[0].duration: ', '>0'],
    ['avg(response_time)', 'avg(errors)', 'plan.yaml line 22, column 5: successCriteria[0]: ', 'percentage, count'],
    ['Agent Load Test', 'Agent: Load: Test', 'plan.yaml line 3, column ', 'YAML'],
  ])('says where %s is wrong as %s, and what is allowed', (right, wrong, place, allowed) => {
    const error = refusal(GUIDE.replace(right, wrong));
    expect(error.code).toBe('AOS_CONFIG_INVALID');
    expect(error.message).toContain(place);
    expect(JSON.stringify(error.details?.issues).replaceAll('\\"', '"')).toContain(allowed);
  });

  it('names a property that it does not know', () => {
    expect(refusal(GUIDE.replace('type: http', 'colour: red')).message).toContain('testPlan[0].colour: is not a known');
  });

  it('counts up in a body', () => {
    expect(expandCounter(`a${COUNTER} b${COUNTER}`, 7)).toBe('a7 b7');
  });
});

describe('criteria', () => {
  it.each([
    ['avg(response_time) < 2000  # 2 seconds', ['avg', 'response_time', '<', 2000]],
    ['p99.9( response_time )>=12.5', ['p99.9', 'response_time', '>=', 12.5]],
    ['percentage(errors) < 5     # < 5% error rate', ['percentage', 'errors', '<', 5]],
    ['avg(requests_per_sec) > 100', ['avg', 'requests_per_sec', '>', 100]],
  ])('reads %s', (text, expected) => {
    const result = parseCriterion(text);
    if (!result.ok) throw new Error(result.message);
    const { aggregate, metric, operator, threshold } = result.criterion;
    expect([aggregate, metric, operator, threshold]).toEqual(expected);
  });

  it.each([
    ['response_time < 5', 'aggregate(metric)'],
    ['avg(response_time) == 5', '< <= > >='],
    ['avg(cpu) < 5', 'response_time, errors, requests, requests_per_sec'],
    ['max(errors) < 5', 'percentage, count'],
    ['sum(response_time) < 5', 'avg, min, max, p50'],
  ])('refuses %s and says what is allowed', (text, allowed) => {
    const result = parseCriterion(text);
    expect(result.ok ? '' : result.message).toContain(allowed);
  });

  it('are judged against a table worked out by hand', () => {
    const histogram = new Histogram();
    for (const ms of [1, 2, 3, 4, 10]) histogram.record(ms);
    const measured = { histogram, errors: 1, seconds: 2 };
    const judge = (text: string) => {
      const result = parseCriterion(text);
      if (!result.ok) throw new Error(result.message);
      const { actual, holds } = judgeCriterion(result.criterion, measured);
      return [actual, holds];
    };
    expect(judge('avg(response_time) < 4')).toEqual([4, false]);
    expect(judge('avg(response_time) <= 4')).toEqual([4, true]);
    expect(judge('max(response_time) < 10.5')).toEqual([10, true]);
    expect(judge('min(response_time) > 1')).toEqual([1, false]);
    expect(judge('percentage(errors) < 20')).toEqual([20, false]);
    expect(judge('count(errors) <= 1')).toEqual([1, true]);
    expect(judge('count(requests) >= 5')).toEqual([5, true]);
    expect(judge('avg(requests_per_sec) > 2')).toEqual([2.5, true]);
  });

  it('do not hold when nothing was measured', () => {
    const result = parseCriterion('avg(response_time) < 2000');
    if (!result.ok) throw new Error(result.message);
    const judged = judgeCriterion(result.criterion, { histogram: new Histogram(), errors: 0, seconds: 1 });
    expect(judged).toMatchObject({ actual: null, holds: false });
  });
});
