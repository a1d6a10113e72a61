import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { planCommand } from '../../../runtime/commands/plan.ts';
import { measurementOf, resultOf } from '../benchmark/support/results.ts';
import { startPriceList } from './price-list.ts';

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'aos-plan-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  return folder;
}

async function printed(...args: Parameters<typeof planCommand>): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await planCommand(...args);
    return write.mock.calls.map(([text]) => text).join('');
  } finally {
    write.mockRestore();
  }
}

describe('aos plan', () => {
  it('prints the guide’s lines as they stand, with the plan beside, and what is unknown', async () => {
    const text = await printed({}, { folder: folderWith({}) });
    expect(text).toMatch(/^Required instances: 10\.0 +whole: 10 · at 3× peak: 30$/m);
    expect(text).toMatch(/^Expected RPS: 16\.67 +at 3× peak: 50\.00$/m);
    expect(text).toMatch(/^Required storage: 1235\.96 GB /m);
    expect(text).toMatch(/Per month: \$6,000 plus 8 unknown prices/);
    expect(text).toContain('Set Shards to 32');
  });

  it('reads an input file, and prints one JSON object', async () => {
    const folder = folderWith({ 'input.json': '{ "total_agents": 2000 }' });
    const plan = JSON.parse(await printed({ input: path.join(folder, 'input.json'), json: true }, { folder }));
    expect(plan.guide.instances).toBe(20);
    expect(plan.checks).toContainEqual(expect.objectContaining({ id: 'scale-out', blocking: true }));
  });

  it('judges the workspace of the folder', async () => {
    const handler = "import { readFileSync } from 'node:fs';\nconst partitionKey = agentId;\nreadFileSync('x');\n";
    const agents = [{ id: 'ceo', purpose: 'Lead.', handler: 'ceo.ts' }];
    const folder = folderWith({ 'aos.json': JSON.stringify({ name: 'test', agents }), 'ceo.ts': handler });
    const { checks } = JSON.parse(await printed({ json: true }, { folder }));
    const finding = (id: string) => checks.find((one: { id: string }) => one.id === id).finding;
    expect(finding('async-io')).toContain('ceo.ts:3 readFileSync');
    expect(finding('partition-keys')).toContain('ceo.ts:2 makes agentId');
  });

  it.each([
    ['{ "total_agents": 0 }', /total_agents: 1 to 1,000,000 agents/],
    ['{ "total_agents": -5, "agents_per_instance": 0 }', /total_agents: 1 to .*; agents_per_instance: 1 to 100,000/],
    ['{ "headroom": 1e999 }', /headroom: 1 to 20 ×/],
    ['{ "total_agents": NaN }', /cannot be read as JSON/],
    ['{ "total_agents": ', /cannot be read as JSON/],
    ['null', /the input: .*expected object/],
  ])('refuses %s', async (text, told) => {
    const folder = folderWith({ 'input.json': text });
    await expect(planCommand({ input: path.join(folder, 'input.json') }, { folder })).rejects.toThrow(told);
  });

  it('fills inputs from a benchmark of a real engine, and refuses a simulated one', async () => {
    const measurements = [
      measurementOf(
        'inference-uncached',
        Array.from({ length: 100 }, () => 1250),
      ),
    ];
    const folder = folderWith({
      'real.json': JSON.stringify(resultOf(measurements)),
      'simulated.json': JSON.stringify(resultOf(measurements, 'simulated')),
    });
    const { inputs } = JSON.parse(await printed({ benchmark: path.join(folder, 'real.json'), json: true }, { folder }));
    expect(inputs.find(({ key }: { key: string }) => key === 'answer_seconds')).toMatchObject({
      ...{ source: 'measured', value: expect.closeTo(1.25, 2), from: 'run bench_1 of 2026-01-01', default: 1.25 },
    });
    await expect(planCommand({ benchmark: path.join(folder, 'simulated.json') }, { folder })).rejects.toThrow(
      'This run was simulated.',
    );
  });

  it('asks for today’s prices, keeps them in the file, and takes them from there', async () => {
    const folder = folderWith({});
    const prices = path.join(folder, 'prices.json');
    const { url: pricesUrl, answer, close } = await startPriceList();
    onTestFinished(close);
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => said.mockRestore());
    const parts = { folder, pricesUrl, now: new Date('2026-11-24T12:00:00Z') };
    const refreshed = JSON.parse(await printed({ prices, refresh: true, json: true }, parts));
    expect(said.mock.calls.flat().join('')).toBe('Prices of 2026-11-24, westus2: 9 of 17 changed.\n');
    expect(refreshed.total).toMatchObject({ unknown: ['blob_cool_gb_month', 'table_write', 'egress_gb'] });
    answer({ status: 503 });
    await expect(planCommand({ prices, refresh: true }, parts)).rejects.toThrow('The prices in force stay.');
    expect(JSON.parse(await printed({ prices, json: true }, parts))).toEqual(refreshed);
  });
});
