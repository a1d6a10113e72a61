import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseCriterion } from '../../../runtime/benchmark/criteria.ts';
import { toAzureLoadTest } from '../../../runtime/benchmark/export-azure.ts';
import { toJmx } from '../../../runtime/benchmark/export-jmx.ts';
import { toLocust } from '../../../runtime/benchmark/export-locust.ts';
import { parseTestPlan } from '../../../runtime/benchmark/test-plan.ts';
import type { TestPlan } from '../../../runtime/contracts/load-test.ts';

const plan = parseTestPlan(
  readFileSync(path.join(import.meta.dirname, '../../../examples/boardroom/test-plan.yaml'), 'utf8'),
);

function withCriteria(...texts: string[]): TestPlan {
  const criteria = texts.map((text) => {
    const result = parseCriterion(text);
    if (!result.ok) throw new Error(result.message);
    return result.criterion;
  });
  return { ...plan, criteria };
}

/** Every tag that is opened is closed, in order. @returns the names of the elements */
function elementsOf(document: string): string[] {
  const open: string[] = [];
  const seen: string[] = [];
  for (const [, closing, name, empty] of document.matchAll(/<(\/?)([A-Za-z]\w*)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (closing) expect(open.pop()).toBe(name);
    else {
      seen.push(name!);
      if (!empty) open.push(name!);
    }
  }
  expect(open).toEqual([]);
  return seen;
}

describe('Azure Load Testing', () => {
  it('gets criteria of failure: each of the guide’s turned round, in Azure’s words', () => {
    expect(parse(toAzureLoadTest(plan, { testType: 'JMX', planFile: 'test-plan.jmx' }))).toEqual({
      version: 'v0.1',
      testId: 'aos-agent-load-test',
      displayName: 'AOS Agent Load Test',
      testType: 'JMX',
      testPlan: 'test-plan.jmx',
      engineInstances: 1,
      failureCriteria: ['avg(response_time_ms) > 2000', 'percentage(error) > 5', 'max(response_time_ms) > 10000'],
    });
  });

  it('turns every operator', () => {
    const text = toAzureLoadTest(
      withCriteria(
        'p95(response_time) <= 9',
        'avg(requests_per_sec) > 100',
        'count(requests) >= 5',
        'count(errors) < 3',
      ),
      { testType: 'Locust', planFile: 'locustfile.py' },
    );
    expect(parse(text).failureCriteria).toEqual([
      'p95(response_time_ms) > 9',
      'avg(requests_per_sec) < 100',
      'count(requests) < 5',
    ]);
    // Azure counts no errors: what is left out is said.
    expect(text).toContain('# Azure Load Testing has no metric for: count(errors) < 3');
  });

  it('takes as many engines as the threads need, and an id that is allowed', () => {
    const [item] = plan.items;
    const large = { ...plan, name: 'Ä', items: [{ ...item!, threads: 600 }] };
    const config = parse(toAzureLoadTest(large, { testType: 'JMX', planFile: 'x.jmx' }));
    expect(config.engineInstances).toBe(3);
    expect(config.testId).toMatch(/^[a-z0-9_-]{2,50}$/);
  });
});

describe('JMeter', () => {
  const jmx = toJmx({ ...plan, items: [{ ...plan.items[0]!, name: 'A & "B" <C>' }, plan.items[1]!] });

  it('is well-formed, with a thread group for each item', () => {
    const elements = elementsOf(jmx);
    expect(elements.filter((name) => name === 'ThreadGroup')).toHaveLength(2);
    expect(elements.filter((name) => name === 'HTTPSamplerProxy')).toHaveLength(2);
    expect(jmx).toContain('testname="A &amp; &quot;B&quot; &lt;C&gt;"');
  });

  it('keeps threads, duration, address and body; the counter becomes JMeter’s', () => {
    expect(jmx).toContain('<stringProp name="ThreadGroup.num_threads">100</stringProp>');
    expect(jmx).toContain('<stringProp name="ThreadGroup.duration">600</stringProp>');
    expect(jmx).toContain('<boolProp name="TestPlan.serialize_threadgroups">false</boolProp>');
    expect(jmx).toContain('<stringProp name="HTTPSampler.domain">aos-functions.azurewebsites.net</stringProp>');
    expect(jmx).toContain('<stringProp name="HTTPSampler.path">/api/register_agent</stringProp>');
    expect(jmx).toContain('test_agent_$' + '{__counter(FALSE,)}&quot;');
  });
});

describe('Locust', () => {
  it('has a user class for each item, and JSON bodies as Python strings', () => {
    const file = toLocust(plan);
    expect(file.match(/^class User\d\(PlannedUser\):$/gm)).toHaveLength(2);
    expect(file).toContain('fixed_count = 100');
    expect(file).toContain('duration_s = 600');
    expect(file).toContain('host = "https://aos-functions.azurewebsites.net"');
    expect(file).toContain('"{\\"agent_id\\": \\"test_agent_1\\", \\"prompt\\": \\"Test prompt\\"}"');
    expect(file).toContain('--users 150');
  });
});
