import { describe, expect, it } from 'vitest';
import {
  benchmarkMarkdown,
  histogramCsv,
  loadMarkdown,
} from '../../../../../extension/panels/benchmark/result-document.ts';
import { testPlanOf } from '../../../../../extension/panels/benchmark/test-plan-text.ts';
import { parseTestPlan } from '../../../../../runtime/benchmark/test-plan.ts';
import { loadResult, measurementOf, resultOf } from '../../../benchmark/support/results.ts';

const simulated = resultOf([measurementOf('inference-uncached', Array(100).fill(2000))], 'simulated');

describe('what is exported of a result', () => {
  it('says as a document on which engine it came about, and that it is not judged', () => {
    const text = benchmarkMarkdown(simulated);
    expect(text).toContain('engine: **simulated**');
    expect(text).toMatch(/\| ML inference \(uncached\) \| 1–3 s \| [\d,]+ \| [\d,–]+ \| not judged \|/);
    expect(text).toContain('| infrastructure | A \\| B | Azure Standard D4s v3 |');
  });

  it('says how many messages waited', () => {
    const text = benchmarkMarkdown(resultOf([measurementOf('message-latency', [5]), measurementOf('storage', [5])]));
    expect(text.match(/^Queue of .*$/gm)).toEqual(['Queue of message-latency: 0.10 on average, 2 at most']);
  });

  it('says as a table which engine, state and verdict each line has', () => {
    const [head, ...lines] = histogramCsv(simulated).trimEnd().split('\r\n');
    expect(head).toBe('scenario,engine,state,verdict,from_ms,to_ms,requests');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^inference-uncached,simulated,complete,not judged,[\d.]+,[\d.]+,100$/);
  });

  it('is a test plan of as many threads as were busy, which aos load can read', () => {
    const plan = parseTestPlan(testPlanOf(simulated, 'ceo')!, 'test-plan.yaml');
    expect(plan.items[0]).toMatchObject({ threads: 20, duration: 10, method: 'POST' });
    expect(testPlanOf(resultOf([measurementOf('storage', [1])]), 'ceo')).toBeUndefined();
  });

  it('names every criterion of a load test, and whether it holds', () => {
    const text = loadMarkdown(loadResult);
    expect(text).toContain('# Plan "A" & B: failed');
    expect(text).toMatch(/`max\(response_time\) < 5` \| 3\.00 \| ✓ yes/);
    expect(text).toMatch(/`percentage\(errors\) < 5` \| 33\.3 \| ✗ no/);
  });
});
