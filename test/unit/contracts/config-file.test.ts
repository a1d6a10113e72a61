import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatIssue, parseConfig } from '../../../runtime/contracts/config-file.ts';
import { format, schemaFolder, schemas } from '../../../scripts/generate-schemas.ts';

const issuesOf = (text: string) => {
  const parsed = parseConfig(text);
  return parsed.ok ? [] : parsed.issues.map((issue) => formatIssue(issue));
};

describe('aos.json', () => {
  it('fills in the guide’s defaults (R19, R23, R24, R43, R45, R46, R49, R50)', () => {
    const parsed = parseConfig('{"name": "x"}');
    if (!parsed.ok) throw new Error('not valid');
    const { model, runtime } = parsed.config;
    expect(model).toMatchObject({
      base: 'meta-llama/Llama-3.1-8B-Instruct',
      max_adapters: 100,
      gpu_memory_utilization: 0.9,
    });
    expect(runtime).toMatchObject({
      shards: 10,
      bulkhead: { critical: 10, normal: 50 },
      breaker: { failure_threshold: 5, recovery_timeout_seconds: 60 },
      cache: { ttl_seconds: 3600, max_entries: 10_000 },
    });
  });

  it('accepts the boardroom example', () => {
    const text = readFileSync(path.join(import.meta.dirname, '../../../examples/boardroom/aos.json'), 'utf8');
    expect(issuesOf(text)).toEqual([]);
  });

  it.each([
    ['', 'aos.json line 1: is not valid JSON: value expected'],
    ['{\n"name": "x",\n}', 'aos.json line 3: is not valid JSON: property name expected'],
    ['{"name": 3}', 'aos.json line 1: name must be string'],
    ['{\n"name": "x",\n"agents": [{"id": "a"}]}', 'aos.json line 3: agents[0].purpose is missing: expected string'],
    ['{"name": "x",\n"colour": "red"}', 'aos.json line 2: colour is not a known property'],
    ['{"name": "x",\n"runtime": {"replicas": 0}}', 'aos.json line 2: runtime.replicas must be at least 1'],
    [
      '{"name": "x",\n"model": {"endpoint": "ftp://a"}}',
      'aos.json line 2: model.endpoint is "embedded" or an http(s) URL',
    ],
    [
      '{"name": "x",\n"agents": [{"id": "a", "purpose": "p", "priority": "high"}]}',
      'aos.json line 2: agents[0].priority must be one of "critical", "normal"',
    ],
  ])('says line, path and what is expected: %j', (text, expected) => {
    expect(issuesOf(text)).toContain(expected);
  });

  it('refuses a connection string in the file: secrets never stand there', () => {
    const text = '{"name": "x", "connections": {"storage": "AccountName=a;AccountKey=b"}}';
    expect(issuesOf(text)).toEqual([
      'aos.json line 1: connections.storage is "env:NAME" or "secret:NAME": secrets never stand in aos.json',
    ]);
  });

  it('names the adapter that was probably meant', () => {
    const text = '{"name":"x","adapters":{"ceo":{"path":"p"}},\n"agents":[{"id":"ceo","purpose":"p","adapter":"cep"}]}';
    expect(issuesOf(text)).toEqual([
      'aos.json line 2: agents[0].adapter names adapter cep, which does not exist. Did you mean ceo?',
    ]);
  });

  it('refuses two agents with one id', () => {
    const text = '{"name":"x","agents":[{"id":"a","purpose":"p"},\n{"id":"a","purpose":"q"}]}';
    expect(issuesOf(text)).toEqual([
      'aos.json line 2: agents[1].id is used twice: agent a stands at agents[0] already',
    ]);
  });

  it('has JSON schemas that are generated from the contract', () => {
    for (const [name, schema] of Object.entries(schemas())) {
      expect(readFileSync(path.join(schemaFolder, name), 'utf8')).toBe(format(schema));
    }
  });
});
