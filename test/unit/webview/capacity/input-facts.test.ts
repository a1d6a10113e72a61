import { describe, expect, it } from 'vitest';
import {
  countText,
  groupSummary,
  type InputKey,
  matches,
  readNumber,
  resetTitle,
  sourceTitle,
  valueText,
} from '../../../../webview/capacity/input-facts.ts';
import { shown } from './support.ts';

const inputOf = (key: InputKey, inputs = {}) => shown(inputs).inputs.find((input) => input.key === key)!;

describe('what is typed into a field', () => {
  it('is a value, or what is allowed', () => {
    expect(readNumber('total_agents', '2,000')).toEqual({ value: 2000 });
    for (const bad of ['0', '-5', '1.5', 'NaN', '', '2e9']) {
      expect(readNumber('total_agents', bad), bad).toEqual({ allowed: '1 to 1,000,000 agents, whole' });
    }
    expect(readNumber('messaging_units', '3')).toEqual({ allowed: '1, 2, 4, 8, 16 messaging units' });
  });

  it('may be nothing where a value may be unknown', () => {
    expect(readNumber('gpu_tokens_per_second', ' ')).toEqual({ value: null });
  });
});

describe('an input', () => {
  it('has its value with the unit, or is unknown', () => {
    expect(valueText(inputOf('requests_per_agent_per_hour'))).toBe('60 per hour');
    expect(valueText(inputOf('region'))).toBe('West US 2');
    expect(valueText(inputOf('gpu_tokens_per_second'))).toBe('unknown');
  });

  it('says where its value is from, and between what ends it may lie', () => {
    expect(sourceTitle(inputOf('answer_seconds'))).toBe(
      'assumed: middle of the guide’s 1–3 s. Range for p10–p90: 1–3 s.',
    );
    expect(sourceTitle(inputOf('shards', { shards: 32 }))).toBe('A value of yours.');
  });

  it('names what reset goes back to', () => {
    expect(resetTitle(inputOf('shards', { shards: 32 }))).toBe('Back to 10');
    expect(resetTitle(inputOf('region', { region: 'westeurope' }))).toBe('Back to West US 2');
    const measured = { ...inputOf('answer_seconds'), source: 'measured' as const, value: 1.2, default: 1.2 };
    expect(resetTitle(measured)).toBe('Back to 2 s');
    expect(resetTitle({ ...measured, source: 'yours', value: 5 })).toBe('Back to 1.2 s');
  });

  it('is found by words of its label, group, unit or source', () => {
    const found = (filter: string) => shown().inputs.filter((input) => matches(input, filter)).length;
    expect(found('')).toBe(shown().inputs.length);
    expect(found('MESSAGE size')).toBe(1);
    expect(found('guide storage')).toBe(2);
    expect(found('nothing like it')).toBe(0);
  });
});

describe('several inputs', () => {
  it('are counted by source', () => {
    const { inputs } = shown({ shards: 32 });
    const text = countText(inputs);
    expect(text).toMatch(/^\d+ inputs: \d+ guide, \d+ assumed, 1 yours$/);
    const [all, ...parts] = [...text.matchAll(/\d+/g)].map(Number);
    expect(parts.reduce((sum, one) => sum + one)).toBe(all);
  });

  it('of a closed group are summarised', () => {
    expect(groupSummary('Storage', shown().inputs)).toBe('30 days, 90 days, 1 %');
  });
});
