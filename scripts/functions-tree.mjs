/**
 * `npm run functions:tree -- DIR --workspace FOLDER`: lays out the files of the Functions app in DIR, to be zipped and
 * deployed: the tree of the image, with what Azure Functions wants to know of it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { layOutImage } from './image-tree.mjs';
import { runAsScript, SetupError } from './lib/steps.mjs';

/** learn.microsoft.com, azure-functions/functions-host-json and functions-bindings-service-bus. */
const HOST = {
  version: '2.0',
  functionTimeout: '00:10:00',
  // The runtime's routes begin with api/ themselves.
  extensions: {
    http: { routePrefix: '' },
    // A session is a shard: its lock is renewed for as long as a function may run.
    serviceBus: { prefetchCount: 0, maxConcurrentSessions: 8, maxAutoLockRenewalDuration: '00:10:00' },
  },
  extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' },
};

/** @param {{to: string, workspace: string, mode?: import('../esbuild.mjs').Mode}} options @returns {Promise<number>} bytes */
export async function layOutFunctions({ to, ...options }) {
  const bytes = await layOutImage({ to, ...options });
  const file = path.join(to, 'package.json');
  const manifest = { ...JSON.parse(readFileSync(file, 'utf8')), main: 'dist/runtime/functions.js' };
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(path.join(to, 'host.json'), `${JSON.stringify(HOST, null, 2)}\n`);
  return bytes;
}

await runAsScript(import.meta.url, async () => {
  const [to, flag, workspace, ...rest] = process.argv.slice(2);
  if (!to || flag !== '--workspace' || !workspace || rest.length > 0) {
    throw new SetupError('usage: npm run functions:tree -- DIR --workspace FOLDER');
  }
  await layOutFunctions({ to: path.resolve(to), workspace });
  console.log(`${to}: zip what is in it`);
});
