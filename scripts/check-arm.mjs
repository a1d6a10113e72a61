/** `npm run check:arm -- FOLDER`: holds the Azure template against Azure's published JSON schemas; see check-arm.ts. */
import path from 'node:path';
import { installPackages } from './bootstrap.mjs';
import { runInForeground } from './lib/lifetime.mjs';
import { needNode24, root } from './lib/paths.mjs';
import { runAsScript } from './lib/steps.mjs';

await runAsScript(import.meta.url, async () => {
  await installPackages();
  // npm runs scripts in the project's folder; the folder of schemas is meant from where the user stands.
  return runInForeground(needNode24(), [path.join(root, 'scripts/check-arm.ts'), ...process.argv.slice(2)], {
    cwd: process.env.INIT_CWD ?? process.cwd(),
  });
});
