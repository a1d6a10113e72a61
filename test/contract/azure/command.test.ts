import { execFile } from 'node:child_process';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startIdentity } from '../../support/arm/identity.ts';
import { type Arm, startArm } from '../../support/arm/start-arm.ts';
import { BOARDROOM, GROUP, HUB_TOKEN } from './support.ts';

const CLI = path.join(import.meta.dirname, '../../../dist/runtime/cli.js');

/** Every command is a process that loads Azure's SDKs. */
const SLOW_MS = 120_000;

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** A terminal whose managed identity is signed in to the stand-in. */
async function useTerminal(arm: Arm) {
  const identity = await startIdentity();
  onTestFinished(() => identity.dispose());
  const env = {
    PATH: process.env.PATH,
    ...identity.env,
    NODE_EXTRA_CA_CERTS: arm.certificateFile,
    AZURE_RESOURCE_MANAGER_URL: arm.url,
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
    HUGGING_FACE_HUB_TOKEN: HUB_TOKEN,
  };
  const aos = (args: string[], input = '') =>
    new Promise<Ran>((resolve) => {
      const child = execFile(process.execPath, [CLI, 'deploy', BOARDROOM, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
      child.stdin?.end(input);
    });
  return { aos, identity };
}

async function useArm() {
  const arm = await startArm({ api: 'https://boardroom.example' });
  onTestFinished(() => arm.dispose());
  return arm;
}

it(
  'aos deploy --what-if prints the changes and the cost, by the identity of the machine',
  async () => {
    const arm = await useArm();
    const { aos, identity } = await useTerminal(arm);
    const { code, stdout, stderr } = await aos(['--what-if']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('Asking Azure what would change')]);
    expect(stdout).toContain('boardroom-rg (a new resource group)\n');
    expect(stdout).toMatch(/^ {2}\+ Queue boardroom-servicebus-\w+\/aos-agent-messages$/m);
    expect(stdout).toMatch(/^\+ \d+ create$/m);
    expect(stdout).toMatch(/^Cost: at least \$\d.* \(USD\) a month; \d+ prices are unknown/m);
    expect(new Set(identity.resources)).toEqual(new Set([arm.url]));
    const json = await aos(['--what-if', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ resource_group: GROUP, group_exists: false });
    expect(arm.state.groups.size).toBe(0);
  },
  SLOW_MS,
);

it(
  'aos deploy changes nothing unless it is confirmed, then deploys, follows and deletes',
  async () => {
    const arm = await useArm();
    const { aos } = await useTerminal(arm);
    expect(await aos([], 'n\n')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing has changed in Azure yet.'),
    });
    expect(arm.state.groups.size).toBe(0);

    const deployed = await aos(['--no-smoke-test'], 'y\n');
    expect(deployed).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('API             https://boardroom.example'),
    });
    expect(deployed.stderr).toContain('  succeeded Container app boardroom-runtime in 13 s');
    expect(deployed.stdout + deployed.stderr).not.toContain(HUB_TOKEN);

    const followed = await aos(['--follow', 'aos-boardroom', '--no-smoke-test']);
    expect(followed).toMatchObject({ code: 0, stdout: expect.stringContaining('aos-boardroom in boardroom-rg') });

    const kept = await aos(['--delete'], 'boardroom\n');
    expect(kept).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Nothing was deleted: the name is boardroom-rg'),
    });
    expect(arm.state.groups.size).toBe(1);
    expect(await aos(['--delete', '--yes', GROUP])).toMatchObject({ code: 0 });
    expect(arm.state.groups.size).toBe(0);
  },
  SLOW_MS,
);

it(
  'aos deploy ends with one line that says what to do',
  async () => {
    const arm = await useArm();
    const { aos } = await useTerminal(arm);
    arm.fail('forbidden');
    const refused = await aos(['--what-if']);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/aos: .*you have no right.*\(AOS_FORBIDDEN\)\n$/),
    });
    arm.heal();
    expect(await aos(['--what-if', '--subscription', 'Fabrikam'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`Name one with --subscription: Contoso Dev (${arm.subscriptionId})`),
    });
    expect(await aos(['--what-if', '--cloud', 'mars'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no cloud mars: name one of public, usgovernment, china'),
    });
  },
  SLOW_MS,
);
