/** `npm run soak [-- --minutes N]`: builds, then runs two replicas at half load for ten minutes; see test/soak/index.ts. */
import path from 'node:path';
import { installPackages } from './bootstrap.mjs';
import { runInForeground } from './lib/lifetime.mjs';
import { needNode24, root } from './lib/paths.mjs';
import { runAsScript } from './lib/steps.mjs';

await runAsScript(import.meta.url, async () => {
  await installPackages();
  const { build } = await import('../esbuild.mjs');
  await build({ only: ['runtime', 'cloud'] });
  return runInForeground(needNode24(), [path.join(root, 'test/soak/index.ts'), ...process.argv.slice(2)], {
    cwd: root,
  });
});
