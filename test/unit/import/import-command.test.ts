import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { importCommand } from '../../../runtime/commands/import.ts';
import { parseConfig } from '../../../runtime/contracts/config-file.ts';

let folder: string;
let printed = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aos-import-'));
  const files = {
    'python/agent_registry.json': { agents: [{ agent_id: 'cfo', purpose: 'Count', adapter_name: 'finance' }] },
    'python/models/finance/adapter_config.json': { peft_type: 'LORA' },
    'python/node_modules/x/agent_registry.json': { agents: [{ agent_id: 'stray', purpose: 'Stray' }] },
  };
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), JSON.stringify(content));
  }
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

describe('aos import', () => {
  it('writes an aos.json that names the files where they are, and says what it did', async () => {
    await mkdir(path.join(folder, 'studio'));
    const out = path.join(folder, 'studio/aos.json');
    await importCommand(path.join(folder, 'python'), { out });
    const parsed = parseConfig(await readFile(out, 'utf8'));
    expect(parsed).toMatchObject({
      ok: true,
      config: { name: 'python', agents: [{ id: 'cfo' }], adapters: { finance: { path: '../python/models/finance' } } },
    });
    expect(printed).toContain(`${out}: 1 agent, 1 adapter, 0 MCP servers`);
    expect(printed).toContain('agent_registry.json: agent registry (Foundry and dispatcher)');
    expect(printed).toContain('agent_registry.json agents[0].purpose → agents[0].purpose');
  });

  it('prints one JSON object', async () => {
    await importCommand(path.join(folder, 'python'), { out: path.join(folder, 'aos.json'), json: true });
    expect(JSON.parse(printed)).toMatchObject({ agents: 1, adapters: 1, mcp_servers: 0, todo: [] });
  });

  it('overwrites nothing unless it is forced to', async () => {
    const out = path.join(folder, 'aos.json');
    await writeFile(out, 'mine');
    await expect(importCommand(path.join(folder, 'python'), { out })).rejects.toMatchObject({
      code: 'AOS_BAD_REQUEST',
      message: expect.stringContaining('--force'),
    });
    expect(await readFile(out, 'utf8')).toBe('mine');
    await importCommand(path.join(folder, 'python'), { out, force: true });
    expect(parseConfig(await readFile(out, 'utf8')).ok).toBe(true);
  });

  it('says when there is no such folder', async () => {
    await expect(importCommand(path.join(folder, 'nowhere'), {})).rejects.toMatchObject({ code: 'AOS_NOT_FOUND' });
  });
});
