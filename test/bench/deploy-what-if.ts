import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { shippedPrices } from '../../runtime/capacity/shipped-prices.ts';
import { deployJob } from '../../runtime/commands/deploy-job.ts';
import { chooseDeployment, planDeployment } from '../../runtime/deployment/choice.ts';
import { readConfig } from '../../runtime/server/config-source.ts';
import { trustLoopback } from '../certificate/loopback.ts';
import { startArm } from '../support/arm/start-arm.ts';
import { type Figure, ms, timed } from './support/figures.ts';

const PREVIEWS = 10;
const MAX_MS = 3000;

/** What-if of the whole template against a stand-in that answers at once: the time is ours, and that of the SDK. */
export async function benchWhatIf(boardroom: string): Promise<Figure[]> {
  trustLoopback();
  const arm = await startArm();
  const runtime = mkdtempSync(path.join(os.tmpdir(), 'aos-bench-'));
  try {
    writeFileSync(path.join(runtime, 'main.js'), '');
    const config = await readConfig(boardroom);
    const choice = chooseDeployment(config, planDeployment(config, {}, shippedPrices).deployment);
    const place = {
      cloud: { name: 'Stand-in', resource_manager: arm.url, portal: null },
      subscription_id: arm.subscriptionId,
    };
    const preview = () =>
      deployJob(
        { kind: 'preview', ...place, folder: boardroom, choice, mode: 'incremental', prices: null },
        {
          credential: { getToken: async () => ({ token: 'bench', expiresOnTimestamp: Date.now() + 3_600_000 }) },
          ...{ runtime, env: {}, say: () => undefined, signal: new AbortController().signal },
        },
      );
    const slowest = Math.max(...(await timed(PREVIEWS, preview)));
    return [
      {
        name: `what-if, slowest of ${PREVIEWS}`,
        ours: ms(slowest),
        peer: `at most ${ms(MAX_MS)}`,
        ratio: slowest / MAX_MS,
      },
    ];
  } finally {
    rmSync(runtime, { recursive: true });
    await arm.dispose();
  }
}
